# SPDX-License-Identifier: Apache-2.0
"""Bringing a list of valid recipients, and handing it to the policy snapshot.

A list replaces all entries of each domain that occurs in it; other domains are left alone.
"""

from collections.abc import Iterable
from uuid import UUID

import asyncpg
import msgspec

from mailward.kit.hashed_set import HashedSet


class ValidRecipient(msgspec.Struct, frozen=True):
    """One address that exists, and whose it is."""

    address: str
    display_name: str = ""


async def replace(connection: asyncpg.Connection, organization: UUID, recipients: Iterable[ValidRecipient]) -> int:
    """Replace the entries of every domain that occurs; how many entries there are now in them."""
    entries = {recipient.address.lower(): recipient.display_name for recipient in recipients}
    rows = [(organization, address.rpartition("@")[2], address, name) for address, name in entries.items()]
    await connection.execute("DELETE FROM valid_recipients WHERE domain = ANY($1)", sorted({row[1] for row in rows}))
    await connection.executemany("INSERT INTO valid_recipients VALUES ($1, $2, $3, $4)", rows)
    return len(rows)


async def by_domain(connection: asyncpg.Connection) -> dict[str, HashedSet]:
    """The valid addresses of each domain, in a form that holds millions."""
    addresses: dict[str, list[str]] = {}
    async for row in connection.cursor("SELECT domain, address FROM valid_recipients", prefetch=5000):
        addresses.setdefault(row["domain"], []).append(row["address"])
    return {domain: HashedSet(members) for domain, members in addresses.items()}
