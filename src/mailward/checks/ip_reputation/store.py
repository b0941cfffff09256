# SPDX-License-Identifier: Apache-2.0
"""Address lists, experience and list health in the database."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from mailward.checks.ip_reputation.shapes import AddressEntry, AddressList, AddressSort, NewAddressEntry, Penalty
from mailward.kit import paging
from mailward.kit.networks import Address, Network, plain, read_address
from mailward.policy import list_health as health_of_lists

OVERLAP = timedelta(minutes=1)
"""Rows are read again for so long, since what is committed later may carry an earlier time."""
MAX_PENALTIES = 200

_EXPERIENCE = "site, good, bad, penalties, penalty_until, updated_at"
_ENTRY = "id, list, network, note, expires_at, created_at, created_by"


class Experience(msgspec.Struct, frozen=True, kw_only=True):
    """What a process learned about an address since it last shared."""

    site: str
    good: int
    bad: int
    penalties: int
    penalty_until: datetime


_KEYS = {"created": "id", "network": "network", "expires": "coalesce(expires_at, 'infinity')"}


class Facts(NamedTuple):
    """What an entry says beside its network."""

    note: str = ""
    expires_at: datetime | None = None


async def page(
    connection: asyncpg.Connection, *, which: AddressList | None, search: str, sort: AddressSort, before: UUID | None,
    limit: int,
) -> list[AddressEntry]:  # fmt: skip
    """Entries behind the row `before`. `search` looks into network and note, and finds the networks that hold an
    address. Raises BadCursor if that row is gone, and the order needs it."""
    behind, order = paging.order(
        _KEYS[sort.removeprefix("-")], table="address_entries", descending=sort.startswith("-"), place="$3"
    )
    if before is not None and not order.startswith("id ") and not await _is_there(connection, before):
        raise paging.BadCursor("the entry where this page begins was removed; start again without the cursor")
    rows = await connection.fetch(
        f"SELECT {_ENTRY} FROM address_entries WHERE ($1::text IS NULL OR list = $1)"  # noqa: S608 - our own words
        " AND ($2 = '' OR strpos(lower(note), lower($2)) > 0 OR strpos(network::text, lower($2)) > 0"
        f" OR network >>= $5) AND {behind} ORDER BY {order} LIMIT $4",
        which, search, before, limit, read_address(search.strip()),
    )  # fmt: skip
    return [_entry(row) for row in rows]


async def insert(
    connection: asyncpg.Connection, organization: UUID, entries: Iterable[tuple[UUID, Network, NewAddressEntry]], *,
    at: datetime, actor: str,
) -> None:  # fmt: skip
    """Add entries, or give those that are there their new note and expiry."""
    await connection.executemany(
        "INSERT INTO address_entries (organization_id, id, list, network, note, expires_at, created_at, created_by)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (organization_id, list, network)"
        " DO UPDATE SET note = excluded.note, expires_at = excluded.expires_at",
        [(organization, id_, e.list, network, e.note, e.expires_at, at, actor) for id_, network, e in entries],
    )


async def find(connection: asyncpg.Connection, which: AddressList, network: Network) -> AddressEntry:
    """The entry of a network that is there."""
    row = await connection.fetchrow(
        f"SELECT {_ENTRY} FROM address_entries WHERE list = $1 AND network = $2",  # noqa: S608
        which, network,
    )  # fmt: skip
    return _entry(row)


async def delete_networks(connection: asyncpg.Connection, which: AddressList, networks: Sequence[Network]) -> None:
    """Remove several entries of one list."""
    await connection.execute(
        "DELETE FROM address_entries WHERE list = $1 AND network = ANY($2::cidr[])", which, list(networks)
    )


async def facts(connection: asyncpg.Connection, which: AddressList) -> dict[Network, Facts]:
    """A whole list."""
    rows = await connection.fetch("SELECT network, note, expires_at FROM address_entries WHERE list = $1", which)
    return {row["network"]: Facts(row["note"], row["expires_at"]) for row in rows}


async def lines(connection: asyncpg.Connection, which: AddressList) -> AsyncIterator[tuple[str, str, str]]:
    """A whole list, as the lines of a file."""
    async for row in connection.cursor(
        "SELECT network, note, expires_at FROM address_entries WHERE list = $1 ORDER BY network, id", which,
        prefetch=5000,
    ):  # fmt: skip
        expires = row["expires_at"]
        yield plain(row["network"]), row["note"], expires.isoformat() if expires else ""


async def networks(connection: asyncpg.Connection) -> AsyncIterator[tuple[str, Network]]:
    """Every entry that has not expired: its list and its network."""
    async for row in connection.cursor(
        "SELECT list, network FROM address_entries WHERE expires_at IS NULL OR expires_at > now()", prefetch=5000
    ):
        yield row["list"], row["network"]


async def share(
    connection: asyncpg.Connection, organization: UUID, experiences: Iterable[Experience], *, half_life: float
) -> None:
    """Add experience on top of what others learned, which fades meanwhile."""
    await connection.executemany(
        "INSERT INTO address_reputation AS r (organization_id, site, good, bad, penalties, penalty_until, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, now()) ON CONFLICT (organization_id, site) DO UPDATE SET"
        " good = r.good * power(0.5, extract(epoch FROM now() - r.updated_at)::float / $7) + excluded.good,"
        " bad = r.bad * power(0.5, extract(epoch FROM now() - r.updated_at)::float / $7) + excluded.bad,"
        " penalties = greatest(r.penalties, excluded.penalties),"
        " penalty_until = greatest(r.penalty_until, excluded.penalty_until), updated_at = now()",
        [
            (organization, e.site, float(e.good), float(e.bad), e.penalties, e.penalty_until, half_life)
            for e in sorted(experiences, key=lambda experience: experience.site)
        ],
    )


async def changed_since(connection: asyncpg.Connection, at: datetime, *, limit: int) -> list[Mapping[str, Any]]:
    """The experience of all organizations that was shared since, oldest first. Needs no scope."""
    rows: list[Mapping[str, Any]] = await connection.fetch(
        "SELECT * FROM reputation_since($1, $2)", at - OVERLAP, limit
    )
    return rows


async def penalties(connection: asyncpg.Connection, at: datetime) -> list[Penalty]:
    """Addresses that must wait, those that must wait longest first."""
    rows = await connection.fetch(
        f"SELECT {_EXPERIENCE} FROM address_reputation WHERE penalty_until > $1"  # noqa: S608
        " ORDER BY penalty_until DESC LIMIT $2",
        at, MAX_PENALTIES,
    )  # fmt: skip
    return [Penalty(**row) for row in rows]


async def experience(connection: asyncpg.Connection, site: str) -> Penalty | None:
    """What is known of one address."""
    row = await connection.fetchrow(f"SELECT {_EXPERIENCE} FROM address_reputation WHERE site = $1", site)  # noqa: S608
    return Penalty(**row) if row is not None else None


async def named(connection: asyncpg.Connection, network: Network) -> list[AddressEntry]:
    """The entries of exactly this network, at most one of each list."""
    rows = await connection.fetch(f"SELECT {_ENTRY} FROM address_entries WHERE network = $1", network)  # noqa: S608
    return [_entry(row) for row in rows]


async def holding(connection: asyncpg.Connection, address: Address) -> list[AddressEntry]:
    """The entries that hold an address and have not ended, the narrowest first."""
    rows = await connection.fetch(
        f"SELECT {_ENTRY} FROM address_entries WHERE network >>= $1 AND coalesce(expires_at, 'infinity') > now()"  # noqa: S608
        " ORDER BY masklen(network) DESC, id",
        address,
    )
    return [_entry(row) for row in rows]


async def list_health(connection: asyncpg.Connection) -> list[tuple[str, str, datetime]]:
    """How the organization's DNS lists were when they were last tested."""
    return await health_of_lists.read(connection, "dns_list_health")


async def write_health(
    connection: asyncpg.Connection, organization: UUID, health: Mapping[str, str], at: datetime
) -> None:
    """How they are now."""
    await health_of_lists.write(connection, "dns_list_health", organization, health, at)


async def sick_lists(connection: asyncpg.Connection) -> list[tuple[str, str]]:
    """The zones that are not asked, and why, over all organizations. Needs no scope."""
    return [(row["zone"], row["why"]) for row in await connection.fetch("SELECT * FROM sick_dns_lists()")]


async def _is_there(connection: asyncpg.Connection, identifier: UUID) -> bool:
    return bool(await connection.fetchval("SELECT 1 FROM address_entries WHERE id = $1", identifier))


def _entry(row: Mapping[str, Any]) -> AddressEntry:
    return AddressEntry(**{**dict(row), "list": AddressList(row["list"]), "network": plain(row["network"])})
