# SPDX-License-Identifier: Apache-2.0
"""Every bound that a stranger can run into, named once, and the settings of one listener."""

from enum import StrEnum

import msgspec

MEBIBYTE = 1024 * 1024


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one server. Sizes are in bytes, times in seconds.

    `data_line` is far above the 998 of RFC 5322 on purpose: of 31,000 real mails, 45 had a line of more
    than 8 KB and one of more than 256 KB; refusing them would lose mail, and length costs nothing here.
    `idle` bounds a whole command, however slowly it drips in; while data arrives, each `minimum_rate`
    bytes buy one second more, up to `idle`. `memory` bounds mail held in memory by all sessions together;
    above `spill` a mail being received goes to disk (above `spill_when_busy` once half of `memory` is used).
    """

    size: int = 50 * MEBIBYTE
    recipients: int = 500
    command_line: int = 2048
    data_line: int = MEBIBYTE
    address: int = 320
    errors: int = 20
    junk_commands: int = 100
    small_chunk: int = 1024
    idle: float = 300.0
    session: float = 7200.0
    minimum_rate: int = 500
    handshake: float = 30.0
    journey: float = 240.0
    unread_replies: float = 60.0
    linger: float = 2.0
    connections: int = 4000
    connections_per_address: int = 50
    memory: int = 256 * MEBIBYTE
    spill: int = 8 * MEBIBYTE
    spill_when_busy: int = 64 * 1024
    inbox: int = 64 * 1024
    free_bytes: int = 100 * MEBIBYTE
    free_files: int = 1000


class LineEnds(StrEnum):
    """What becomes of a mail with a CR or LF that stands alone, or a NUL.

    REJECT answers 550. NORMALISE makes each such line end a CRLF and drops each NUL, before anything
    is judged. Either way the mail is the last of its connection, so that nothing behind a disputed end
    of data is ever read as a command.
    """

    REJECT = "reject"
    NORMALISE = "normalise"


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """How one server behaves. `hostname` is the name it gives itself; `proxies` are addresses or
    networks that must announce the true peer by the PROXY protocol; `greet_delay` (seconds) makes
    early talkers show themselves; `spool` is the folder for mails being received ("": the system's)."""

    hostname: str
    line_ends: LineEnds = LineEnds.REJECT
    greet_delay: float = 0.0
    proxies: tuple[str, ...] = ()
    spool: str = ""
    limits: Limits = Limits()
