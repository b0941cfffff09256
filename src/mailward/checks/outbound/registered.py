# SPDX-License-Identifier: Apache-2.0
"""Registered servers, compiled: which connectors an address and a sender's domain fit, and what they ask for.

An address proves a sender only where nobody else sends from it. Behind a cloud's address stands whoever is
a customer of the cloud, so there a connector has a proof that only its own organization can give, and it
is looked at when the mail itself is there.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from mailward.checks.outbound.clouds import Clouds
from mailward.checks.outbound.shapes import EVERY_DOMAIN, ProofKind
from mailward.kit.networks import Address, NetworkSet
from mailward.message import Message

SECRET_HEADER = "X-Mailward-Connector"  # noqa: S105 - the name of a field
"""Where a secret is looked for. Fields of this family never leave us, whoever wrote them."""


@dataclass(frozen=True, kw_only=True)
class Registered:
    """One connector, as the data plane asks it. `networks` is empty where there is a `cloud`."""

    id: UUID
    name: str
    domain: str
    networks: NetworkSet
    cloud: str = ""
    proof: ProofKind = ProofKind.ADDRESS
    header: str = ""
    value: str = ""
    secret_hash: bytes = b""

    def serves(self, domain: str) -> bool:
        """Whether it may send for this domain of the organization."""
        return self.domain in (EVERY_DOMAIN, domain)

    def covers(self, address: Address, clouds: Clouds) -> bool:
        """Whether it names this address. An address in a cloud never proves anything by itself."""
        if self.cloud:
            return clouds.covers(self.cloud, address)
        if self.proof is ProofKind.ADDRESS and clouds.is_shared(address):
            return False
        return address in self.networks

    def is_proved(self, message: Message) -> bool:
        """Whether the mail carries what this connector asks for. A field that stands there twice is no proof:
        one of the two may be the sender's own."""
        match self.proof:
            case ProofKind.ADDRESS:
                return True
            case ProofKind.HEADER:
                said = message.every(self.header)
                return len(said) == 1 and hmac.compare_digest(said[0].strip().encode(), self.value.encode())
            case ProofKind.SECRET:
                said = message.every(SECRET_HEADER)
                return len(said) == 1 and hmac.compare_digest(hash_of(said[0].strip()), self.secret_hash)


def hash_of(secret: str) -> bytes:
    """What is kept of a secret. It has 256 bits of chance, so that a plain hash is enough."""
    return hashlib.sha256(secret.encode()).digest()


def fitting(
    connectors: Sequence[Registered], address: Address, clouds: Clouds, *, domain: str = ""
) -> tuple[Registered, ...]:
    """The connectors that name the address, and may send for `domain` if one is given."""
    return tuple(
        connector
        for connector in connectors
        if (not domain or connector.serves(domain)) and connector.covers(address, clouds)
    )
