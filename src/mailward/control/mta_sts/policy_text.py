# SPDX-License-Identifier: Apache-2.0
"""A policy in the words of RFC 8461, and the id by which senders see that it changed."""

import hashlib
from collections.abc import Sequence

from mailward.control.mta_sts.shapes import PolicyMode
from mailward.kit.domain_names import plain_domain


def text_of(mode: PolicyMode, mx: Sequence[str], max_age: int) -> str:
    """The policy as it is served (RFC 8461, 3.2), with CRLF."""
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {host}" for host in mx), f"max_age: {max_age}"]
    return "".join(f"{line}\r\n" for line in lines)


def id_of(text: str) -> str:
    """32 letters and digits that are the text's own: nobody can forget to change them."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def record_of(text: str) -> str:
    """The TXT record at _mta-sts.DOMAIN."""
    return f"v=STSv1; id={id_of(text)};"


def read_hosts(hosts: Sequence[str]) -> list[str]:
    """Host names in plain form. Raises ValueError with a sentence."""
    found: list[str] = []
    for host in hosts:
        bare = host.strip()
        wild = "*." if bare.startswith("*.") else ""
        name = plain_domain(bare[len(wild) :])
        if not name or name.replace(".", "").isdigit():
            raise ValueError(f"{host[:60]!r} is no host name; MTA-STS knows neither addresses nor ports")
        found.append(wild + name)
    return list(dict.fromkeys(found))


def permits(mx: Sequence[str], host: str) -> bool:
    """Whether a policy names a host; a wildcard stands for one label (RFC 8461, 4.1)."""
    name = host.lower().removesuffix(".")
    return name in mx or "*." + name.partition(".")[2] in mx
