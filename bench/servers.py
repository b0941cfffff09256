# SPDX-License-Identifier: Apache-2.0
"""Who takes the load: the product, Postfix, and Postfix with rspamd. All are asked the same questions."""

from pathlib import Path

import msgspec
from bench.postfix import Postfix
from bench.rspamd import Rspamd
from tests.house import Api
from tests.product import PASSWORD, TICKS, Process, Product

from mailward.catalog import FEATURES

OFF, ON = "off.test", "example.test"
"""The domains of the two organizations: all checks off, and as they are by default."""
PEOPLE = 50
MANY = {"most": 10_000_000, "seconds": 60}
_UNLIMITED = dict.fromkeys(("per_address", "per_recipient"), MANY)
"""All of the load comes from one address: to it, the default limits would be an attack."""


class Cost(msgspec.Struct, frozen=True):
    """Seconds of CPU so far, by role."""

    seconds: dict[str, float]

    def since(self, before: "Cost", mails: int) -> dict[str, float]:
        """Milliseconds per mail, by role, of the roles that worked at all."""
        used = {role: now - before.seconds.get(role, 0.0) for role, now in self.seconds.items()}
        return {role: seconds * 1000 / max(1, mails) for role, seconds in used.items() if seconds > 0}


class Gateway(Product):
    """The product, with two organizations."""

    def prepare(self) -> None:
        """Make the organizations. It must not run yet."""
        for domain in (ON, OFF):
            self._recipients = people(domain)
            self.init(domain=domain)

    def choose(self) -> None:
        """As an administrator would: switch every check of the one organization off, and lift the rate limits of
        the other. It must run."""
        api = self._signed_in(OFF)
        for feature in FEATURES:
            if "enabled" in feature.settings.__struct_fields__:
                _put(api, feature.name, {"enabled": False})
        _put(self._signed_in(ON), "rate_limits", _UNLIMITED)

    def _signed_in(self, domain: str) -> Api:
        api = Api(f"http://127.0.0.1:{self.http_port}")
        api.sign_in(f"admin@{domain}", PASSWORD)
        return api

    def cost(self) -> Cost:
        """CPU by role. Scan workers are replaced now and then: what those who ended have used counts too."""
        found: dict[str, float] = {"scan": _ended(self.supervisor)}
        for process in self.processes():
            role = _role(process)
            found[role] = found.get(role, 0.0) + process.cpu
        return Cost(found)

    def memory(self) -> dict[str, int]:
        """Octets by role."""
        found: dict[str, int] = {}
        for process in self.processes():
            role = _role(process)
            found[role] = found.get(role, 0) + process.pss
        return found


class Peer:
    """Postfix, alone or with rspamd."""

    def __init__(self, postfix: Postfix, rspamd: Rspamd | None = None) -> None:
        self._parts = (postfix, rspamd) if rspamd else (postfix,)
        self.smtp_port = postfix.smtp_port

    @property
    def log(self) -> str:
        """What they said."""
        return "\n".join(part.log for part in self._parts)

    def cost(self) -> Cost:
        """CPU by role."""
        return Cost({role: seconds for part in self._parts for role, seconds in part.cpu().items()})

    def memory(self) -> dict[str, int]:
        """Octets by role."""
        return {type(part).__name__.lower(): part.memory() for part in self._parts}


def people(domain: str) -> tuple[str, ...]:
    """Recipients."""
    return tuple(f"lee.{number}@{domain}" for number in range(PEOPLE))


def _ended(parent: int) -> float:
    """Seconds of CPU of a process's children that have ended."""
    numbers = Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()
    return (int(numbers[13]) + int(numbers[14])) / TICKS


def _role(process: Process) -> str:
    """Processes that do the same are one role."""
    return "smtp" if process.role.startswith("smtp-") else process.role.split(" ")[0]


def _put(api: Api, feature: str, values: dict[str, object]) -> None:
    status, body = api.request("PUT", f"/api/v1/features/{feature}/settings", values)
    if status != 200:
        raise RuntimeError(f"the settings of {feature} were not taken: {status} {body!r}")
