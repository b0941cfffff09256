# SPDX-License-Identifier: Apache-2.0
"""The door of the room: evaluate a mail once, on the bytes as they came, and say it in a header field."""

import asyncio
import contextlib
import random
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import structlog

from mailward.checks.authentication import arc, dkim, dmarc, spf, store
from mailward.checks.authentication.author import Author, author
from mailward.checks.authentication.canonical import Mail, canonical_field, without_signature
from mailward.checks.authentication.compiled import Rulebook
from mailward.checks.authentication.fields import Field, split
from mailward.checks.authentication.keys import Rejected, fetch_key
from mailward.checks.authentication.names import domain_of, is_below
from mailward.checks.authentication.results import authentication_results, forged
from mailward.checks.authentication.rulebook import AuthenticationRulebook
from mailward.checks.authentication.rules import DmarcRule, SpfRule
from mailward.checks.authentication.rulings import CHECK, Chance, unanswered, vouched
from mailward.checks.authentication.rulings import Mail as JudgedMail
from mailward.checks.authentication.rulings import rulings as judged
from mailward.checks.authentication.settings import AuthenticationSettings
from mailward.contract.authentication import ArcResult, Authentication, DkimResult, DmarcResult, SpfResult
from mailward.contract.decision import Action, Ruling
from mailward.contract.dns import DnsTrouble, Resolver
from mailward.contract.envelope import Connection, Envelope
from mailward.kit.domain_names import domain_of as recipient_domain
from mailward.policy.snapshot import OrganizationPolicy

SIGNATURE_SECONDS = 7.0
"""For SPF, DKIM and ARC, side by side."""
POLICY_SECONDS = 3.0
"""For what DMARC still has to ask after them; together the whole takes ten seconds at most."""

__all__ = [
    "AuthenticationRulebook",
    "DmarcRule",
    "Field",
    "Mail",
    "Rejected",
    "Rulings",
    "SpfRule",
    "authenticate",
    "authentication_results",
    "author",
    "author_domain",
    "canonical_field",
    "compile_rules",
    "domain_of",
    "fetch_key",
    "forged",
    "forwarder",
    "is_below",
    "is_permitted",
    "proves",
    "rulings",
    "split",
    "without_signature",
]

_log = structlog.get_logger(__name__)
_LATE = "DNS took too long"
_BROKEN = "it could not be evaluated"
T = TypeVar("T")
Rulings = Mapping[tuple[UUID, str], tuple[Ruling, ...]]
"""What the rules order, by organization and recipient's domain."""
_NO_RULES = Rulebook({})


def _percent() -> int:
    return random.randrange(100)  # noqa: S311 - whoever guesses it right wins one mail of a policy not yet whole


async def compile_rules(connection: asyncpg.Connection, settings: AuthenticationSettings) -> Rulebook:
    """The rules of the organization that the connection is scoped to."""
    del settings  # they are asked when a mail is judged
    return Rulebook({(stored.domain, stored.method): stored.rule for stored in await store.every(connection)})


def rulings(
    by_organization: Mapping[OrganizationPolicy, Sequence[str]], *, authentication: Authentication,
    connection: Connection, envelope: Envelope, chance: Chance = _percent,
) -> Rulings:  # fmt: skip
    """What the rules of each recipient's domain want done with a mail; nothing of it is evaluated anew.

    `chance` gives a number from 0 to 99, for policies that are applied to a part of the mail.
    """
    return {
        (policy.id, domain): _rulings(policy, domain, authentication, connection, envelope, chance)
        for policy, recipients in by_organization.items()
        for domain in {recipient_domain(recipient) for recipient in recipients}
    }


def _rulings(
    policy: OrganizationPolicy, domain: str, authentication: Authentication, connection: Connection,
    envelope: Envelope, chance: Chance,
) -> tuple[Ruling, ...]:  # fmt: skip
    settings = policy.settings[CHECK]
    assert isinstance(settings, AuthenticationSettings)
    if not settings.enabled or not authentication.evaluated:
        return ()
    if settings.defer_without_dns and unanswered(authentication):
        return (_DNS_IS_DEAD,)
    book = policy.compiled.get(CHECK, _NO_RULES)
    assert isinstance(book, Rulebook)
    mail = JudgedMail(
        said=authentication,
        peer_ip=connection.peer_ip,
        sender=envelope.sender,
        trusted_sealers=frozenset(settings.trusted_sealers),
        own_server=authentication.vouched and authentication.dmarc.domain in policy.domains,
    )
    return judged(mail, book.of(domain), chance=chance)


def forwarder(policy: OrganizationPolicy, authentication: Authentication) -> str:
    """The trusted sealer who saw DMARC pass before the mail was handed on, "" if there is none (RFC 8617, 7.2)."""
    settings = policy.settings[CHECK]
    assert isinstance(settings, AuthenticationSettings)
    if authentication.arc.result != "pass" or not settings.trusted_sealers:
        return ""
    return vouched(
        JudgedMail(said=authentication, peer_ip="", sender="", trusted_sealers=frozenset(settings.trusted_sealers))
    )


_DNS_IS_DEAD = Ruling(
    check=CHECK,
    rule="No answer from DNS",
    action=Action.DEFER,
    why="who sent this cannot be checked just now, since DNS does not answer",
    status="4.3",
)


async def authenticate(
    raw: bytes, connection: Connection, envelope: Envelope, resolver: Resolver, *, now: float, vouched: str = ""
) -> Authentication:
    """Evaluate SPF, DKIM, ARC and DMARC. `now` is in seconds since 1970. `vouched` is the domain of From where
    a server brings the mail that this domain's organization registered with us: then nothing is asked.

    Never raises: what DNS or a fault of ours keeps from being known is "temperror", never a pass.
    """
    if vouched:
        return _vouched(envelope, vouched)
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


def author_domain(raw: bytes) -> str:
    """The one domain that From names, in A-label form; empty where two readers could see two, or none."""
    return author(split(raw)).domain


def proves(authentication: Authentication, address: str) -> bool:
    """Whether authentication proves the domain of this very address, and not only some domain: SPF for the
    domain itself, DKIM for it or a domain above it, or DMARC."""
    domain = domain_of(address)
    if not domain:
        return False
    dmarc_proves = authentication.dmarc.result == "pass" and authentication.dmarc.domain == domain
    said = authentication.spf
    spf_proves = said.result == "pass" and said.scope == "mfrom" and said.domain == domain
    return dmarc_proves or spf_proves or any(_signs_for(signature, domain) for signature in authentication.dkim)


async def is_permitted(connection: Connection, sender: str, resolver: Resolver, *, now: float) -> bool:
    """Whether SPF proves the envelope sender, before the mail itself is there. Trouble is no proof."""
    if not sender:
        return False
    try:
        async with asyncio.timeout(SIGNATURE_SECONDS):
            said = await spf.verify(resolver, peer_ip=connection.peer_ip, helo=connection.helo, sender=sender, now=now)
    except Exception as error:  # noqa: BLE001 - a fault of ours is no proof either
        _log.error("authentication.broke", step="sender", error=repr(error))
        return False
    return said.result == "pass"


def _vouched(envelope: Envelope, author: str) -> Authentication:
    """What is known of a mail from a server that its sender's organization registered with us, and whose From
    names that organization's domain `author`: its source is proven better than by any record in the DNS."""
    why = "a registered server of the sender's organization"
    domain = domain_of(envelope.sender) or author
    return Authentication(
        evaluated=True,
        vouched=True,
        spf=SpfResult(result="pass", domain=domain, why=why),
        dmarc=DmarcResult(result="pass", domain=author, organizational_domain=author, aligned=("spf",), why=why),
    )


def _signs_for(signature: DkimResult, domain: str) -> bool:
    valid = signature.result == "pass" and not signature.partial and "." in signature.domain
    return valid and is_below(domain, signature.domain)


async def _authenticate(
    raw: bytes, connection: Connection, envelope: Envelope, resolver: Resolver, *, now: float
) -> Authentication:
    mail = Mail(split(raw))
    writer = author(mail.parts)
    scope, domain = spf.identity(helo=connection.helo, sender=envelope.sender)
    late = SpfResult(result="temperror", scope=scope, domain=domain, why=_LATE)
    peer, helo, sender = connection.peer_ip, connection.helo, envelope.sender
    asked = _start("spf", spf.verify(resolver, peer_ip=peer, helo=helo, sender=sender, now=now), late)
    signed = _start("dkim", dkim.verify(mail, resolver, now=now), (DkimResult(result="temperror", why=_LATE),))
    chained = _start("arc", arc.verify(mail, resolver), ArcResult(result="temperror", why=_LATE))
    judged = _start(
        "dmarc",
        _judge(writer, asked=asked, signed=signed, resolver=resolver),
        DmarcResult(result="temperror", domain=writer.domain, why=_LATE),
    )
    await _in_time([asked, signed, chained], SIGNATURE_SECONDS)
    await _in_time([judged], POLICY_SECONDS)
    return Authentication(
        evaluated=True, spf=asked.result(), dkim=signed.result(), dmarc=judged.result(), arc=chained.result()
    )


async def _judge(
    writer: Author,
    *,
    asked: asyncio.Task[SpfResult],
    signed: asyncio.Task[tuple[DkimResult, ...]],
    resolver: Resolver,
) -> DmarcResult:
    """DMARC: its own questions are asked beside those of SPF and DKIM."""
    walked = None
    with contextlib.suppress(DnsTrouble):  # it will meet the trouble again, and say so
        walked = await dmarc.walk(writer.domain, resolver) if writer.domain else None
    return await dmarc.verify(writer, spf=await asked, dkim=await signed, resolver=resolver, walked=walked)


def _start(step: str, work: Coroutine[Any, Any, T], otherwise: T) -> asyncio.Task[T]:
    """Begin one method; its result is `otherwise` if it is cut off or breaks."""
    return asyncio.create_task(_safely(step, work, otherwise))


async def _safely(step: str, work: Coroutine[Any, Any, T], otherwise: T) -> T:
    try:
        return await work
    except asyncio.CancelledError:
        return otherwise
    except Exception as error:  # noqa: BLE001 - one method must not spoil the others
        _log.error("authentication.broke", step=step, error=repr(error))
        return otherwise


async def _in_time(tasks: list[asyncio.Task[Any]], seconds: float) -> None:
    """Wait for all of `tasks`, cutting off those that take longer."""
    waiting = [task for task in tasks if not task.done()]
    if not waiting:
        return
    try:
        _, late = await asyncio.wait(waiting, timeout=seconds)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        raise
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late)
