# SPDX-License-Identifier: Apache-2.0
"""What administrators do with the TLS peers. Every change is announced, and holds for the next mail."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from mailward.checks.tls_peers import store
from mailward.checks.tls_peers.patterns import read_peer
from mailward.checks.tls_peers.settings import Level, Minimum, PeerDirection
from mailward.checks.tls_peers.shapes import NewTlsPeer, StsPolicyPage, TlsPeer, TlsPeerImport, TlsPeerPage
from mailward.checks.tls_peers.store import Facts, Key
from mailward.contract.principal import Principal
from mailward.control.domains import service as domains
from mailward.kit import list_import, paging
from mailward.kit.ids import new_id
from mailward.kit.list_import import ImportPlan
from mailward.policy.entries import Entries
from mailward.policy.store import announce

MOST_POLICIES = 1000


class TlsPeers(Entries[PeerDirection, Key, Facts]):
    """The TLS peers of all organizations."""

    table = "tls_peers"
    header = ("peer", "level", "minimum", "domain", "certificate_name", "note")

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

    async def bring(self, principal: Principal, order: TlsPeerImport) -> ImportPlan:
        """Compare a file with the entries of a direction, and unless this is a dry run make them so."""
        return await self.bring_file(principal, order.direction, order, lambda row: _parse(row, order.direction))

    async def policies(self, organization: UUID) -> StsPolicyPage:
        """The MTA-STS policies of other domains that are held, by domain, at most `MOST_POLICIES`."""
        async with self._database.scoped(organization) as connection:
            return StsPolicyPage(await store.sts_policies(connection, most=MOST_POLICIES))

    async def _facts(self, connection: asyncpg.Connection, which: PeerDirection) -> Mapping[Key, Facts]:
        return await store.facts(connection, which)

    async def _remove(self, connection: asyncpg.Connection, which: PeerDirection, keys: Sequence[Key]) -> None:
        await store.delete_keys(connection, which, keys)

    async def _put(
        self, connection: asyncpg.Connection, organization: UUID, which: PeerDirection, entries: Mapping[Key, Facts],
        *, at: datetime, actor: str,
    ) -> None:  # fmt: skip
        rows = [
            (new_id(at), NewTlsPeer(direction=which, peer=peer, domain=domain, **msgspec.structs.asdict(facts)))
            for (peer, domain), facts in entries.items()
        ]
        await store.insert(connection, organization, rows, at=at, actor=actor)

    def _name(self, key: Key) -> str:
        peer, domain = key
        return f"{peer} ({domain})" if domain else peer


def _parse(row: list[str], direction: PeerDirection) -> tuple[Key, Facts]:
    peer, level, minimum, domain, name, note = [*row, *[""] * 6][:6]
    try:
        new = NewTlsPeer(
            direction=direction, peer=peer, level=Level(level.lower()), domain=domain,
            minimum=Minimum(minimum.lower() or Minimum.NONE), certificate_name=name, note=note,
        )  # fmt: skip
    except ValueError as exc:
        words = f"levels are {', '.join(Level)}; oldest versions {', '.join(Minimum)}"
        raise ValueError(f"{str(exc)[:100]}: {words}") from exc
    new = read_peer(new)
    return (new.peer, new.domain), Facts(new.level, new.minimum, new.certificate_name, list_import.read_note(note))
