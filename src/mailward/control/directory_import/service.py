# SPDX-License-Identifier: Apache-2.0
"""Who exists: the lists of valid recipients, and handing them to the policy snapshot."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID

import asyncpg

from mailward.control.directory_import import store
from mailward.control.directory_import.recipients import Recipients
from mailward.control.directory_import.shapes import ValidRecipient
from mailward.kit.domain_names import domain_of
from mailward.kit.hashed_set import HashedSet

__all__ = ["KnownRecipients", "Recipients", "ValidRecipient", "by_domain", "counts", "replace"]

AT_ONCE = 50_000


class KnownRecipients:
    """The valid addresses of a domain, as the data plane asks for them, at one version of the list."""

    __slots__ = ("_members", "version")

    def __init__(self, version: UUID, members: HashedSet) -> None:
        self.version = version
        self._members = members

    def __contains__(self, address: str) -> bool:
        return address in self._members

    def __len__(self) -> int:
        return len(self._members)


async def replace(connection: asyncpg.Connection, organization: UUID, recipients: Iterable[ValidRecipient]) -> int:
    """Replace the entries of every domain that occurs; how many entries there are now in them."""
    names = {_plain(recipient.address): recipient.display_name for recipient in recipients}
    rows = [(address.rpartition("@")[2], address, name) for address, name in names.items()]
    domains = sorted({domain for domain, _, _ in rows})
    await connection.execute("DELETE FROM valid_recipients WHERE domain = ANY($1)", domains)
    waiting = iter(rows)
    while some := list(islice(waiting, AT_ONCE)):
        await store.put(connection, organization, some)
    await store.touch(connection, organization, domains, at=datetime.now(UTC))
    return len(rows)


def _plain(address: str) -> str:
    return address.lower() if address.isascii() else f"{address.rpartition('@')[0].lower()}@{domain_of(address)}"


async def by_domain(
    connection: asyncpg.Connection, known: Mapping[str, object] | None = None
) -> dict[str, KnownRecipients]:
    """The valid addresses of each domain. Lists of `known` whose version still holds are not read again."""
    found: dict[str, KnownRecipients] = {}
    for domain, state in (await store.lists(connection)).items():
        before = (known or {}).get(domain)
        if isinstance(before, KnownRecipients) and before.version == state.version:
            found[domain] = before
        elif state.entries:
            found[domain] = KnownRecipients(state.version, await store.members(connection, domain))
    return found


async def counts(connection: asyncpg.Connection) -> dict[str, int]:
    """How many valid recipients each domain has."""
    return {domain: state.entries for domain, state in (await store.lists(connection)).items()}
