# SPDX-License-Identifier: Apache-2.0
"""Whether a domain deserves a report. Who only ever sent spam gets none: mail to spammers' boxes and to traps costs
us our own good name, and tells them how their mail fares (stalwart#3315)."""

from datetime import date, timedelta

import asyncpg
import msgspec

LOOK_BACK = timedelta(days=30)
BAD_SHARE = 0.5
"""Bad mail as a share of what a domain provably sent: from there on it is a spammer's."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What a domain sent in the last days, by whether DMARC passed and whether the mail was clean."""

    passed_good: int = 0
    passed_bad: int = 0
    failed_good: int = 0
    failed_bad: int = 0


def objection(record: Record) -> str:
    """Why a domain gets no report, or "". Bad mail that failed DMARC is somebody else's, and does not count against
    the domain; but where there was nothing else, nobody of whom we know is there to be told."""
    proved = record.passed_good + record.passed_bad
    if record.passed_bad and record.passed_bad >= BAD_SHARE * proved:
        return "most of what it provably sent was bad"
    if not record.passed_good and not record.failed_good:
        return "nothing but bad mail came in its name"
    return ""


async def of(connection: asyncpg.Connection, policy_domain: str, day: date) -> Record:
    """What an organization knows of a domain on a day."""
    row = await connection.fetchrow(
        "SELECT coalesce(sum(passed_good), 0)::bigint AS passed_good, coalesce(sum(passed_bad), 0)::bigint AS"
        " passed_bad, coalesce(sum(failed_good), 0)::bigint AS failed_good, coalesce(sum(failed_bad), 0)::bigint AS"
        " failed_bad FROM dmarc_policy_domains WHERE policy_domain = $1 AND day > $2 AND day <= $3",
        policy_domain, day - LOOK_BACK, day,
    )  # fmt: skip
    return Record(**row)
