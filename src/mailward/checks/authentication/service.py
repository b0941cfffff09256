# SPDX-License-Identifier: Apache-2.0
"""The door of the room: evaluate a mail once, on the bytes as they came, and say it in a header field."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import structlog

from mailward.checks.authentication import arc, dkim, dmarc, spf
from mailward.checks.authentication.author import Author, author
from mailward.checks.authentication.canonical import Mail
from mailward.checks.authentication.fields import split
from mailward.checks.authentication.results import authentication_results, forged
from mailward.contract.authentication import ArcResult, Authentication, DkimResult, DmarcResult, SpfResult
from mailward.contract.dns import DnsTrouble, Resolver
from mailward.contract.envelope import Connection, Envelope

SIGNATURE_SECONDS = 7.0
"""For SPF, DKIM and ARC, side by side."""
POLICY_SECONDS = 3.0
"""For what DMARC still has to ask after them; together the whole takes ten seconds at most."""

__all__ = ["authenticate", "authentication_results", "forged"]

_log = structlog.get_logger(__name__)
_LATE = "DNS took too long"
_BROKEN = "it could not be evaluated"
T = TypeVar("T")


async def authenticate(
    raw: bytes, connection: Connection, envelope: Envelope, resolver: Resolver, *, now: float
) -> Authentication:
    """Evaluate SPF, DKIM, ARC and DMARC. `now` is in seconds since 1970.

    Never raises: what DNS or a fault of ours keeps from being known is "temperror", never a pass.
    """
    try:
        return await _authenticate(raw, connection, envelope, resolver, now=now)
    except Exception as error:  # noqa: BLE001 - the mail must not suffer for our fault
        _log.error("authentication.broke", step="whole", error=repr(error))
        return Authentication(
            evaluated=True,
            spf=SpfResult(result="temperror", why=_BROKEN),
            dkim=(DkimResult(result="temperror", why=_BROKEN),),
            dmarc=DmarcResult(result="temperror", why=_BROKEN),
            arc=ArcResult(result="temperror", why=_BROKEN),
        )


async def _authenticate(
    raw: bytes, connection: Connection, envelope: Envelope, resolver: Resolver, *, now: float
) -> Authentication:
    mail = Mail(split(raw))
    writer = author(mail.parts)
    scope, domain = spf.identity(helo=connection.helo, sender=envelope.sender)
    sent_as = spf.verify(resolver, peer_ip=connection.peer_ip, helo=connection.helo, sender=envelope.sender, now=now)
    said, signatures, chain, walked = await asyncio.gather(
        _in_time("spf", sent_as, SpfResult(result="temperror", scope=scope, domain=domain, why=_LATE)),
        _in_time("dkim", dkim.verify(mail, resolver, now=now), (DkimResult(result="temperror", why=_LATE),)),
        _in_time("arc", arc.verify(mail, resolver), ArcResult(result="temperror", why=_LATE)),
        _in_time("dmarc", _walk(writer, resolver), None),
    )
    judged = await _in_time(
        "dmarc",
        dmarc.verify(writer, spf=said, dkim=signatures, resolver=resolver, walked=walked),
        DmarcResult(result="temperror", domain=writer.domain, why=_LATE),
        seconds=POLICY_SECONDS,
    )
    return Authentication(evaluated=True, spf=said, dkim=signatures, dmarc=judged, arc=chain)


async def _walk(writer: Author, resolver: Resolver) -> dmarc.Walk | None:
    try:
        return await dmarc.walk(writer.domain, resolver) if writer.domain else None
    except DnsTrouble:
        return None


async def _in_time(step: str, work: Awaitable[T], otherwise: T, *, seconds: float = SIGNATURE_SECONDS) -> T:
    """The result of `work`, or `otherwise` if it takes too long or breaks."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        return otherwise
    except Exception as error:  # noqa: BLE001 - one method must not spoil the others
        _log.error("authentication.broke", step=step, error=repr(error))
        return otherwise
