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


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction. `sender` is empty for the null sender. `recipients` are as given in RCPT,
    their domain in lower case. `body` is "8BITMIME" or "7BIT"; `utf8` if SMTPUTF8 was asked for."""

    sender: str
    recipients: tuple[str, ...]
    utf8: bool = False
    body: str = "7BIT"
    received_at: datetime
