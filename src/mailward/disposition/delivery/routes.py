# SPDX-License-Identifier: Apache-2.0
"""Bringing a mail to the first server of a domain that can be talked to: one behind us, or one in the world.

A server is passed over only while it cannot have begun anything with the mail: no connection, no
greeting, or a refusal before the first answer to the mail itself. So nothing is delivered twice.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from mailward.contract.reply import Reply
from mailward.control.domains.service import Domain, Server, candidates, in_order
from mailward.disposition.delivery.client import Destination
from mailward.disposition.delivery.connections import Connections
from mailward.disposition.delivery.dialogue import DeliveryError
from mailward.disposition.delivery.mx import SMTP_PORT, MailExchangers, Unroutable
from mailward.disposition.delivery.securing import Secure, as_it_is

MOST_TRIED = 5
"""Servers that one attempt tries; the rest have their turn, by chance or preference, in a later one."""
NO_SERVER = Reply(451, "4.4.4", "no route: no server is configured for this recipient")


class Elsewhere(NamedTuple):
    """A domain that the sender's organization does not protect; `ours` if another one on this system does."""

    name: str
    ours: bool = False


NextHop = Domain | Elsewhere


class _Mail(NamedTuple):
    """What is brought, whose it is, and the recipients' domain."""

    organization: UUID
    domain: str
    sender: str
    raw: bytes
    utf8: bool


class Routes:
    """Sends along the rows of a domain, or to its mail exchangers, for one process."""

    def __init__(
        self, connections: Connections, *, helo: str, chance: random.Random, exchangers: MailExchangers,
        mx_port: int = SMTP_PORT, secure: Secure = as_it_is,
    ) -> None:  # fmt: skip
        self._connections = connections
        self._helo = helo
        self._chance = chance
        self._exchangers = exchangers
        self._mx_port = mx_port
        self._secure = secure

    async def send(
        self, organization: UUID, hop: NextHop, sender: str, recipients: Sequence[str], raw: bytes, utf8: bool
    ) -> dict[str, Reply]:
        """A reply for each recipient; those with the same servers share a transaction."""
        mail = _Mail(organization, hop.name, sender, raw, utf8)
        if isinstance(hop, Elsewhere):
            try:
                servers = await self._outside(hop)
            except Unroutable as exc:
                return dict.fromkeys(recipients, exc.reply)
            return await self._send(servers, recipients, mail)
        groups: dict[tuple[Server, ...], list[str]] = defaultdict(list)
        for recipient in recipients:
            groups[candidates(hop.servers, recipient)].append(recipient)
        replies: dict[str, Reply] = {}
        for rows, some in groups.items():
            replies |= await self._send(self._behind(rows), some, mail)
        return replies

    def _behind(self, rows: Sequence[Server]) -> list[Destination]:
        return [Destination(host=host, port=port, helo=self._helo) for host, port in in_order(rows, self._chance)]

    async def _outside(self, hop: Elsewhere) -> list[Destination]:
        targets = await self._exchangers.targets(hop.name, ours=hop.ours)
        return [
            Destination(host=host, port=self._mx_port, address=address, helo=self._helo) for host, address in targets
        ]

    async def _send(self, servers: Sequence[Destination], recipients: Sequence[str], mail: "_Mail") -> dict[str, Reply]:
        reply = NO_SERVER
        for destination in servers[:MOST_TRIED]:
            try:
                secured, witness = await self._secure(mail.organization, mail.sender, mail.domain, destination)
                return await self._connections.attempt(
                    secured, mail.sender, recipients, mail.raw, utf8=mail.utf8, witness=witness
                )
            except DeliveryError as exc:
                reply = exc.reply
        return dict.fromkeys(recipients, reply)
