# SPDX-License-Identifier: Apache-2.0
"""SMTP answers as values, and refusals as errors that speak to two audiences: the peer and the log."""

import msgspec


class Reply(msgspec.Struct, frozen=True):
    """One SMTP answer: code (200-599), enhanced status (RFC 3463, may be empty), text of one or more
    lines without CR or LF inside a line."""

    code: int
    status: str
    text: str

    def encode(self) -> bytes:
        """The wire form, one line per line of text (RFC 5321, 4.2.1)."""
        lines = self.text.split("\n")
        prefix = f"{self.status} " if self.status else ""
        last = len(lines) - 1
        return "".join(
            f"{self.code}{' ' if number == last else '-'}{prefix}{line}\r\n" for number, line in enumerate(lines)
        ).encode("utf-8", "replace")


class Refused(Exception):  # noqa: N818 - the field's word
    """A command or a mail that is refused. `reply` goes to the peer, `why` to the log only.

    Raise `TempFail` for every trouble of ours; `PermFail` only for what the peer did wrong.
    """

    def __init__(self, code: int, status: str, text: str, *, why: str = "") -> None:
        super().__init__(why or text)
        self.reply = Reply(code, status, text)
        self.why = why or text


class TempFail(Refused):
    """4xx: the peer keeps the mail and tries again."""


class PermFail(Refused):
    """5xx: the peer must give up or change something."""
