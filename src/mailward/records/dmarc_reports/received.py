# SPDX-License-Identifier: Apache-2.0
"""Reports about our domains, kept: each one once, however often it is sent, and only about domains of ours."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from mailward.contract.dmarc_report import Report, Row
from mailward.kit.ids import new_id

MAX_REPORTS_A_DAY = 5000
"""Reports kept of one day; a flood of invented ones ends there."""
MAX_FUTURE_SECONDS = 2 * 86400


class Kept(StrEnum):
    """What became of a report."""

    NEW = "new"
    KNOWN = "known"
    FOREIGN = "foreign"
    IMPLAUSIBLE = "implausible"
    TOO_MANY = "too_many"


Tally = Counter[Kept]
"""How many reports fared how."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """How a report came: in a mail, whose author's domain is `proved` or not, or by the hand of `added_by`."""

    message_id: UUID | None = None
    sender_domain: str = ""
    proved: bool = False
    added_by: str = ""


async def keep(
    connection: asyncpg.Connection, organization: UUID, report: Report, origin: Origin, *, domains: Sequence[str],
    at: datetime,
) -> Kept:  # fmt: skip
    """Keep a report, unless it is known. One that is proved, or brought by a person, takes the place of one
    that anybody may have written."""
    trusted = origin.proved or bool(origin.added_by)
    if not is_ours(report.published.domain, domains):
        return Kept.FOREIGN
    if report.end > at.timestamp() + MAX_FUTURE_SECONDS:
        return Kept.IMPLAUSIBLE
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 2))", f"dmarc {organization}")
    known = await connection.fetchrow(
        "SELECT id, proved OR added_by <> '' AS trusted FROM dmarc_received"
        " WHERE domain = $1 AND reporter = $2 AND report_id = $3",
        report.published.domain, report.organization, report.report_id,
    )  # fmt: skip
    if known is not None and (known["trusted"] or not trusted):
        return Kept.KNOWN
    if known is not None:
        await delete(connection, known["id"])
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if await connection.fetchval("SELECT count(*) FROM dmarc_received WHERE received_at >= $1", midnight) >= (
        MAX_REPORTS_A_DAY
    ):
        return Kept.TOO_MANY
    await _insert(connection, organization, report, origin, at)
    return Kept.NEW


def is_ours(domain: str, domains: Sequence[str]) -> bool:
    """Whether a report about this domain is about one that we protect, or a name below it."""
    return any(domain == own or domain.endswith(f".{own}") for own in domains)


async def delete(connection: asyncpg.Connection, identifier: UUID) -> bool:
    """Remove a report with its rows; whether it was there."""
    await connection.execute("DELETE FROM dmarc_rows WHERE report = $1", identifier)
    return bool(await connection.fetchval("DELETE FROM dmarc_received WHERE id = $1 RETURNING 1", identifier))


async def _insert(
    connection: asyncpg.Connection, organization: UUID, report: Report, origin: Origin, at: datetime
) -> None:
    identifier = new_id(at)
    begin, end = (datetime.fromtimestamp(seconds, UTC) for seconds in (report.begin, report.end))
    day = datetime.fromtimestamp((report.begin + report.end) // 2, UTC).date()
    await connection.execute(
        "INSERT INTO dmarc_received (organization_id, id, domain, reporter, reporter_email, report_id, begins_at,"
        " ends_at, received_at, message_id, sender_domain, proved, published, notes, mails, passed, added_by)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        organization, identifier, report.published.domain, report.organization, report.email, report.report_id,
        begin, end, at, origin.message_id, origin.sender_domain, origin.proved, report.published,
        [*report.errors, *report.notes], sum(row.count for row in report.rows),
        sum(row.count for row in report.rows if passes(row)), origin.added_by,
    )  # fmt: skip
    rows = [_row(identifier, number, row) for number, row in enumerate(report.rows)]
    for start in range(0, len(rows), _AT_ONCE):
        await connection.execute(_ROWS, organization, day, report.published.domain, rows[start : start + _AT_ONCE])


def passes(row: Row) -> bool:
    """Whether the mails of a row passed DMARC."""
    return "pass" in (row.dkim, row.spf)


_AT_ONCE = 5000
_ROWS = """
INSERT INTO dmarc_rows (organization_id, report, number, day, domain, source_ip, count, disposition, dkim, spf,
  header_from, envelope_from, envelope_to, overrides, signatures, permissions)
SELECT $1, report, number, $2, $3, source_ip, count, disposition, dkim, spf, header_from, envelope_from, envelope_to,
  overrides, signatures, permissions
FROM jsonb_to_recordset($4) AS r (report uuid, number integer, source_ip inet, count bigint, disposition text,
  dkim text, spf text, header_from text, envelope_from text, envelope_to text, overrides jsonb, signatures jsonb,
  permissions jsonb)
"""


def _row(identifier: UUID, number: int, row: Row) -> dict[str, Any]:
    return {"report": identifier, "number": number, **msgspec.structs.asdict(row)}
