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
from mailward.disposition.delivery.connections import Connections, named
from mailward.disposition.delivery.dialogue import DeliveryError
from mailward.disposition.delivery.mx import SMTP_PORT, MailExchangers, Unroutable
from mailward.disposition.delivery.securing import Secure, as_it_is
from mailward.disposition.delivery.servers import Servers
from mailward.disposition.delivery.transaction import Item

MOST_TRIED = 5
"""Servers that one attempt tries; the rest have their turn, by chance or preference, in a later one."""
NOT_SAFE = "4.7."
"""The class of what is about security: it depends on who sends, and says nothing about other mail."""
NO_SERVER = Reply(451, "4.4.4", "no route: no server is configured for this recipient")


class Elsewhere(NamedTuple):
    """A domain that the sender's organization does not protect; `ours` if another one on this system does."""

    name: str
    ours: bool = False


NextHop = Domain | Elsewhere


class Answer(NamedTuple):
    """What one recipient was told: by which server, under which TLS (empty in clear text). `down` if nobody could be
    talked to, so that it says nothing about this mail; `dsn` if the server tells the sender what becomes of it."""

    reply: Reply
    server: str = ""
    tls: str = ""
    down: bool = False
    dsn: bool = False


class _Mail(NamedTuple):
    """What is brought, whose it is, and the recipients' domain."""

    organization: UUID
    domain: str
    item: Item


class Routes:
    """Sends along the rows of a domain, or to its mail exchangers, for one process."""

    def __init__(
        self, connections: Connections, servers: Servers, *, helo: str, chance: random.Random,
        exchangers: MailExchangers, mx_port: int = SMTP_PORT, secure: Secure = as_it_is,
    ) -> None:  # fmt: skip
        self._connections = connections
        self._servers = servers
        self._helo = helo
        self._chance = chance
        self._exchangers = exchangers
        self._mx_port = mx_port
        self._secure = secure

    async def send(self, organization: UUID, hop: NextHop, item: Item) -> dict[str, Answer]:
        """An answer for each recipient; those with the same servers share a transaction."""
        mail = _Mail(organization, hop.name, item)
        if isinstance(hop, Elsewhere):
            try:
                servers = await self._outside(hop)
            except Unroutable as exc:
                down = exc.reply.code < 500  # noqa: PLR2004 - SMTP's own classes
                return dict.fromkeys(item.recipients, Answer(exc.reply, down=down))
            return await self._send(servers, mail)
        groups: dict[tuple[Server, ...], list[str]] = defaultdict(list)
        for recipient in item.recipients:
            groups[candidates(hop.servers, recipient)].append(recipient)
        answers: dict[str, Answer] = {}
        for rows, some in groups.items():
            some_of_it = mail._replace(item=item._replace(recipients=tuple(some)))
            answers |= await self._send(self._behind(rows), some_of_it)
        return answers

    def _behind(self, rows: Sequence[Server]) -> list[Destination]:
        return [Destination(host=host, port=port, helo=self._helo) for host, port in in_order(rows, self._chance)]

    async def _outside(self, hop: Elsewhere) -> list[Destination]:
        targets = await self._exchangers.targets(hop.name, ours=hop.ours)
        return [
            Destination(host=host, port=self._mx_port, address=address, helo=self._helo) for host, address in targets
        ]

    async def _send(self, servers: Sequence[Destination], mail: _Mail) -> dict[str, Answer]:
        """Try one after the other. A failed server is remembered, so that the next mail begins with another."""
        answer = Answer(NO_SERVER)
        for destination in self._servers.in_order(servers)[:MOST_TRIED]:
            try:
                secured, witness = await self._secure(mail.organization, mail.item.sender, mail.domain, destination)
                passage = await self._connections.attempt(secured, mail.item, witness)
            except DeliveryError as exc:
                down = not exc.reply.status.startswith(NOT_SAFE)
                if down:
                    self._servers.fails(destination)
                answer = Answer(exc.reply, named(destination), down=down)
            else:
                self._servers.works(destination)
                return {
                    recipient: Answer(reply, passage.server, passage.tls, dsn=passage.dsn)
                    for recipient, reply in passage.replies.items()
                }
        return dict.fromkeys(mail.item.recipients, answer)
