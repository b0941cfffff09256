# SPDX-License-Identifier: Apache-2.0
"""Who brought the mail, and for whom: the facts of the SMTP session that a mail keeps for life."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Direction(StrEnum):
    """From the internet to us, or the other way."""

    IN = "in"
    OUT = "out"


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """The peer. `peer_name` is the name its address was confirmed to have (PTR and back), or empty.
    `tls` is the protocol and cipher ("TLSv1.3 TLS_AES_256_GCM_SHA384"), or empty for clear text."""

    peer_ip: str
    peer_port: int = 0
    peer_name: str = ""
    helo: str = ""
    tls: str = ""
    extended: bool = True


class DsnRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the sender wants to be told of one recipient (RFC 3461, 4.1 and 4.2), in the words of the wire: `notify`
    is "NEVER" or a list ("SUCCESS,FAILURE"), `original_recipient` "rfc822;lee@example.test". "" is not given."""

    notify: str = ""
    original_recipient: str = ""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction. `sender` is empty for the null sender. `recipients` are as given in RCPT,
    their domain in lower case and A-labels (RFC 5890). `body` is "8BITMIME" or "7BIT"; `utf8` if
    SMTPUTF8 was asked for. `ret` ("FULL", "HDRS"), `envelope_id` (xtext) and `dsn`, by recipient, are for
    delivery status notifications (RFC 3461, 4)."""

    sender: str
    recipients: tuple[str, ...]
    utf8: bool = False
    body: str = "7BIT"
    received_at: datetime
    ret: str = ""
    envelope_id: str = ""
    dsn: dict[str, DsnRequest] = {}
