# SPDX-License-Identifier: Apache-2.0
"""Verify DKIM signatures (RFC 6376, 8301, 8463) and say why one earns nothing.

A pass here means: the domain vouches for the whole body, for From, and for every field of which
readers show one copy. A signature that holds for less answers "policy" or "neutral", because
whoever reads "pass" will not read the small print.
"""

import asyncio

from mailward.checks.authentication.canonical import Mail
from mailward.checks.authentication.fields import Field, squeeze
from mailward.checks.authentication.keys import Key, Rejected, fetch_key
from mailward.checks.authentication.names import domain_name, is_below
from mailward.checks.authentication.signature import Signature, read_signature, read_tags
from mailward.contract.authentication import DkimResult
from mailward.contract.dns import DnsTrouble, Resolver

MAX_SIGNATURES = 10
CLOCK_SKEW = 86_400
"""Seconds by which a signer's clock may be ahead."""
SINGLE = frozenset(
    b"from sender reply-to to cc date subject message-id mime-version content-type content-transfer-encoding".split()
)
"""Fields that a mail may hold once (RFC 5322, 3.6): readers show one copy, and not always the signed one."""


async def verify(mail: Mail, resolver: Resolver, *, now: float) -> tuple[DkimResult, ...]:
    """One result per signature, from the top, at most `MAX_SIGNATURES` and one that says so."""
    if mail.parts.limit:
        return (DkimResult(result="permerror", why=f"not examined: too many {mail.parts.limit}"),)
    fields = mail.named(b"dkim-signature")
    examined = [_verify(field, mail, resolver, now=now) for field in fields[:MAX_SIGNATURES]]
    results = [await examined[0]] if len(examined) == 1 else list(await asyncio.gather(*examined))
    if len(fields) > MAX_SIGNATURES:
        results.append(DkimResult(result="policy", why=f"{len(fields) - MAX_SIGNATURES} more were not examined"))
    return tuple(results)


async def _verify(field: Field, mail: Mail, resolver: Resolver, *, now: float) -> DkimResult:
    listed: dict[str, str] = {}
    key: Key | None = None
    partial, bits = False, 0
    try:
        listed = read_tags(field)
        signature = _read(field, listed)
        await mail.hash_body(signature.forms[1], signature.length)
        partial = signature.check_body(mail)
        key = await fetch_key(
            resolver, selector=signature.selector, domain=signature.domain, algorithm=signature.algorithm
        )
        signature.check_header(mail, key)
        _judge(signature, mail, key, partial=partial, now=now)
        if key.strict and _identity(listed) != signature.domain:
            raise Rejected("permerror", "the key forbids subdomains in i=")  # noqa: TRY301
        result, why = "pass", ""
    except Rejected as rejected:
        result, why, bits = rejected.result, rejected.why, rejected.bits
    except DnsTrouble:
        result, why = "temperror", "the key could not be fetched"
    return DkimResult(
        result=result,
        domain=domain_name(listed.get("d", "")),
        selector=domain_name(listed.get("s", "")),
        algorithm=_known_algorithm(listed),
        bits=key.bits if key else bits,
        partial=partial,
        why=why,
    )


def _read(field: Field, listed: dict[str, str]) -> Signature:
    if listed.get("v") != "1":
        raise Rejected("permerror", "unknown version of signature")
    signature = read_signature(field, listed)
    if b"from" not in signature.signed:
        raise Rejected("permerror", "From is not signed")
    if "q" in listed and "dns/txt" not in squeeze(listed["q"]).split(":"):
        raise Rejected("permerror", "unknown way to fetch the key")
    if not is_below(_identity(listed), signature.domain):
        raise Rejected("permerror", "i= is outside of d=")
    if signature.expires_at is not None and signature.expires_at < (signature.signed_at or 0):
        raise Rejected("permerror", "it expires before it was made")
    return signature


def _judge(signature: Signature, mail: Mail, key: Key, *, partial: bool, now: float) -> None:
    """What a signature that holds may still lack. Raises `Rejected`."""
    if signature.expires_at is not None and signature.expires_at < now:
        raise Rejected("fail", "the signature has expired")
    if signature.signed_at is not None and signature.signed_at > now + CLOCK_SKEW:
        raise Rejected("policy", "the signature is dated in the future")
    for name in SINGLE & set(signature.signed):
        if signature.signed.count(name) < len(mail.named(name)):
            raise Rejected("policy", f"{name.decode()} stands there more often than it was signed")
    if mail.odd:
        raise Rejected("policy", "the header holds a line that is no field: readers may see another header")
    if partial:
        raise Rejected("policy", "l= leaves a part of the body unsigned")
    if key.testing:
        raise Rejected("neutral", "the key is for testing (t=y): it counts as unsigned")


def _identity(listed: dict[str, str]) -> str:
    """The domain of i=, which is d= by default."""
    return domain_name(listed["i"].rpartition("@")[2] if "i" in listed else listed.get("d", ""))


def _known_algorithm(listed: dict[str, str]) -> str:
    algorithm = listed.get("a", "")
    return algorithm if algorithm in ("rsa-sha256", "rsa-sha1", "ed25519-sha256") else ""
