# SPDX-License-Identifier: Apache-2.0
"""What every process of a node opens first: database, bodies, keys and the policy snapshot."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import structlog

from mailward.catalog import FEATURES
from mailward.contract.organization import Organization
from mailward.kit.bodies import Bodies
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.database.connection import EVERYTHING
from mailward.kit.vault import Key, Vault
from mailward.main.configuration import Configuration
from mailward.policy.snapshot import CHANNEL, Policies

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Node:
    """An open node. `policies` keeps itself fresh for as long as the node is open."""

    configuration: Configuration
    database: Database
    bodies: Bodies
    vault: Vault
    policies: Policies
    clock: Clock

    def key(self, organization: UUID) -> Key:
        """The key of an organization that is on this system. Raises KeyError."""
        return self.policies.current.organizations[organization].key

    def organizations(self) -> list[Organization]:
        """All organizations on this system, as they are now."""
        return [
            Organization(
                id=policy.id, name=policy.name, key=policy.key, domains=tuple(sorted(policy.domains)),
                settings=policy.settings,
            )
            for policy in self.policies.current.organizations.values()
        ]  # fmt: skip


@asynccontextmanager
async def open_node(configuration: Configuration, url: str) -> AsyncIterator[Node]:
    """Open a node on the database at `url`, load the policies, and follow their changes."""
    clock = Clock()
    database = await Database.connect(url)
    vault = Vault.in_file(configuration.master_key)
    policies = Policies(database, vault, FEATURES)
    await policies.load()
    changes: asyncio.Queue[str] = asyncio.Queue()
    follower = asyncio.create_task(_follow(policies, changes))
    database.listen(CHANNEL, changes.put_nowait)
    try:
        yield Node(
            configuration=configuration,
            database=database,
            bodies=Bodies(configuration.bodies),
            vault=vault,
            policies=policies,
            clock=clock,
        )
    finally:
        follower.cancel()
        await database.close()


async def _follow(policies: Policies, changes: "asyncio.Queue[str]") -> None:
    """Load what changed. While that fails, the old snapshot serves."""
    while True:
        payload = await changes.get()
        try:
            if payload == EVERYTHING:
                await policies.load()
            else:
                await policies.reload(UUID(payload))
        except Exception:
            log.exception("policy.not_loaded")
            await asyncio.sleep(1)
            changes.put_nowait(EVERYTHING)
