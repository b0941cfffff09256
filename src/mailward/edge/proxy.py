# SPDX-License-Identifier: Apache-2.0
"""The PROXY protocol, versions 1 and 2, by which a trusted load balancer names the true peer
(https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt)."""

import ipaddress
import struct
from typing import NamedTuple

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_V1 = b"PROXY "
_V1_MOST = 107
_V2_HEAD = 16
_V2_MOST = 2048
_LOCAL, _PROXY = 0x20, 0x21
_TCP4, _TCP6 = 0x11, 0x21
_V1_WORDS = 6


class NotAProxy(Exception):  # noqa: N818 - reads better where it is caught
    """The bytes are no PROXY header."""


class Peer(NamedTuple):
    """The true peer; empty when the proxy speaks for itself (health checks)."""

    address: str
    port: int


def read_header(inbox: bytearray) -> Peer | None:
    """Eat the header from the front of `inbox`; None when more bytes are needed.

    Raises:
        NotAProxy
    """
    if inbox.startswith(_V1[: len(inbox)]) and not inbox.startswith(_SIGNATURE[:1]):
        return _version_1(inbox)
    if inbox.startswith(_SIGNATURE[: len(inbox)]):
        return _version_2(inbox) if len(inbox) >= _V2_HEAD else None
    raise NotAProxy


def _version_1(inbox: bytearray) -> Peer | None:
    end = inbox.find(b"\r\n", 0, _V1_MOST)
    if end < 0:
        if len(inbox) >= _V1_MOST:
            raise NotAProxy
        return None
    words = bytes(inbox[:end]).decode("ascii", "replace").split(" ")
    del inbox[: end + 2]
    if words[1] == "UNKNOWN":
        return Peer("", 0)
    if len(words) != _V1_WORDS or words[1] not in ("TCP4", "TCP6"):
        raise NotAProxy
    try:
        address = ipaddress.ip_address(words[2])
        port = int(words[4])
    except ValueError as exc:
        raise NotAProxy from exc
    if address.version != int(words[1][-1]) or not 0 <= port <= 65535:  # noqa: PLR2004 - all ports
        raise NotAProxy
    return Peer(str(address), port)


def _version_2(inbox: bytearray) -> Peer | None:
    command, family, length = struct.unpack_from("!BBH", inbox, len(_SIGNATURE))
    if command not in (_LOCAL, _PROXY) or length > _V2_MOST:
        raise NotAProxy
    if len(inbox) < _V2_HEAD + length:
        return None
    body = bytes(inbox[_V2_HEAD : _V2_HEAD + length])
    del inbox[: _V2_HEAD + length]
    if command == _LOCAL:
        return Peer("", 0)
    form = {_TCP4: "!4s4sHH", _TCP6: "!16s16sHH"}.get(family)
    if form is None or length < struct.calcsize(form):
        raise NotAProxy
    source, _, port, _ = struct.unpack_from(form, body)
    return Peer(str(ipaddress.ip_address(source)), port)
