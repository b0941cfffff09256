# SPDX-License-Identifier: Apache-2.0
"""Whether who brings mail encrypts it well enough, and what servers that we bring mail to must show.

Inbound the answer is final: a peer that cannot encrypt will not have learned it by the next try, and its
people should hear of it now rather than after days.
"""

import asyncpg

from mailward.checks.tls_peers import store
from mailward.checks.tls_peers.compiled import Demand, Peers
from mailward.checks.tls_peers.entries import TlsPeers
from mailward.checks.tls_peers.outbound import (
    OutboundSecurity,
    PolicyType,
    Report,
    Requirement,
    Security,
    Unmet,
)
from mailward.checks.tls_peers.settings import Level, Minimum, PeerDirection, TlsPeersSettings
from mailward.checks.tls_peers.shapes import NewTlsPeer, TlsPeer, TlsPeerImport
from mailward.checks.tls_peers.sts_policies import StsPolicies
from mailward.contract.envelope import Connection
from mailward.contract.reply import PermFail, Refused
from mailward.kit.domain_names import domain_of
from mailward.policy.snapshot import OrganizationPolicy

__all__ = [
    "NewTlsPeer",
    "OutboundSecurity",
    "PeerDirection",
    "PolicyType",
    "Report",
    "Requirement",
    "Security",
    "StsPolicies",
    "TlsPeer",
    "TlsPeerImport",
    "TlsPeers",
    "Unmet",
    "asks_dane",
    "compile_peers",
    "objection",
]

FEATURE_NAME = "tls_peers"
_OLDER_THAN_1_3 = ("TLSv1.2", "TLSv1.1", "TLSv1 ", "SSL")


async def compile_peers(connection: asyncpg.Connection, settings: TlsPeersSettings) -> Peers:
    """The peers of the organization that the connection is scoped to."""
    return Peers(await store.every(connection), settings)


def asks_dane(policy: OrganizationPolicy) -> bool:
    """Whether an organization asks for DANE of anybody, which needs name servers that validate."""
    peers = policy.compiled.get(FEATURE_NAME)
    return isinstance(peers, Peers) and peers.asks_dane


def objection(policy: OrganizationPolicy, connection: Connection, sender: str, recipient: str) -> Refused | None:
    """What is against the way in which a mail comes. The null sender is known by its HELO name."""
    peers = policy.compiled.get(FEATURE_NAME)
    if peers is None or peers.simple:
        return None
    assert isinstance(peers, Peers)
    own_domain = domain_of(recipient)
    demand = peers.inbound(connection.peer_ip, sender.rpartition("@")[2] or connection.helo, own_domain)
    if demand.level is Level.OPPORTUNISTIC:
        return None
    if not connection.tls:
        return PermFail(530, "5.7.0", f"{own_domain} takes this mail only encrypted: {_asked(demand)}, by STARTTLS")
    if demand.minimum is Minimum.TLS_1_3 and connection.tls.startswith(_OLDER_THAN_1_3):
        used = connection.tls.partition(" ")[0]
        return PermFail(550, "5.7.10", f"{own_domain} takes this mail only over {_asked(demand)}; this is {used}")
    return None


def _asked(demand: Demand) -> str:
    return "TLS 1.3" if demand.minimum is Minimum.TLS_1_3 else "TLS 1.2 or newer"
