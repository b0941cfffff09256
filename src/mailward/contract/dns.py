# SPDX-License-Identifier: Apache-2.0
"""Questions to the domain name system, as the checks ask them: by kind, of a resolver that is handed in.

An empty answer means that there is nothing there ("void", RFC 7208, 4.6.4), whether the name is
missing (NXDOMAIN) or merely has no record of that kind; `exists` tells the two apart. Everything
that keeps us from knowing is `DnsTrouble`: it must never be taken for an answer.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec


class DnsTrouble(Exception):  # noqa: N818 - the field's word
    """No answer could be had: time ran out, a server failed, or what it said made no sense.

    Always temporary: whoever catches it answers "temperror", or asks the peer to come again.
    """


class MailExchange(msgspec.Struct, frozen=True, order=True):
    """One MX record. `host` is in lower case without a final dot; empty for the null MX (RFC 7505)."""

    preference: int
    host: str


class Tlsa(msgspec.Struct, frozen=True, order=True):
    """One TLSA record as it stands (RFC 6698, 2.1); nothing says yet that it can be used."""

    usage: int
    selector: int
    matching: int
    data: bytes


class Secured(msgspec.Struct, frozen=True):
    """TLSA records, and whether a validating resolver vouches for them with DNSSEC."""

    records: tuple[Tlsa, ...] = ()
    secure: bool = False


class Resolver(Protocol):
    """Answers for one feature. Names are ASCII (A-labels), with or without a final dot; a name that
    cannot exist (empty label, label over 63 or name over 253 octets) is void and never asked.

    All methods raise `DnsTrouble`, and nothing else.
    """

    async def txt(self, name: str) -> tuple[bytes, ...]:
        """The TXT records, the strings of each joined without a space."""
        ...

    async def a(self, name: str) -> tuple[str, ...]:
        """The IPv4 addresses."""
        ...

    async def aaaa(self, name: str) -> tuple[str, ...]:
        """The IPv6 addresses, compressed as in RFC 5952."""
        ...

    async def mx(self, name: str) -> tuple[MailExchange, ...]:
        """The mail exchanges, best preference first."""
        ...

    async def tlsa(self, name: str) -> Secured:
        """The TLSA records, and whether DNSSEC vouches for the answer, be it that there are none."""
        ...

    async def is_secure(self, name: str, kind: str) -> bool:
        """Whether DNSSEC vouches for the answer of this kind ("A", "AAAA", "MX")."""
        ...

    async def ptr(self, address: str) -> tuple[str, ...]:
        """The host names that an IPv4 or IPv6 address claims; nothing confirms them yet."""
        ...

    async def exists(self, name: str) -> bool:
        """Whether the name, or anything below it, exists (False on NXDOMAIN only, RFC 8020)."""
        ...


Resolvers = Callable[[str], Resolver]
"""The resolver in the name of a feature: its questions are declared by that feature, and counted for it."""


class Nobody:
    """A resolver without a network: every question ends in `DnsTrouble`, never in an answer that is not true."""

    async def txt(self, name: str) -> tuple[bytes, ...]:
        """No answer."""
        raise _unasked(name)

    async def a(self, name: str) -> tuple[str, ...]:
        """No answer."""
        raise _unasked(name)

    async def aaaa(self, name: str) -> tuple[str, ...]:
        """No answer."""
        raise _unasked(name)

    async def mx(self, name: str) -> tuple[MailExchange, ...]:
        """No answer."""
        raise _unasked(name)

    async def ptr(self, address: str) -> tuple[str, ...]:
        """No answer."""
        raise _unasked(address)

    async def tlsa(self, name: str) -> Secured:
        """No answer."""
        raise _unasked(name)

    async def is_secure(self, name: str, kind: str) -> bool:
        """No answer."""
        raise _unasked(f"{name} {kind}")

    async def exists(self, name: str) -> bool:
        """No answer."""
        raise _unasked(name)


def nobody(feature: str) -> Resolver:
    """`Resolvers` where nobody can be asked."""
    del feature
    return Nobody()


def _unasked(name: str) -> DnsTrouble:
    return DnsTrouble(f"nobody can be asked about {name}")
