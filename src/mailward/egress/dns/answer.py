# SPDX-License-Identifier: Apache-2.0
"""What a DNS answer is to us, whatever it came from: the network, the cache or a canned zone."""

from functools import lru_cache
from typing import Protocol

import msgspec

from mailward.contract.dns import MailExchange, Tlsa

MAX_NAME = 253
MAX_LABEL = 63
NAMES_REMEMBERED = 10_000

Value = bytes | str | MailExchange | Tlsa


class Answer(msgspec.Struct, frozen=True):
    """The records of one kind at one name. `exists` is False on NXDOMAIN alone; `alias` is the name
    that a CNAME leads to where the answer did not say what is there; `ttl` is in seconds; `secure` if a
    resolver that is trusted to validate vouches for it (the AD bit, RFC 4035, 3.2.3)."""

    values: tuple[Value, ...] = ()
    exists: bool = True
    alias: str = ""
    ttl: float = 0.0
    secure: bool = False


class Source(Protocol):
    """Where answers come from."""

    async def fetch(self, name: str, kind: str) -> Answer:
        """The answer for a plain name (see `plain`) and one of "TXT" "A" "AAAA" "MX" "PTR" "TLSA".

        Raises `DnsTrouble`.
        """
        ...

    async def close(self) -> None:
        """Give back what is open."""
        ...


def plain(name: str) -> str:
    """The name in lower case without its final dot, or "" if no such name can exist."""
    return _plain(name) if len(name) <= MAX_NAME + 1 else ""


@lru_cache(maxsize=NAMES_REMEMBERED)
def _plain(name: str) -> str:
    name = name.removesuffix(".").lower()
    if not name or len(name) > MAX_NAME or not name.isascii():
        return ""
    if any(not 0 < len(label) <= MAX_LABEL for label in name.split(".")):
        return ""
    return name
