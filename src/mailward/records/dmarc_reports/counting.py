# SPDX-License-Identifier: Apache-2.0
"""What each mail in somebody's name looked like, counted in memory and written as sums.

A mail costs two look-ups in a dictionary; nothing here waits, reads or writes while a peer does. Counted is
only what can be reported: mail whose domain publishes a policy with an address for reports.
"""

import asyncio
import contextlib
import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from uuid import UUID

import structlog

from mailward.contract.authentication import Authentication
from mailward.contract.decision import Intercept
from mailward.contract.dmarc_report import Override
from mailward.contract.envelope import Connection, Envelope
from mailward.kit.clock import Clock
from mailward.kit.database import AWAY, Database
from mailward.records.dmarc_reports import tallies
from mailward.records.dmarc_reports.tallies import Standing, Tally

log = structlog.get_logger()

FLUSH_SECONDS = 60.0
MAX_TALLIES = 20_000
"""Different tallies kept in memory between two flushes; beyond that the flush comes early."""
MAX_HELD = 5 * MAX_TALLIES
"""Tallies that are held while the database is away; beyond that mail is no longer counted, and it is logged."""
MAX_SIGNATURES = 10
MAX_DOMAIN = 253

_RUA = re.compile(r";\s*rua\s*=\s*mailto:", re.IGNORECASE)
_DISPOSITIONS = {
    Intercept.DELIVER: "none", Intercept.QUARANTINE: "quarantine", Intercept.REJECT: "reject",
    Intercept.DELETE: "reject",
}  # fmt: skip
_MILDEST = {Intercept.DELIVER: 0, Intercept.QUARANTINE: 1, Intercept.REJECT: 2, Intercept.DELETE: 3}


Tallies = dict[tuple[UUID, Tally], int]
Standings = dict[tuple[UUID, int, str], Standing]


class Counter:
    """The counts of this process. `run` writes them once a minute."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._tallies: Tallies = {}
        self._standings: Standings = {}
        self._dropped = 0
        self._full = asyncio.Event()

    def __len__(self) -> int:
        return len(self._tallies)

    def count(
        self, organization: UUID, said: Authentication, *, connection: Connection, envelope: Envelope,
        intercepts: Mapping[str, Intercept], clean: bool, forwarder: str = "",
    ) -> None:  # fmt: skip
        """One mail was judged. `intercepts` says what became of it, by recipient; it is counted once for each
        domain of recipients, by the mildest of what was done there. `forwarder` is a server that the organization
        trusts, and that saw DMARC pass."""
        dmarc = said.dmarc
        if dmarc.result not in ("pass", "fail") or not wants_reports(dmarc.record):
            return
        if len(self._tallies) >= MAX_HELD:
            self._dropped += 1
            return
        day = envelope.received_at.toordinal()
        passed = dmarc.result == "pass"
        self._stand(organization, day, said, passed=passed, clean=clean)
        signatures = tuple((s.domain, s.selector, s.result) for s in said.dkim[:MAX_SIGNATURES])
        permission = (said.spf.domain, said.spf.scope, said.spf.result)
        envelope_from = envelope.sender.rpartition("@")[2].lower()[:MAX_DOMAIN]
        for domain, intercept in _by_domain(intercepts).items():
            disposition, override = disposition_of(said, intercept, forwarder)
            tally = Tally(
                day, dmarc.found_at, connection.peer_ip, dmarc.domain, envelope_from, domain, disposition,
                "dkim" in dmarc.aligned, "spf" in dmarc.aligned, override, signatures, permission,
            )  # fmt: skip
            key = (organization, tally)
            self._tallies[key] = self._tallies.get(key, 0) + 1
        if len(self._tallies) >= MAX_TALLIES:
            self._full.set()

    def _stand(self, organization: UUID, day: int, said: Authentication, *, passed: bool, clean: bool) -> None:
        key = (organization, day, said.dmarc.found_at)
        standing = self._standings.get(key)
        if standing is None:
            standing = self._standings[key] = Standing()
        standing.record = said.dmarc.record
        if passed and clean:
            standing.passed_good += 1
        elif passed:
            standing.passed_bad += 1
        elif clean:
            standing.failed_good += 1
        else:
            standing.failed_bad += 1

    async def run(self) -> None:
        """Write the sums every minute, until cancelled; then once more."""
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._full.wait(), FLUSH_SECONDS)
                await self.flush()
                if self._full.is_set():  # the database is away: not at once again
                    await asyncio.sleep(FLUSH_SECONDS)
        finally:
            await asyncio.shield(self.flush())

    async def flush(self) -> None:
        """Write what was counted since the last time; what cannot be written is kept for the next."""
        waiting, standings = self._tallies, self._standings
        self._tallies, self._standings = {}, {}
        dropped, self._dropped = self._dropped, 0
        if dropped:
            log.warning("dmarc_reports.not_counted", mails=dropped)
        by_organization: dict[UUID, tuple[Tallies, Standings]] = defaultdict(lambda: ({}, {}))
        for key, count in waiting.items():
            by_organization[key[0]][0][key] = count
        for place, standing in standings.items():
            by_organization[place[0]][1][place] = standing
        self._full.clear()
        for organization, (counts, stands) in by_organization.items():
            try:
                async with self._database.scoped(organization) as connection:
                    await tallies.add(
                        connection, organization, [(date.fromordinal(k[1].day), k[1], n) for k, n in counts.items()],
                        [(date.fromordinal(day), domain, standing) for (_, day, domain), standing in stands.items()],
                    )  # fmt: skip
            except AWAY as exc:
                self._take_back(counts, stands)
                log.warning("dmarc_reports.not_written", why=type(exc).__name__)

    def _take_back(self, counts: Tallies, stands: Standings) -> None:
        for key, count in counts.items():
            self._tallies[key] = self._tallies.get(key, 0) + count
        for place, standing in stands.items():
            self._standings.setdefault(place, Standing()).add(standing)
        if len(self._tallies) >= MAX_TALLIES:
            self._full.set()


@lru_cache(maxsize=4000)
def wants_reports(record: str) -> bool:
    """Whether a policy record names an address for aggregate reports."""
    return bool(_RUA.search(record))


def disposition_of(said: Authentication, intercept: Intercept, forwarder: str = "") -> tuple[str, Override | None]:
    """What DMARC made of a mail (RFC 9990, 3.1.1.9), and why it was not what the policy asks for."""
    dmarc = said.dmarc
    if dmarc.result == "pass":
        return "pass", None
    if dmarc.policy in ("", "none"):
        return "none", None
    done = _DISPOSITIONS[intercept]
    if done == dmarc.policy:
        return done, None
    if forwarder:
        return done, Override("trusted_forwarder", f"arc=pass, sealed by {forwarder}")
    if dmarc.testing:
        return done, Override("policy_test_mode")
    return done, Override("local_policy", _COMMENTS[done])


_COMMENTS = {
    "none": "other checks decide about failing mail here, and found nothing",
    "quarantine": "held for an administrator",
    "reject": "refused or deleted by a rule",
}


def _by_domain(intercepts: Mapping[str, Intercept]) -> dict[str, Intercept]:
    found: dict[str, Intercept] = {}
    for recipient, intercept in intercepts.items():
        domain = recipient.rpartition("@")[2].lower()
        if domain not in found or _MILDEST[intercept] < _MILDEST[found[domain]]:
            found[domain] = intercept
    return found
