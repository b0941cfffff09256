# SPDX-License-Identifier: Apache-2.0
"""How the destinations of the queue stand: open, resting after a failure, on trial, or paused by somebody.

It is kept in the database, so that all processes know the same: one that finds a destination dead spares the
others the wait; when its rest is over one copy tries it, and then twice as many each time it goes well. Each
process reads the few rows that there are in each of its rounds, never per mail.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import asyncpg

FIRST_REST = 10.0
LONGEST_REST = 900.0
"""Seconds: 10, 20, 40 ... up to a quarter of an hour, each 20 % more or less."""
ON_TRIAL_UP_TO = 32
"""Copies under way at once; beyond that a destination is open again."""
EVERY = "*"
"""Stands for all destinations of an organization."""

Lane = tuple[UUID, str]
"""(organization, destination)"""


class Standing(NamedTuple):
    """How one destination stands. `allowance` is how many copies may be under way; 0 for any number."""

    allowance: int = 0
    resting_until: datetime | None = None
    paused: bool = False
    last_reply: str = ""

    def is_closed(self, at: datetime) -> bool:
        """Whether nothing may be tried now."""
        return self.paused or (self.resting_until is not None and self.resting_until > at)


OPEN = Standing()


class Standings:
    """What this process knows of all destinations; those that it does not know of are open."""

    def __init__(self) -> None:
        self._known: dict[Lane, Standing] = {}

    async def read(self, connection: asyncpg.Connection) -> None:
        """Learn what the database knows."""
        rows = await connection.fetch("SELECT * FROM standings()")
        self._known = {
            (row["organization_id"], row["name"]): Standing(
                row["allowance"], row["resting_until"], row["paused_at"] is not None, row["last_reply"]
            )
            for row in rows
        }

    def of(self, lane: Lane) -> Standing:
        """How a destination stands, as far as this process knows."""
        if not self._known:
            return OPEN
        everything = self._known.get((lane[0], EVERY))
        return everything if everything is not None else self._known.get(lane, OPEN)

    def is_down(self, lane: Lane, *, at: datetime, reply: str) -> None:
        """We just found out, and others of ours need not; the database says later for how long."""
        standing = self._known.get(lane, OPEN)
        if not standing.is_closed(at):
            rest = timedelta(seconds=FIRST_REST)
            self._known[lane] = standing._replace(allowance=1, resting_until=at + rest, last_reply=reply)


async def went_down(connection: asyncpg.Connection, organization: UUID, name: str, *, at: datetime, reply: str) -> None:
    """It could not be talked to: let it rest. A crowd that fails together counts once."""
    await connection.execute(
        "INSERT INTO destinations AS d (organization_id, name, failures, allowance, resting_until, paused_by,"  # noqa: S608 - ours
        f" last_reply, last_tried_at) VALUES ($1, $2, 1, 1, $3::timestamptz + {_rest('1')}, '', $4, $3)"
        " ON CONFLICT (organization_id, name) DO UPDATE SET allowance = 1, last_reply = $4, last_tried_at = $3,"
        " failures = d.failures + CASE WHEN d.resting_until > $3 THEN 0 ELSE 1 END, resting_until = CASE WHEN"
        f" d.resting_until > $3 THEN d.resting_until ELSE $3::timestamptz + {_rest('d.failures + 1')} END",
        organization, name, at, reply,
    )  # fmt: skip


async def went_well(connection: asyncpg.Connection, names: Iterable[str], *, at: datetime) -> bool:
    """They could be talked to: more may be under way, or any number. Whether that changed anything."""
    wanted = list(names)
    changed = await connection.fetch(
        "UPDATE destinations SET failures = CASE WHEN allowance * 2 > $3 THEN 0 ELSE failures END,"
        " allowance = CASE WHEN allowance * 2 > $3 THEN 0 ELSE allowance * 2 END, resting_until = NULL,"
        " last_tried_at = $2 WHERE name = ANY($1) AND allowance > 0 RETURNING name",
        wanted, at, ON_TRIAL_UP_TO,
    )  # fmt: skip
    if changed:
        await connection.execute(
            "DELETE FROM destinations WHERE name = ANY($1) AND allowance = 0 AND paused_at IS NULL", wanted
        )
    return bool(changed)


def _rest(failures: str) -> str:
    """The rest after so many failures, in SQL."""
    doubled = f"least({LONGEST_REST}, {FIRST_REST} * 2 ^ least({failures} - 1, 16))"
    return f"{doubled} * (0.8 + 0.4 * random()) * interval '1 second'"


async def pause(
    connection: asyncpg.Connection, organization: UUID, names: Iterable[str], *, at: datetime, actor: str
) -> list[str]:
    """Let nothing go to these destinations until they are resumed; those that were not paused before."""
    rows = await connection.fetch(
        "INSERT INTO destinations AS d (organization_id, name, failures, allowance, paused_at, paused_by, last_reply)"
        " SELECT $1, name, 0, 0, $3, $4, '' FROM unnest($2::text[]) AS name"
        " ON CONFLICT (organization_id, name) DO UPDATE SET paused_at = $3, paused_by = $4 WHERE d.paused_at IS NULL"
        " RETURNING name",
        organization, list(names), at, actor,
    )  # fmt: skip
    return [row["name"] for row in rows]


async def resume(connection: asyncpg.Connection, organization: UUID, names: Iterable[str]) -> list[str]:
    """Let mail go again to those of these destinations that are paused: one at first, then more and more."""
    rows = await connection.fetch(
        "UPDATE destinations SET paused_at = NULL, paused_by = '', allowance = greatest(allowance, 1)"
        " WHERE name = ANY($1) AND paused_at IS NOT NULL RETURNING name",
        list(names),
    )
    resumed = [row["name"] for row in rows]
    if EVERY in resumed:
        await connection.execute("DELETE FROM destinations WHERE name = $1", EVERY)
        await connection.execute(
            "INSERT INTO destinations AS d (organization_id, name, failures, allowance, paused_by, last_reply)"
            " SELECT DISTINCT $1::uuid, destination, 0, 1, '', '' FROM deliveries"
            " ON CONFLICT (organization_id, name) DO UPDATE SET allowance = greatest(d.allowance, 1)",
            organization,
        )
    return resumed


async def end_rests(connection: asyncpg.Connection, names: Iterable[str], *, at: datetime) -> None:
    """Let one copy try at once whether a destination that rests is back."""
    await connection.execute(
        "UPDATE destinations SET resting_until = $2 WHERE name = ANY($1) AND resting_until > $2", list(names), at
    )
