# SPDX-License-Identifier: Apache-2.0
"""The port through which the edge hands a mail to the rest of the house.

Whatever a method raises beside `Refused` is our trouble: the peer hears 451 and keeps its mail.
"""

from typing import Protocol

from mailward.contract.envelope import Connection, Envelope
from mailward.contract.reply import Reply


class Journey(Protocol):
    """What the house says at each stage of a session. The wiring implements it."""

    def connect(self, connection: Connection) -> None:
        """A peer has connected. Quick, without waiting; may raise `Refused`."""

    async def sender(self, connection: Connection, sender: str, size: int) -> None:
        """MAIL: `sender` is "" for the null sender, `size` what the peer announced (0: nothing).
        May raise `Refused`."""

    async def recipient(self, connection: Connection, sender: str, recipient: str) -> int:
        """RCPT: answer the size limit in bytes for this recipient; may raise `Refused`."""

    async def accept(self, connection: Connection, envelope: Envelope, raw: bytes) -> Reply:
        """The whole mail is here. The reply is the peer's; a 250 means that the mail is safe.
        May raise `Refused`."""
