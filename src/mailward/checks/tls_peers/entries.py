# SPDX-License-Identifier: Apache-2.0
"""What administrators do with the TLS peers. Every change is announced, and holds for the next mail."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from mailward.checks.tls_peers import store
from mailward.checks.tls_peers.patterns import read_peer
from mailward.checks.tls_peers.settings import Level, Minimum, PeerDirection
from mailward.checks.tls_peers.shapes import MAX_NOTE, NewTlsPeer, StsPolicyPage, TlsPeer, TlsPeerImport, TlsPeerPage
from mailward.checks.tls_peers.store import Facts, Key
from mailward.contract.principal import Principal
from mailward.control.domains import service as domains
from mailward.kit import list_import, paging
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.ids import new_id
from mailward.kit.list_import import ImportPlan
from mailward.policy.store import announce

MOST_POLICIES = 1000


class TlsPeers:
    """The TLS peers of all organizations."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(
        self, organization: UUID, *, direction: PeerDirection | None, search: str, cursor: str | None, limit: int
    ) -> TlsPeerPage:
        """Entries, newest first. Raises BadCursor."""
        before = paging.decode(cursor) if cursor else None
        async with self._database.scoped(organization) as connection:
            found = await store.page(connection, direction=direction, search=search, before=before, limit=limit + 1)
        rows = found[:limit]
        return TlsPeerPage(rows, paging.encode(rows[-1].id) if len(found) > limit else None)

    async def add(self, principal: Principal, new: NewTlsPeer) -> TlsPeer:
        """Add an entry, or change the one that is there. Raises ValueError with a sentence."""
        at, organization = self._clock.now(), principal.organization_id
        new = read_peer(new)
        async with self._database.scoped(organization) as connection:
            if new.domain and new.domain not in {domain.name for domain in await domains.every(connection)}:
                raise ValueError(f"{new.domain} is none of your domains; leave it empty for all of them")
            await store.insert(connection, organization, [(new_id(at), new)], at=at, actor=principal.email)
            await announce(connection, organization)
            return await store.find(connection, new.direction, new.peer, new.domain)

    async def delete(self, organization: UUID, identifier: UUID) -> bool:
        """Remove an entry; whether it was there."""
        async with self._database.scoped(organization) as connection:
            deleted = await store.delete(connection, identifier)
            if deleted:
                await announce(connection, organization)
        return deleted

    async def bring(self, principal: Principal, order: TlsPeerImport) -> ImportPlan:
        """Compare a file with the entries of a direction, and unless this is a dry run make them so."""
        wanted, problems = list_import.read(order.csv, lambda row: _parse(row, order.direction), header="peer")
        at, organization = self._clock.now(), principal.organization_id
        async with self._database.scoped(organization) as connection:
            difference = list_import.compare(await store.facts(connection, order.direction), wanted, order.mode)
            write = not order.dry_run and not problems
            if write:
                await store.delete_keys(connection, order.direction, difference.removed)
                entries = _entries(order.direction, {**difference.added, **difference.changed}, at)
                await store.insert(connection, organization, entries, at=at, actor=principal.email)
                await announce(connection, organization)
        return difference.plan(problems, written=write)

    async def policies(self, organization: UUID) -> StsPolicyPage:
        """The MTA-STS policies of other domains that are held, by domain, at most `MOST_POLICIES`."""
        async with self._database.scoped(organization) as connection:
            return StsPolicyPage(await store.sts_policies(connection, most=MOST_POLICIES))


def _parse(row: list[str], direction: PeerDirection) -> tuple[Key, Facts]:
    peer, level, minimum, domain, name, note = [*row, *[""] * 6][:6]
    if len(note) > MAX_NOTE:
        raise ValueError(f"a note may have {MAX_NOTE} characters")
    try:
        new = NewTlsPeer(
            direction=direction, peer=peer, level=Level(level.lower()), domain=domain,
            minimum=Minimum(minimum.lower() or Minimum.NONE), certificate_name=name, note=note,
        )  # fmt: skip
    except ValueError as exc:
        words = f"levels are {', '.join(Level)}; oldest versions {', '.join(Minimum)}"
        raise ValueError(f"{str(exc)[:100]}: {words}") from exc
    new = read_peer(new)
    return (new.peer, new.domain), Facts(new.level, new.minimum, new.certificate_name, note)


def _entries(direction: PeerDirection, found: Mapping[Key, Facts], at: datetime) -> list[tuple[UUID, NewTlsPeer]]:
    return [
        (
            new_id(at),
            NewTlsPeer(
                direction=direction, peer=peer, domain=domain, level=facts.level, minimum=facts.minimum,
                certificate_name=facts.certificate_name, note=facts.note,
            ),
        )
        for (peer, domain), facts in found.items()
    ]  # fmt: skip
