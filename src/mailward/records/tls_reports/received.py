# SPDX-License-Identifier: Apache-2.0
"""Reports of others about our domains: kept once each, and only what is about our domains."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from mailward.kit.domain_names import plain_domain
from mailward.kit.ids import new_id
from mailward.records.tls_reports.report import SUCCESS, PolicyReport, TlsReport
from mailward.records.tls_reports.settings import RETENTION_DAYS

MAX_ROWS = 2000
"""Rows kept of one report."""
MAX_TEXT = 300

_Row = tuple[str, str, str, str, str, str, int]


async def keep(
    connection: asyncpg.Connection, organization: UUID, report: TlsReport, *, domains: Sequence[str], origin: str,
    at: datetime,
) -> str:  # fmt: skip
    """Keep a report; an empty word if it is new, else why nothing of it was kept, for people."""
    begins, ends = _moment(report.range.start), _moment(report.range.end)
    if not begins <= ends <= at + timedelta(days=2) or ends < at - timedelta(days=RETENTION_DAYS):
        return "it is about days that are over too long, or have not come yet"
    rows = [row for policy in report.policies for row in _rows(policy, frozenset(domains))][:MAX_ROWS]
    if not rows:
        return "it is not about a domain of yours"
    identifier = await connection.fetchval(
        "INSERT INTO tls_reports (organization_id, id, reporter, report_id, contact, begins_at, ends_at, received_at,"
        " origin) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " ON CONFLICT (organization_id, reporter, report_id) DO NOTHING RETURNING id",
        organization, new_id(at), _words(report.organization), _words(report.id), _words(report.contact or ""),
        begins, ends, at, _words(origin),
    )  # fmt: skip
    if identifier is None:
        return "it had come before"
    await connection.executemany(
        "INSERT INTO tls_report_rows (organization_id, report, number, domain, policy_type, failure, host,"
        " sending_address, why, sessions, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        [(organization, identifier, number, *row, ends) for number, row in enumerate(rows)],
    )
    return ""


def _rows(policy: PolicyReport, domains: frozenset[str]) -> Iterator[_Row]:
    domain = plain_domain(policy.policy.domain)
    if domain not in domains:
        return
    kind = _words(policy.policy.type)
    if policy.summary.successes:
        yield domain, kind, SUCCESS, "", "", "", policy.summary.successes
    told = 0
    for failure in policy.failures or ():
        told += failure.sessions
        host, address = _words(failure.host or ""), _words(failure.sending_address or "")
        yield (
            domain,
            kind,
            _words(failure.type) or "validation-failure",
            host,
            address,
            _words(failure.why or ""),
            failure.sessions,
        )
    if policy.summary.failures > told:
        yield domain, kind, "unspecified", "", "", "", policy.summary.failures - told


def _moment(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _words(text: str) -> str:
    """A stranger's words, short, and without what a database or a screen stumbles over."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:MAX_TEXT])
