# SPDX-License-Identifier: Apache-2.0
"""Who sends in our name: the rows of all reports, added up by day, domain and source."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import asyncpg

from mailward.records.dmarc_reports.shapes import (
    Day,
    DmarcSource,
    DmarcSourceDetail,
    DmarcSourceList,
    DmarcSummary,
    DomainSummary,
    Numbers,
    PolicyStep,
    Reporter,
    SourceAddress,
    SourceKind,
    SourceResult,
)

MAX_SOURCES = 200
MAX_DETAILS = 100
MAX_DOMAINS = 500
ENOUGH_DAYS = 14
"""Days with reports before anything is advised."""
REGULAR_DAYS = 7
"""A source that was seen on so many days is a service in use rather than somebody's single attempt."""
DOUBTFUL_SHARE = 0.01
"""Failing mails of sources that look like ours, as a share of all: above it the stricter policy must wait."""
GOOD_SHARE = 0.98

_PASSED = "(dkim = 'pass' OR spf = 'pass')"
_NUMBERS = f"""
  coalesce(sum(count), 0)::bigint AS mails,
  coalesce(sum(count) FILTER (WHERE {_PASSED}), 0)::bigint AS passed,
  coalesce(sum(count) FILTER (WHERE dkim = 'pass'), 0)::bigint AS dkim,
  coalesce(sum(count) FILTER (WHERE spf = 'pass'), 0)::bigint AS spf,
  coalesce(sum(count) FILTER (WHERE disposition = 'quarantine'), 0)::bigint AS quarantined,
  coalesce(sum(count) FILTER (WHERE disposition = 'reject'), 0)::bigint AS rejected"""
_ROWS = """
WITH rows AS (
  SELECT r.*, coalesce(nullif(s.domain, ''), host(r.source_ip)) AS source, coalesce(s.name, '') AS name
  FROM dmarc_rows r LEFT JOIN dmarc_sources s ON s.organization_id = r.organization_id AND s.source_ip = r.source_ip
  WHERE r.day > $1 AND r.day <= $2 AND ($3 = '' OR r.domain = $3))"""
_SOURCES = f"""{_ROWS}
SELECT domain_or_all, source, {_NUMBERS},
  count(DISTINCT source_ip) AS addresses, count(DISTINCT day) AS days, min(day) AS first_day, max(day) AS last_day,
  coalesce(sum(count) FILTER (WHERE NOT {_PASSED} AND signatures @> '[{{"result": "pass"}}]'), 0)::bigint
    AS foreign_dkim,
  coalesce(sum(count) FILTER (WHERE NOT {_PASSED} AND permissions @> '[{{"result": "pass"}}]'), 0)::bigint
    AS foreign_spf,
  coalesce(sum(count) FILTER (WHERE NOT {_PASSED} AND (overrides @> '[{{"kind": "forwarded"}}]'
    OR overrides @> '[{{"kind": "trusted_forwarder"}}]' OR overrides @> '[{{"kind": "mailing_list"}}]')), 0)::bigint
    AS forwarded,
  coalesce(sum(count) FILTER (WHERE NOT {_PASSED} AND jsonb_path_exists(signatures,
    '$[*] ? (@.result != "pass" && @.domain == $d)', jsonb_build_object('d', domain))), 0)::bigint AS broken
FROM (SELECT *, CASE WHEN $4 THEN domain ELSE '' END AS domain_or_all FROM rows) AS r
GROUP BY domain_or_all, source"""  # noqa: S608 - our own words

_TOTAL = f"{_ROWS} SELECT {_NUMBERS} FROM rows"  # noqa: S608 - idem
_SOURCE_FIELDS = tuple(name for name in DmarcSource.__struct_fields__ if name != "kind")


async def summary(connection: asyncpg.Connection, *, until: date, days: int, domain: str = "") -> DmarcSummary:
    """The `days` days that end with `until`, beside those before them; `domain` may be empty for all."""
    since = until - timedelta(days=days)
    period = (since, until, domain)
    now = await connection.fetchrow(_TOTAL, *period)
    before = await connection.fetchrow(_TOTAL, since - timedelta(days=days), since, domain)
    return DmarcSummary(
        since=since + timedelta(days=1),
        until=until,
        now=Numbers(**now),
        before=Numbers(**before),
        series=await _series(connection, period),
        domains=await _domains(connection, period),
    )


async def sources(
    connection: asyncpg.Connection, *, until: date, days: int, domain: str = "", kind: SourceKind | None = None
) -> DmarcSourceList:
    """Who sends: those with most failing mail first, then those with most mail."""
    rows = await connection.fetch(_SOURCES, until - timedelta(days=days), until, domain, False)
    found = [made for row in rows if (made := _source(row)) and (kind is None or made.kind is kind)]
    found.sort(key=lambda source: (source.passed - source.mails, -source.mails, source.source))
    return DmarcSourceList(found[:MAX_SOURCES], max(0, len(found) - MAX_SOURCES))


async def source(
    connection: asyncpg.Connection, name: str, *, until: date, days: int, domain: str = ""
) -> DmarcSourceDetail | None:
    """One source, in full."""
    period = (until - timedelta(days=days), until, domain)
    rows = await connection.fetch(f"{_SOURCES} HAVING source = $5", *period, False, name)
    if not rows:
        return None
    addresses = await connection.fetch(
        f"{_ROWS} SELECT host(source_ip) AS address, max(name) AS name, {_NUMBERS} FROM rows WHERE source = $4"  # noqa: S608
        " GROUP BY source_ip ORDER BY mails DESC, source_ip LIMIT $5",
        *period, name, MAX_DETAILS,
    )  # fmt: skip
    results = await connection.fetch(
        f"{_ROWS} SELECT sum(count)::bigint AS mails, header_from, envelope_from, disposition, dkim, spf, signatures,"  # noqa: S608
        " permissions, overrides FROM rows WHERE source = $4 GROUP BY header_from, envelope_from, disposition, dkim,"
        " spf, signatures, permissions, overrides ORDER BY mails DESC, header_from, envelope_from LIMIT $5",
        *period, name, MAX_DETAILS,
    )  # fmt: skip
    reporters = await connection.fetch(
        f"{_ROWS} SELECT d.reporter AS name, sum(rows.count)::bigint AS mails FROM rows JOIN dmarc_received d"  # noqa: S608
        " ON d.id = rows.report WHERE source = $4 GROUP BY d.reporter ORDER BY mails DESC, name LIMIT $5",
        *period, name, MAX_DETAILS,
    )  # fmt: skip
    return DmarcSourceDetail(
        summary=_source(rows[0]),
        addresses=[SourceAddress(**row) for row in addresses],
        results=[SourceResult(**row) for row in results],
        reporters=[Reporter(**row) for row in reporters],
        series=await _series(connection, period, source=name),
    )


def kind_of(numbers: Mapping[str, Any]) -> SourceKind:
    """What a source looks like, from its numbers."""
    mails, passed = numbers["mails"], numbers["passed"]
    failed = mails - passed
    if passed >= GOOD_SHARE * mails:
        return SourceKind.GOOD
    if 2 * (numbers["forwarded"] + numbers["broken"]) >= failed and passed < failed:
        return SourceKind.FORWARDER
    if passed:
        return SourceKind.MIXED
    if 2 * max(numbers["foreign_dkim"], numbers["foreign_spf"]) >= failed:
        return SourceKind.UNALIGNED
    return SourceKind.UNPROVED


def advise(*, policy: str, mails: int, days: int, doubtful: int) -> PolicyStep:
    """The next step for a domain."""
    if days < ENOUGH_DAYS or not mails:
        return PolicyStep.GATHER
    if doubtful > DOUBTFUL_SHARE * mails:
        return PolicyStep.FIX
    return {"reject": PolicyStep.DONE, "quarantine": PolicyStep.REJECT}.get(policy, PolicyStep.QUARANTINE)


def is_doubtful(source: DmarcSource) -> bool:
    """Whether the failing mails of a source may well be ours."""
    if source.kind is SourceKind.MIXED:
        return True
    return source.kind is SourceKind.UNALIGNED and source.days >= REGULAR_DAYS


async def _series(connection: asyncpg.Connection, period: tuple[date, date, str], *, source: str = "") -> list[Day]:
    rows = await connection.fetch(
        f"{_ROWS} SELECT day, {_NUMBERS} FROM rows WHERE $4 = '' OR source = $4 GROUP BY day",  # noqa: S608
        *period, source,
    )  # fmt: skip
    known = {row["day"]: row for row in rows}
    since, until, _ = period
    every = [since + timedelta(days=offset) for offset in range(1, (until - since).days + 1)]
    return [
        Day(day, known[day]["passed"], known[day]["mails"] - known[day]["passed"]) if day in known else Day(day, 0, 0)
        for day in every
    ]


async def _domains(connection: asyncpg.Connection, period: tuple[date, date, str]) -> list[DomainSummary]:
    """Every domain with rows in the period, with advice."""
    by_source = await connection.fetch(_SOURCES, *period, True)
    facts = await connection.fetch(
        f"{_ROWS} SELECT rows.domain, sum(rows.count)::bigint AS mails,"  # noqa: S608
        f" coalesce(sum(rows.count) FILTER (WHERE {_PASSED}), 0)::bigint AS passed,"
        " count(DISTINCT source) AS sources, count(DISTINCT day) AS days, count(DISTINCT d.reporter) AS reporters,"
        " (array_agg(d.published ->> 'p' ORDER BY d.ends_at DESC))[1] AS policy"
        " FROM rows JOIN dmarc_received d ON d.id = rows.report GROUP BY rows.domain ORDER BY mails DESC, 1 LIMIT $4",
        *period, MAX_DOMAINS,
    )  # fmt: skip
    doubtful: dict[str, int] = {}
    for row in by_source:
        made = _source(row)
        if is_doubtful(made):
            name = row["domain_or_all"]
            doubtful[name] = doubtful.get(name, 0) + made.mails - made.passed
    return [_domain(row, doubtful.get(row["domain"], 0)) for row in facts]


def _domain(row: Mapping[str, Any], doubtful: int) -> DomainSummary:
    policy = row["policy"] or "none"
    step = advise(policy=policy, mails=row["mails"], days=row["days"], doubtful=doubtful)
    return DomainSummary(**{**dict(row), "policy": policy}, step=step, doubtful=doubtful)


def _source(row: Mapping[str, Any]) -> DmarcSource:
    return DmarcSource(kind=kind_of(row), **{name: row[name] for name in _SOURCE_FIELDS})


COLUMNS: Sequence[str] = (
    "day", "domain", "source_ip", "source_name", "source_domain", "mails", "disposition", "dkim", "spf", "header_from",
    "envelope_from", "envelope_to", "dkim_results", "spf_results", "overrides", "reporter", "report_id",
)  # fmt: skip
EXPORT = """
SELECT r.day, r.domain, host(r.source_ip) AS source_ip, coalesce(s.name, '') AS source_name,
  coalesce(s.domain, '') AS source_domain, r.count AS mails, r.disposition, r.dkim, r.spf, r.header_from,
  r.envelope_from, r.envelope_to, r.signatures, r.permissions, r.overrides, d.reporter, d.report_id
FROM dmarc_rows r JOIN dmarc_received d ON d.organization_id = r.organization_id AND d.id = r.report
LEFT JOIN dmarc_sources s ON s.organization_id = r.organization_id AND s.source_ip = r.source_ip
WHERE r.day > $1 AND r.day <= $2 AND ($3 = '' OR r.domain = $3) ORDER BY r.day, r.report, r.number LIMIT $4
"""
