# SPDX-License-Identifier: Apache-2.0
"""How each session with somebody else's server began: counted in memory, written as sums once a minute."""

import hashlib
from collections import defaultdict
from datetime import date
from uuid import UUID

import msgspec
import structlog

from mailward.kit.clock import Clock
from mailward.kit.database import AWAY, Database
from mailward.kit.rounds import until_cancelled

log = structlog.get_logger()

FLUSH_SECONDS = 60.0
MAX_HELD = 50_000
"""Different sessions held in memory; beyond that they are no longer counted, and it is logged."""
MAX_WORDS = 300


class TlsSession(msgspec.Struct, frozen=True, kw_only=True):
    """One session. `policy_type` and `failure` are RFC 8460's names (4.2, 4.3), `failure` empty if it went well;
    `policy` are the lines of the policy or the TLSA records, `mx` the hosts that it names."""

    domain: str
    policy_type: str
    policy: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()
    host: str
    address: str = ""
    failure: str = ""
    why: str = ""


class TlsSessions:
    """The counts of this process. `run` writes them once a minute."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._held: dict[tuple[UUID, date, TlsSession], int] = defaultdict(int)
        self._dropped = 0

    def count(self, organization: UUID, session: TlsSession) -> None:
        """One more. Never waits."""
        key = (organization, self._clock.now().date(), msgspec.structs.replace(session, why=session.why[:MAX_WORDS]))
        if key not in self._held and len(self._held) >= MAX_HELD:
            self._dropped += 1
            return
        self._held[key] += 1

    async def run(self) -> None:
        """Write what was counted, until cancelled; then once more."""
        await until_cancelled(self.flush, every=FLUSH_SECONDS)

    async def flush(self) -> None:
        """Write now. While the database is away the counts wait."""
        held, self._held = self._held, defaultdict(int)
        if self._dropped:
            log.warning("tls_reports.not_counted", sessions=self._dropped)
            self._dropped = 0
        by_organization: dict[UUID, list[tuple[date, TlsSession, int]]] = defaultdict(list)
        for (organization, day, session), number in held.items():
            by_organization[organization].append((day, session, number))
        for organization, some in by_organization.items():
            try:
                await self._write(organization, some)
            except AWAY as exc:
                log.warning("tls_reports.not_written", why=type(exc).__name__)
                for day, session, number in some:
                    self._held[organization, day, session] += number

    async def _write(self, organization: UUID, some: list[tuple[date, TlsSession, int]]) -> None:
        async with self._database.scoped(organization) as connection:
            await connection.executemany(
                "INSERT INTO tls_outcomes (organization_id, day, key, domain, policy_type, policy, mx, host, address,"
                " failure, why, sessions) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
                " ON CONFLICT (organization_id, day, key)"
                " DO UPDATE SET sessions = tls_outcomes.sessions + excluded.sessions",
                [
                    (
                        organization, day, _key(s), s.domain, s.policy_type, list(s.policy), list(s.mx), s.host,
                        s.address, s.failure, s.why, number,
                    )
                    for day, s, number in some
                ],
            )  # fmt: skip


def _key(session: TlsSession) -> str:
    return hashlib.sha256(msgspec.json.encode(session)).hexdigest()
