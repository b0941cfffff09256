# SPDX-License-Identifier: Apache-2.0
"""Domains and hosts as people type them, brought into the one form in which they are kept and compared."""

import ipaddress
import re

import idna

MAX_NAME = 253
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_HOST_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


def domain_name(text: str) -> str:
    """The A-label form of a mail domain, such as "example.com". Raises ValueError with a sentence."""
    name = _ascii(text.strip().removeprefix("@"))
    labels = name.split(".")
    if not name or len(name) > MAX_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(f"{text[:60]!r} is no domain name; write it as it stands behind the @, such as example.com")
    if len(labels) == 1 or labels[-1].isdigit():
        raise ValueError(f"{text[:60]!r} is no full domain name, such as example.com")
    return name


def host_name(text: str) -> str:
    """The plain form of an IP address or a host name. Raises ValueError with a sentence."""
    text = text.strip()
    try:
        address = ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        name = _ascii(text)
        labels = name.split(".")
        if not name or len(name) > MAX_NAME or not all(_HOST_LABEL.fullmatch(label) for label in labels):
            raise ValueError(f"{text[:60]!r} is neither a host name nor an IP address") from None
        if labels[-1].isdigit():
            raise ValueError(f"{text[:60]!r} looks like an IP address, but is none") from None
        return name
    if address.is_unspecified or address.is_multicast or address.is_link_local:
        raise ValueError(f"{address} is not the address of one server: name the mail server's own address")
    return str(address)


def _ascii(text: str) -> str:
    text = text.removesuffix(".").lower()
    if text.isascii() or len(text) > MAX_NAME:
        return text
    try:
        return idna.encode(text, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return ""
