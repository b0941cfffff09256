# SPDX-License-Identifier: Apache-2.0
"""Where a domain wants its reports (RFC 9990, 3.5; RFC 9989, 4.7): only mailto, only a few, and only who agrees.

Anybody can publish anybody's address. A report goes to another organization's address only if that
organization publishes that it takes reports about this domain (RFC 9990, 4).
"""

import re
from urllib.parse import unquote

import msgspec

from mailward.contract.dmarc_report import Published
from mailward.contract.dns import Resolver
from mailward.message.links import suffixes

MAX_DESTINATIONS = 3
"""Addresses that get one report; those named first."""
MAX_LISTED = 20
"""Addresses that are looked at in one record."""
MAX_TAGS = 100

_VERSION = re.compile(rb"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_MAILTO = re.compile(r"mailto:([^!?]+)(?:!([0-9]{1,9})([kmgt]?))?", re.IGNORECASE)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+)\Z")
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_POLICIES = ("none", "quarantine", "reject")


class Destination(msgspec.Struct, frozen=True):
    """An address for reports, and the most bytes that it takes (0: no limit)."""

    address: str
    most: int = 0

    @property
    def host(self) -> str:
        """The domain of the address."""
        return self.address.rpartition("@")[2]


def published(domain: str, record: str) -> Published:
    """What a report says of the policy of a record."""
    tags = _tags(record)
    policy = {name: tags.get(name, "").lower() for name in ("p", "sp", "np")}
    policy = {name: value if value in _POLICIES else "" for name, value in policy.items()}
    return Published(
        domain=domain,
        p=policy["p"] or "none",
        sp=policy["sp"],
        np=policy["np"],
        adkim="s" if tags.get("adkim", "").lower() == "s" else "r",
        aspf="s" if tags.get("aspf", "").lower() == "s" else "r",
        fo=tags["fo"] if re.fullmatch(r"[01ds](?:\s*:\s*[01ds]){0,3}", tags.get("fo", "")) else "",
        testing=tags.get("t", "").lower() == "y",
    )


def destinations_of(record: str) -> tuple[Destination, ...]:
    """The addresses of a record's `rua`, in order. All but mailto is passed over."""
    found: dict[str, Destination] = {}
    for uri in _tags(record).get("rua", "").split(",")[:MAX_LISTED]:
        match = _MAILTO.fullmatch(uri.strip())
        if match is None:
            continue
        address = unquote(match[1]).strip()
        mailbox = _ADDRESS.fullmatch(address)
        if mailbox is None:
            continue
        address = f"{address.rpartition('@')[0]}@{mailbox[1].lower()}"
        most = int(match[2]) * _UNITS[match[3].lower()] if match[2] else 0
        found.setdefault(address.lower(), Destination(address, most))
    return tuple(found.values())


async def current_record(domain: str, resolver: Resolver) -> str:
    """The policy record of a domain as it is now, "" if there is none or more than one. Raises `DnsTrouble`."""
    records = [record for record in await resolver.txt(f"_dmarc.{domain}") if _VERSION.match(record)]
    return records[0].decode("latin-1") if len(records) == 1 else ""


async def agreed(policy_domain: str, destination: Destination, resolver: Resolver) -> Destination | None:
    """Where a report may go in place of `destination`: there, if it is the domain's own or its owner agrees; the
    owner may name another address of the same host (RFC 9990, 4). None if nobody agrees. Raises `DnsTrouble`."""
    if organizational(policy_domain) == organizational(destination.host):
        return destination
    answers = await resolver.txt(f"{policy_domain}._report._dmarc.{destination.host}")
    records = [record.decode("latin-1") for record in answers if _VERSION.match(record)]
    if not records:
        return None
    others = destinations_of(records[0])
    return next((other for other in others if other.host == destination.host), destination)


def organizational(domain: str) -> str:
    """The domain that somebody registered; the last two labels where no public suffix is known."""
    known = suffixes().privatesuffix(domain)
    return known or ".".join(domain.split(".")[-2:])


def _tags(record: str) -> dict[str, str]:
    listed: dict[str, str] = {}
    for piece in record.split(";", MAX_TAGS)[:MAX_TAGS]:
        name, equals, value = piece.partition("=")
        if equals:
            listed.setdefault(name.strip().lower(), value.strip())
    return listed
