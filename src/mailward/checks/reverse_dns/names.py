# SPDX-License-Identifier: Apache-2.0
"""What an address is called, and what that is worth against the rules of an organization.

Names are claims (PTR); a name is true if its addresses hold the one that connects.
"""

import asyncio
import ipaddress
from collections.abc import Iterable
from typing import NamedTuple

from mailward.checks.reverse_dns.settings import Demand, ReverseDnsSettings
from mailward.contract.dns import Resolver
from mailward.contract.reply import PermFail, Refused, TempFail

MAX_NAMES = 10
"""Names of one address that are confirmed (as for SPF, RFC 7208, 4.6.4)."""

DEFAULT = "default"
EMPTY_SENDER = "empty sender"


class Names(NamedTuple):
    """What an address is called: as it claims, and what of that is true."""

    claimed: tuple[str, ...]
    true: tuple[str, ...]


class ReverseDnsRules:
    """The rules of an organization, ready to be asked."""

    def __init__(self, settings: ReverseDnsSettings) -> None:
        self._default, self._empty = settings.default, settings.empty_sender
        self._rules = {rule.sender_domain.lower(): rule for rule in settings.rules}
        self._blocked = frozenset(_bare(name) for name in settings.blocked_names)
        self._excepted = frozenset(_bare(name) for name in settings.excepted_names)
        self.asks_for_names = bool(self._blocked)

    def demand(self, sender: str) -> Demand:
        """What counts for this envelope sender."""
        return self.rule(sender)[1]

    def rule(self, sender: str) -> tuple[str, Demand]:
        """The rule that counts for this envelope sender: its sender domain, or which of the fixed ones it is."""
        if not sender:
            return EMPTY_SENDER, self._empty
        domain = sender.rpartition("@")[2].lower()
        if domain in self._rules:
            return domain, self._rules[domain]
        wild = (f"*.{parent}" for parent in _above(domain) if parent != domain)
        return next(((name, self._rules[name]) for name in wild if name in self._rules), (DEFAULT, self._default))

    def blocked_name(self, names: Names) -> str:
        """The name for which the address is refused; an exception counts only for true names."""
        if any(name in self._excepted for true in names.true for name in _above(true)):
            return ""
        return next((claim for claim in names.claimed if any(name in self._blocked for name in _above(claim))), "")


def unreachable(peer_ip: str) -> TempFail:
    """The answer while the DNS does not answer us."""
    return TempFail(450, "4.7.25", f"we cannot look up the name of {peer_ip} just now; please try again later")


def judge(rules: ReverseDnsRules, demand: Demand, peer_ip: str, names: Names) -> Refused | None:
    """What the names of an address are worth against what is demanded."""
    if not names.claimed:
        why = f"your address {peer_ip} has no name (PTR record); ask whoever runs it to add one"
        return PermFail(550, "5.7.25", why) if demand.refuse_missing else None
    if demand.refuse_invalid and not names.true:
        why = f"your address {peer_ip} claims the name {_short(names.claimed[0])}, whose addresses are others"
        return PermFail(550, "5.7.25", f"{why}; ask whoever runs it to correct the PTR or the address record")
    blocked = rules.blocked_name(names)
    if blocked:
        return PermFail(550, "5.7.1", f"servers called {_short(blocked)} are blocked by the recipient's organization")
    return None


async def names_of(peer_ip: str, resolver: Resolver) -> Names:
    """What an address is called. Raises DnsTrouble only if that keeps us from knowing any true name."""
    address = ipaddress.ip_address(peer_ip)
    claimed = tuple(name.lower().removesuffix(".") for name in (await resolver.ptr(peer_ip))[:MAX_NAMES])
    ask = resolver.a if address.version == 4 else resolver.aaaa  # noqa: PLR2004 - the version's name
    answers = await asyncio.gather(*(ask(name) for name in claimed), return_exceptions=True)
    true = []
    trouble: BaseException | None = None
    for name, answer in zip(claimed, answers, strict=True):
        if isinstance(answer, BaseException):
            trouble = answer
        elif any(ipaddress.ip_address(found) == address for found in answer):
            true.append(name)
    if trouble is not None and not true:
        raise trouble
    return Names(claimed, tuple(true))


def _above(name: str) -> Iterable[str]:
    """The name and all above it, the nearest first."""
    labels = name.split(".")
    return (".".join(labels[start:]) for start in range(len(labels)))


def _bare(name: str) -> str:
    return name.lower().removeprefix("*.")


def _short(name: str) -> str:
    return "".join(sign if "!" <= sign <= "~" else "?" for sign in name[:100])
