# SPDX-License-Identifier: Apache-2.0
"""Bringing a mail to the first server behind a domain that can be talked to.

A server is passed over only while it cannot have begun anything with the mail: no connection, no
greeting, or a refusal before the first answer to the mail itself. So nothing is delivered twice.
"""

import random
from collections import defaultdict
from collections.abc import Sequence

from mailward.contract.reply import Reply
from mailward.control.domains.service import Domain, Server, candidates, in_order
from mailward.disposition.delivery.client import Destination
from mailward.disposition.delivery.connections import Connections
from mailward.disposition.delivery.dialogue import DeliveryError

MOST_TRIED = 5
"""Servers that one attempt tries; the rest have their turn, by chance or preference, in a later one."""


class Routes:
    """Sends along the rows of a domain, for one process."""

    def __init__(self, connections: Connections, *, helo: str, chance: random.Random) -> None:
        self._connections = connections
        self._helo = helo
        self._chance = chance

    async def send(
        self, domain: Domain, sender: str, recipients: Sequence[str], raw: bytes, utf8: bool
    ) -> dict[str, Reply]:
        """A reply for each recipient; those with the same servers share a transaction."""
        groups: dict[tuple[Server, ...], list[str]] = defaultdict(list)
        for recipient in recipients:
            groups[candidates(domain.servers, recipient)].append(recipient)
        replies: dict[str, Reply] = {}
        for servers, some in groups.items():
            replies |= await self._send(servers, sender, some, raw, utf8)
        return replies

    async def _send(
        self, servers: tuple[Server, ...], sender: str, recipients: list[str], raw: bytes, utf8: bool
    ) -> dict[str, Reply]:
        reply = Reply(451, "4.4.4", "no route: no server is configured for this recipient")
        for host, port in in_order(servers, self._chance)[:MOST_TRIED]:
            destination = Destination(host=host, port=port, helo=self._helo)
            try:
                return await self._connections.attempt(destination, sender, recipients, raw, utf8=utf8)
            except DeliveryError as exc:
                reply = exc.reply
        return dict.fromkeys(recipients, reply)
