# SPDX-License-Identifier: Apache-2.0
"""Counts of others' mail in the database: sums that any number of processes add to."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from mailward.contract.dmarc_report import Override, Permission, Row, Signature

_COUNTS = ("passed_good", "passed_bad", "failed_good", "failed_bad")


class Tally(NamedTuple):
    """Mails that a report would put into one row. `disposition` is "pass" where DMARC passed, else what was
    done; `signatures` and `spf` are results as (domain, selector or scope, result)."""

    day: int
    policy_domain: str
    source_ip: str
    header_from: str
    envelope_from: str
    envelope_to: str
    disposition: str
    dkim: bool
    spf: bool
    override: Override | None
    signatures: tuple[tuple[str, str, str], ...]
    permission: tuple[str, str, str]


class Standing:
    """What a domain sent on a day: numbers by whether DMARC passed and whether the mail was clean."""

    __slots__ = ("failed_bad", "failed_good", "passed_bad", "passed_good", "record")

    def __init__(self, record: str = "") -> None:
        self.record = record
        self.passed_good = self.passed_bad = self.failed_good = self.failed_bad = 0

    def add(self, other: "Standing") -> None:
        """Take over what was not written; the newer record stays."""
        self.record = self.record or other.record
        self.passed_good += other.passed_good
        self.passed_bad += other.passed_bad
        self.failed_good += other.failed_good
        self.failed_bad += other.failed_bad


class Evaluated(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The part of a tally that only a report's reader looks into."""

    disposition: str
    dkim: bool = False
    spf: bool = False
    overrides: tuple[Override, ...] = ()
    signatures: tuple[Signature, ...] = ()
    permissions: tuple[Permission, ...] = ()


class Domain(msgspec.Struct, frozen=True, kw_only=True):
    """A domain that asks for reports, with what it sent on a day."""

    day: date
    policy_domain: str
    record: str
    mails: int


async def add(
    connection: asyncpg.Connection, organization: UUID, counts: Sequence[tuple[date, Tally, int]],
    standings: Sequence[tuple[date, str, Standing]],
) -> None:  # fmt: skip
    """Add sums to what others wrote. Rows are sorted, so that two processes never wait for one another in a circle."""
    rows = sorted(
        (_row(day, tally, count) for day, tally, count in counts), key=lambda row: (row["day"], row["digest"])
    )
    await connection.execute(
        "INSERT INTO dmarc_tallies AS t (organization_id, day, policy_domain, digest, count, source_ip, header_from,"
        " envelope_from, envelope_to, evaluated) SELECT $1, day, policy_domain, decode(digest, 'hex'), count,"
        " source_ip, header_from, envelope_from, envelope_to, evaluated FROM jsonb_to_recordset($2) AS r (day date,"
        " policy_domain text, digest text, count bigint, source_ip inet, header_from text, envelope_from text,"
        " envelope_to text, evaluated jsonb) ON CONFLICT (organization_id, day, policy_domain, digest)"
        " DO UPDATE SET count = t.count + excluded.count",
        organization, rows,
    )  # fmt: skip
    await connection.executemany(
        "INSERT INTO dmarc_policy_domains AS p (organization_id, day, policy_domain, record, passed_good, passed_bad,"
        " failed_good, failed_bad) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (organization_id, day,"
        " policy_domain) DO UPDATE SET record = excluded.record, passed_good = p.passed_good + excluded.passed_good,"
        " passed_bad = p.passed_bad + excluded.passed_bad, failed_good = p.failed_good + excluded.failed_good,"
        " failed_bad = p.failed_bad + excluded.failed_bad",
        [
            (organization, day, domain, standing.record, *(getattr(standing, name) for name in _COUNTS))
            for day, domain, standing in sorted(standings, key=lambda each: each[:2])
        ],
    )


async def rows_of(connection: asyncpg.Connection, day: date, policy_domain: str, *, most: int) -> tuple[Row, ...]:
    """The rows of a report, those with most mail first."""
    found = await connection.fetch(
        "SELECT count, source_ip, header_from, envelope_from, envelope_to, evaluated FROM dmarc_tallies"
        " WHERE day = $1 AND policy_domain = $2 ORDER BY count DESC, digest LIMIT $3",
        day, policy_domain, most,
    )  # fmt: skip
    return tuple(_report_row(row) for row in found)


def _row(day: date, tally: Tally, count: int) -> dict[str, Any]:
    evaluated = Evaluated(
        disposition=tally.disposition,
        dkim=tally.dkim,
        spf=tally.spf,
        overrides=(tally.override,) if tally.override else (),
        signatures=tuple(Signature(*one) for one in tally.signatures),
        permissions=(Permission(*tally.permission),),
    )
    digest = hashlib.blake2b(msgspec.msgpack.encode(tally[1:]), digest_size=16).hexdigest()
    return {
        "day": day, "policy_domain": tally.policy_domain, "digest": digest, "count": count,
        "source_ip": tally.source_ip, "header_from": tally.header_from, "envelope_from": tally.envelope_from,
        "envelope_to": tally.envelope_to, "evaluated": evaluated,
    }  # fmt: skip


def _report_row(row: asyncpg.Record) -> Row:
    evaluated = msgspec.convert(row["evaluated"], Evaluated)
    return Row(
        source_ip=str(row["source_ip"]).partition("/")[0],
        count=row["count"],
        disposition=evaluated.disposition,
        dkim="pass" if evaluated.dkim else "fail",
        spf="pass" if evaluated.spf else "fail",
        header_from=row["header_from"],
        envelope_from=row["envelope_from"],
        envelope_to=row["envelope_to"],
        overrides=evaluated.overrides,
        signatures=evaluated.signatures,
        permissions=evaluated.permissions,
    )
