# SPDX-License-Identifier: Apache-2.0
"""The live DNS report: every room that answers for records checks them, side by side, each in its own name."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from uuid import UUID

from mailward.contract.dns import DnsTrouble, Resolvers
from mailward.contract.dns_check import DnsCheck, DnsState, DnsSurvey, checked, unanswered
from mailward.contract.gateway import Gateway
from mailward.contract.wording import Sentence
from mailward.control.domains.shapes import DnsReport
from mailward.egress.door import ON_BEHALF_OF, SwitchedOff
from mailward.kit.clock import Clock
from mailward.kit.database import Database

SURVEY_SECONDS = 30.0
"""For each room. What is not known by then is said to be unknown."""

_WHY = Sentence("dns.why.unknown", "Not known now.")

RoomChecks = Callable[[DnsSurvey], Awaitable[Sequence[DnsCheck]]]


class Surveys:
    """Reports for all organizations. `rooms` are the checks of each feature, by its name."""

    def __init__(self, database: Database, clock: Clock, gateway: Gateway, rooms: Mapping[str, RoomChecks]) -> None:
        self._database = database
        self._clock = clock
        self._gateway = gateway
        self._rooms = dict(rooms)

    async def report(self, organization: UUID, domain: str, resolvers: Resolvers) -> DnsReport:
        """Ask now. A room whose feature is off says nothing."""
        ON_BEHALF_OF.set((organization,))
        found = await asyncio.gather(
            *(self._ask(organization, domain, checks, resolvers, name) for name, checks in self._rooms.items())
        )
        return DnsReport(name=domain, at=self._clock.now(), checks=[check for checks in found for check in checks])

    async def _ask(
        self, organization: UUID, domain: str, checks: RoomChecks, resolvers: Resolvers, feature: str
    ) -> Sequence[DnsCheck]:
        survey = DnsSurvey(
            domain=domain, gateway=self._gateway, resolver=resolvers(feature),
            scoped=partial(self._database.scoped, organization),
        )  # fmt: skip
        try:
            async with asyncio.timeout(SURVEY_SECONDS):
                return await checks(survey)
        except SwitchedOff:
            return ()
        except (DnsTrouble, TimeoutError) as exc:
            advice = unanswered(exc if str(exc) else "it took too long")
            return (checked(feature, domain, "", DnsState.UNKNOWN, why=_WHY, advice=advice),)
