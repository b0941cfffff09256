# SPDX-License-Identifier: Apache-2.0
"""Whether the DNS shows that a domain's owner wants this organization to protect it.

A TXT record with the claim's token proves it. An MX record proves it where its host can mean this organization
only: our own name on a system with one organization, else the organization's own name below it. Otherwise
whoever points a domain at a shared gateway would give it to the first organization that claims it.
"""

import base64
import hashlib
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from mailward.contract.dns import DnsTrouble, Resolver
from mailward.contract.dns_check import DnsCheck, DnsState, checked
from mailward.contract.gateway import Gateway
from mailward.contract.wording import Sentence
from mailward.control.domains.shapes import Challenge, VerificationMethod

CHALLENGE = "_mailward-challenge"
PREFIX = "mailward-verification="
LAPSE = timedelta(days=14)
"""A proof that has been gone for so long protects no claim any more: whoever proves the domain now gets it."""
RENEWAL = timedelta(days=1)
"""How often the proof of a verified domain is looked for."""
RHYTHM = (
    (timedelta(hours=1), timedelta(minutes=1)),
    (timedelta(days=2), timedelta(minutes=10)),
    (timedelta(days=30), timedelta(hours=6)),
)
"""(age of a claim, how often its proof is looked for up to then). Older ones are looked at when somebody asks."""
TROUBLE = timedelta(minutes=5)
MOST_SHOWN = 20
"""Records of one name that are shown."""
_WHY = Sentence(
    "dns.why.verification",
    "Shows that the owner of the domain wants this organization to protect it. One record is enough.",
)
_LATER = Sentence("dns.verification.unanswered", "The DNS did not answer ({trouble}); it is asked again by itself.")


class Look(NamedTuple):
    """What one look found: by which method the domain is proved, None if by none; the records; and whether
    nobody answered, so that it says nothing."""

    proved_by: VerificationMethod | None
    evidence: tuple[DnsCheck, ...]
    trouble: bool

    @property
    def missing(self) -> str:
        """What was not found, in words."""
        if self.proved_by is not None:
            return ""
        return "the DNS did not answer" if self.trouble else "neither the TXT record nor an MX record that names us"


def new_token() -> str:
    """A token that nobody can guess: 160 bits, in letters and digits that survive every DNS console."""
    return base64.b32encode(secrets.token_bytes(20)).decode().lower()


def challenge(name: str, token: str, organization: UUID, gateway: Gateway, *, alone: bool) -> Challenge:
    """What the owner publishes. `alone` if there is one organization only on this system."""
    label = base64.b32encode(hashlib.blake2b(organization.bytes, digest_size=10).digest()).decode().lower()
    own = [f"{label}.{host}" for host in gateway.mail_exchanges if "." in host]
    hosts = [*gateway.mail_exchanges, *own] if alone else own
    return Challenge(name=f"{CHALLENGE}.{name}", value=f"{PREFIX}{token}", mail_exchanges=hosts)


async def look(name: str, wanted: Challenge, resolver: Resolver) -> Look:
    """Ask the DNS for the proof. Raises nothing."""
    there = await _txt(wanted.name, wanted, resolver)
    apex = await _txt(name, wanted, resolver)
    exchanges = await _mx(name, wanted, resolver)
    proved = None
    if DnsState.OK in (there.state, apex.state):
        proved = VerificationMethod.TXT
    elif exchanges.state is DnsState.OK:
        proved = VerificationMethod.MX
    evidence = (there, apex, exchanges)
    return Look(proved, evidence, proved is None and any(check.state is DnsState.UNKNOWN for check in evidence))


def next_look(*, created_at: datetime, at: datetime, verified: bool, trouble: bool) -> datetime | None:
    """When to look again; None for never."""
    if trouble:
        return at + TROUBLE
    if verified:
        return at + RENEWAL
    for age, pause in RHYTHM:
        if at - created_at < age:
            return at + pause
    return None


async def _txt(name: str, wanted: Challenge, resolver: Resolver) -> DnsCheck:
    async def ask() -> tuple[str, ...]:
        return tuple(record.decode("utf-8", "replace") for record in await resolver.txt(name))

    return await _check("verification_txt", name, "TXT", (wanted.value,), ask, lambda value: value.strip())


async def _mx(name: str, wanted: Challenge, resolver: Resolver) -> DnsCheck:
    async def ask() -> tuple[str, ...]:
        return tuple(f"{exchange.preference} {exchange.host or '.'}" for exchange in await resolver.mx(name))

    return await _check(
        "verification_mx", name, "MX", tuple(wanted.mail_exchanges), ask, lambda value: value.partition(" ")[2]
    )


async def _check(
    kind: str, name: str, record_type: str, expected: tuple[str, ...], ask: Callable[[], Awaitable[tuple[str, ...]]],
    plain: Callable[[str], str],
) -> DnsCheck:  # fmt: skip
    """One record set compared with the values of which any one proves the domain."""
    try:
        found = await ask()
    except DnsTrouble as exc:
        advice = _LATER(trouble=exc)
        return checked(kind, name, record_type, DnsState.UNKNOWN, why=_WHY, expected=expected, advice=advice)
    good = any(plain(value) in expected for value in found)
    state = DnsState.OK if good else DnsState.WRONG if found else DnsState.MISSING
    return checked(kind, name, record_type, state, why=_WHY, expected=expected, found=found[:MOST_SHOWN])
