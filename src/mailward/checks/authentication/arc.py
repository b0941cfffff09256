# SPDX-License-Identifier: Apache-2.0
"""Verify an Authenticated Received Chain (RFC 8617, 5.2): who handed the mail on, and what each had seen."""

import asyncio
import hashlib

import msgspec

from mailward.checks.authentication.canonical import Mail, relaxed_field, without_signature
from mailward.checks.authentication.fields import Field
from mailward.checks.authentication.keys import Key, Rejected, fetch_key, key_name_parts
from mailward.checks.authentication.sealed_results import read_sealed
from mailward.checks.authentication.signature import decode, number, read_algorithm, read_signature, read_tags
from mailward.contract.authentication import ArcResult
from mailward.contract.dns import DnsTrouble, Resolver

MAX_SETS = 50
_NAMES = (b"arc-authentication-results", b"arc-message-signature", b"arc-seal")
_SIGNATURE, _SEAL = 1, 2


class Seal(msgspec.Struct, frozen=True):
    """One ARC-Seal, read."""

    field: Field
    algorithm: str
    domain: str
    selector: str
    data: bytes
    state: str


async def verify(mail: Mail, resolver: Resolver) -> ArcResult:
    """The state of the chain: none, pass or fail; temperror where a key could not be fetched."""
    found = [mail.named(name) for name in _NAMES]
    if mail.parts.limit:
        return ArcResult(result="fail", why=f"not examined: too many {mail.parts.limit}")
    if not any(found):
        return ArcResult()
    sealers: tuple[str, ...] = ()
    try:
        if max(map(len, found)) > MAX_SETS:
            raise Rejected("fail", f"more than {MAX_SETS} sets")  # noqa: TRY301
        sets = _sets(found)
        seals = [_seal(fields[_SEAL], instance) for instance, fields in enumerate(sets, 1)]
        sealers = tuple(seal.domain for seal in seals)
        await _check_message(sets[-1][_SIGNATURE], mail, resolver)
        await _check_seals(sets, seals, resolver)
    except Rejected as rejected:
        return ArcResult(result="fail", sealers=sealers, why=rejected.why)
    except DnsTrouble:
        return ArcResult(result="temperror", sealers=sealers, why="a key could not be fetched")
    return ArcResult(result="pass", sealers=sealers, seen=tuple(read_sealed(fields[0].value) for fields in sets))


def _sets(found: list[list[Field]]) -> list[tuple[Field, ...]]:
    """The sets from 1 to the last, each with its three fields. Raises `Rejected` where one is
    missing, doubled or unnumbered."""
    columns: list[dict[int, Field]] = []
    for name, fields in zip(_NAMES, found, strict=True):
        column: dict[int, Field] = {}
        for field in fields:
            instance = _instance(field, results=name == _NAMES[0])
            if instance in column:
                raise Rejected("fail", f"set {instance} has two of a kind")
            column[instance] = field
        columns.append(column)
    expected = set(range(1, len(found[_SEAL]) + 1))
    if any(set(column) != expected for column in columns) or not expected:
        raise Rejected("fail", "the sets are not complete")
    return [tuple(column[instance] for column in columns) for instance in sorted(expected)]


def _instance(field: Field, *, results: bool) -> int:
    if results:
        first, semicolon, _ = field.value.decode("latin-1").partition(";")
        name, _, text = first.partition("=")
        listed = {name.strip(" \t\r\n"): text.strip(" \t\r\n")} if semicolon else {}
    else:
        listed = read_tags(field)
    instance = number(listed, "i")
    if instance is None or not 0 < instance <= MAX_SETS:
        raise Rejected("fail", "a field of the chain has no number")
    return instance


def _seal(field: Field, instance: int) -> Seal:
    listed = read_tags(field)
    for name in ("a", "b", "d", "s", "cv"):
        if name not in listed:
            raise Rejected("fail", f"seal {instance} lacks {name}=")
    if "h" in listed:
        raise Rejected("fail", f"seal {instance} has h=")
    number(listed, "t")
    state = listed["cv"]
    if state != ("none" if instance == 1 else "pass"):
        said = state if state in ("none", "pass", "fail") else "nonsense"
        raise Rejected("fail", f"seal {instance} says that the chain was {said}")
    domain, selector = key_name_parts(listed)
    if not domain or not selector:
        raise Rejected("fail", f"seal {instance} has no name")
    return Seal(field, read_algorithm(listed), domain, selector, decode(listed["b"]), state)


async def _check_message(field: Field, mail: Mail, resolver: Resolver) -> None:
    """The last ARC-Message-Signature must hold for the mail as it came (5.2, step 4).

    Without c= it is taken as relaxed, like the seals, and as the conformance suite has it.
    """
    signature = read_signature(field, read_tags(field), forms="relaxed/relaxed")
    if b"arc-seal" in signature.signed:
        raise Rejected("fail", "the last message signature covers a seal")
    await mail.hash_body(signature.forms[1], signature.length)
    if signature.check_body(mail):
        raise Rejected("fail", "the last message signature covers a part of the body only")
    key = await fetch_key(resolver, selector=signature.selector, domain=signature.domain, algorithm=signature.algorithm)
    signature.check_header(mail, key)


async def _check_seals(sets: list[tuple[Field, ...]], seals: list[Seal], resolver: Resolver) -> None:
    """Every seal must hold over all sets up to its own (5.1.1); hashed once, set by set."""
    wanted = dict.fromkeys((seal.selector, seal.domain, seal.algorithm) for seal in seals)
    keys = dict(zip(wanted, await _keys(list(wanted), resolver), strict=True))
    running = hashlib.sha256()
    for instance, (fields, seal) in enumerate(zip(sets, seals, strict=True), 1):
        for field in fields[:_SEAL]:
            running.update(relaxed_field(field) + b"\r\n")
        own = running.copy()
        own.update(relaxed_field(without_signature(seal.field)))
        if not keys[seal.selector, seal.domain, seal.algorithm].verifies(seal.data, own.digest()):
            raise Rejected("fail", f"seal {instance} does not hold")
        running.update(relaxed_field(seal.field) + b"\r\n")


async def _keys(wanted: list[tuple[str, str, str]], resolver: Resolver) -> list[Key]:
    return await asyncio.gather(
        *(
            fetch_key(resolver, selector=selector, domain=domain, algorithm=algorithm)
            for selector, domain, algorithm in wanted
        )
    )
