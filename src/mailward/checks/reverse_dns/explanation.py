# SPDX-License-Identifier: Apache-2.0
"""What is this address called, and would we hear it? The same rules as on the mail path, with nobody waiting."""

from collections.abc import Callable
from enum import StrEnum
from uuid import UUID

import msgspec

from mailward.checks.reverse_dns.names import Names, ReverseDnsRules, judge, names_of, unreachable
from mailward.checks.reverse_dns.settings import ReverseDnsSettings
from mailward.contract.dns import DnsTrouble, Resolvers
from mailward.contract.reply import Refused  # noqa: TC001 - as everywhere, imported plainly
from mailward.egress.door import ON_BEHALF_OF, SwitchedOff
from mailward.kit.addresses import read_address
from mailward.kit.database import Database
from mailward.policy.store import settings as chosen_settings

_NEVER = 500


class NamesResult(StrEnum):
    """What becomes of mail from the address, as far as its name goes."""

    HEARD = "heard"
    REFUSED = "refused"
    DELAYED = "delayed"


class NamesExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """`claimed` are the names of the address (PTR), `true` those that lead back to it. `rule` is the sender domain of
    the rule that counts, "default" or "empty sender". `asked` is false where nothing is demanded: then the mail path
    asks nothing, and the names were looked up for this answer alone."""

    address: str
    sender: str
    enabled: bool
    rule: str
    refuse_missing: bool
    refuse_invalid: bool
    asked: bool
    claimed: list[str]
    true: list[str]
    dns_answered: bool
    result: NamesResult
    answer: str


class NamesQuestion:
    """Answers for all organizations. `fresh_dns` makes resolvers that remember nothing."""

    def __init__(self, database: Database, *, fresh_dns: Callable[[], Resolvers]) -> None:
        self._database = database
        self._fresh_dns = fresh_dns

    async def explain(self, organization: UUID, *, address: str, sender: str) -> NamesExplanation:
        """Look the names up and judge them. Raises ValueError with a sentence for what is no address."""
        read = read_address(address.strip())
        if read is None:
            raise ValueError(f"{address[:60]!r} is no IPv4 or IPv6 address")
        async with self._database.scoped(organization) as connection:
            changed = (await chosen_settings(connection)).get("reverse_dns", {})
        settings = msgspec.convert(changed, ReverseDnsSettings)
        rules = ReverseDnsRules(settings)
        name, demand = rules.rule(sender.strip())
        asked = settings.enabled and (demand.refuse_missing or demand.refuse_invalid or rules.asks_for_names)
        ON_BEHALF_OF.set((organization,))
        refused: Refused | None = None
        names, answered = Names((), ()), True
        try:
            names = await names_of(str(read), self._fresh_dns()("reverse_dns"))
        except (DnsTrouble, SwitchedOff):
            answered = False
            refused = unreachable(str(read)) if asked else None
        else:
            refused = judge(rules, demand, str(read), names) if asked else None
        return NamesExplanation(
            address=str(read), sender=sender.strip(), enabled=settings.enabled, rule=name,
            refuse_missing=demand.refuse_missing, refuse_invalid=demand.refuse_invalid, asked=asked,
            claimed=list(names.claimed), true=list(names.true), dns_answered=answered,
            result=NamesResult.HEARD if refused is None else NamesResult.DELAYED if refused.reply.code < _NEVER
            else NamesResult.REFUSED,
            answer=refused.reply.encode().decode().strip() if refused is not None else "",
        )  # fmt: skip
