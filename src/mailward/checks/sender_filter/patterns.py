# SPDX-License-Identifier: Apache-2.0
"""The forms in which senders are listed: name@domain, name@*.domain, name@*, *@domain and *@*.domain.

Both an entry and an address are brought into one plain form, so that asking is a few look-ups in a set:
an address is turned into the patterns that would name it, never compared with pattern after pattern.
"""

import re
from functools import lru_cache

from mailward.kit.domain_names import plain_domain

__all__ = ["MAX_ADDRESS", "naming", "plain_domain", "read_pattern"]

MAX_ADDRESS = 320
MAX_LABELS = 30
"""Labels of a sender's domain for which `*.domain` is looked for, from the right."""
ADDRESSES_REMEMBERED = 10_000

_LOCAL = re.compile(r"[^\s@*<>\"]{1,64}")


def read_pattern(text: str) -> str:
    """The plain form of an entry; a bare domain means everybody in it. Raises ValueError with a sentence."""
    text = text.strip()
    if len(text) > MAX_ADDRESS:
        raise ValueError("this is too long for an address")
    local, at, domain = text.rpartition("@")
    local, domain = (local if at else "*").lower(), domain.lower()
    if local == "*" and domain == "*":
        raise ValueError("*@* would name everybody")
    if local != "*" and not _LOCAL.fullmatch(local):
        raise ValueError(
            f"{text[:60]!r} is no address: write name@domain, name@*.domain, name@*, *@domain or *@*.domain"
        )
    wild, bare = ("*.", domain[2:]) if domain.startswith("*.") else ("", domain)
    if bare != "*":
        bare = plain_domain(bare)
        if not bare:
            raise ValueError(f"{text[:60]!r} names no domain; * may stand for a name or begin a domain (*.example.com)")
    elif wild:
        raise ValueError("*.* would name every domain; write name@* instead")
    return f"{local}@{wild}{bare}"


@lru_cache(maxsize=ADDRESSES_REMEMBERED)
def naming(address: str) -> tuple[str, ...]:
    """Every pattern that names an address; none for the null sender and for what is no address."""
    local, _, domain = address[: MAX_ADDRESS + 1].lower().rpartition("@")
    domain = plain_domain(domain)
    if not local or not domain or len(address) > MAX_ADDRESS:
        return ()
    labels = domain.split(".")
    parents = [".".join(labels[start:]) for start in range(max(1, len(labels) - MAX_LABELS), len(labels))]
    found = [f"{local}@{domain}", f"*@{domain}", f"{local}@*"]
    for parent in parents:
        found += (f"{local}@*.{parent}", f"*@*.{parent}")
    return tuple(found)
