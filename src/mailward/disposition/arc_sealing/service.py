# SPDX-License-Identifier: Apache-2.0
"""The door of the room: put one more set on a mail's Authenticated Received Chain (RFC 8617, 5.1).

What a set says was found by the one evaluation of the mail, on the bytes as they came; it is only
copied here. A chain that does not hold is never sealed: nothing good can be said on top of it.
"""

import hashlib
from datetime import datetime

import structlog

from mailward.checks.authentication.service import Field, Mail, canonical_field, split
from mailward.contract.authentication import Authentication
from mailward.contract.decision import Edits
from mailward.disposition.arc_sealing.settings import ArcSealingSettings
from mailward.disposition.dkim_signing.service import (
    SIGNED,
    SigningKey,
    names_to_sign,
    signature,
    signing_keys,
    wrapped,
)
from mailward.kit.vault import Key, VaultError
from mailward.policy.snapshot import OrganizationPolicy

__all__ = ["seal", "to_be_sealed"]

FEATURE_NAME = "arc_sealing"
MAX_SETS = 50
"""RFC 8617, 4.2.1."""
_CHAIN = ("arc-authentication-results", "arc-message-signature", "arc-seal")
_COVERED = (*SIGNED, "DKIM-Signature")
"""RFC 8617, 4.1.2: earlier signatures are covered, results and seals are not."""
log = structlog.get_logger()


def to_be_sealed(policy: OrganizationPolicy, edits: Edits, authentication: Authentication) -> str:
    """The state of the chain to seal on top, "none" or "pass"; "" if this copy is not to be sealed."""
    settings = policy.settings[FEATURE_NAME]
    assert isinstance(settings, ArcSealingSettings)
    changed = bool(edits.subject_tag or edits.stamp)
    if not settings.enabled or not (changed or settings.when == "always") or not authentication.evaluated:
        return ""
    return authentication.arc.result if authentication.arc.result in ("none", "pass") else ""


async def seal(
    policy: OrganizationPolicy, copy: bytes, edits: Edits, *, domain: str, at: datetime, original: bytes
) -> bytes:
    """The edited copy (CRLF throughout) with a set of ours on top; the same bytes where there is no key, or
    no place for one more. `original` is the mail as it came, `domain` the recipient's."""
    if not edits.seal or not signing_keys(policy, domain):
        return copy
    results = next((value for name, value in edits.headers if name == "Authentication-Results"), "")
    before = Mail(split(original))
    instance = len(before.named(b"arc-seal")) + 1
    if not results or instance > MAX_SETS or before.parts.limit:
        return copy
    try:
        return await _sealed(policy.key, signing_keys(policy, domain)[0], copy, results, instance, edits.seal, at)
    except VaultError as exc:
        log.error("arc_sealing.key_does_not_open", why=str(exc))  # noqa: TRY400 - the sentence says it all
        return copy


async def _sealed(
    key: Key, signing: SigningKey, copy: bytes, results: str, instance: int, state: str, at: datetime
) -> bytes:
    mail = Mail(split(copy))
    named = [("i", str(instance)), ("a", f"{signing.algorithm.value}-sha256")]
    whose = [("d", signing.domain), ("s", signing.selector), ("t", str(int(at.timestamp())))]
    said = f"ARC-Authentication-Results: i={instance}; {results}\r\n".encode("ascii", "replace")
    signed = await signature(
        mail, signing, key, name="ARC-Message-Signature", tags=[*named, ("c", "relaxed/relaxed"), *whose],
        forms=("relaxed", "relaxed"), signed=names_to_sign(mail, _COVERED, ()),
    )  # fmt: skip
    tags = "; ".join(f"{name}={value}" for name, value in [*named, ("cv", state), *whose])
    own = f"ARC-Seal: {tags};\r\n\tb="
    digest = _seal_digest(mail, [*_fields(said), *_fields(signed)], _fields(own.encode() + b"\r\n")[0])
    return b"".join((own.encode(), wrapped(signing.sign(digest, key)).encode(), b"\r\n", signed, said, copy))


def _seal_digest(mail: Mail, ours: list[Field], own: Field) -> bytes:
    """The hash over all sets, the oldest first, each as results, signature, seal (RFC 8617, 5.1.1)."""
    columns = [{_instance(field): field for field in mail.named(name.encode())} for name in _CHAIN]
    fields = [columns[kind][number] for number in sorted(columns[2]) for kind in range(3)]
    running = hashlib.sha256()
    for field in [*fields, *ours]:
        running.update(canonical_field(field, "relaxed") + b"\r\n")
    running.update(canonical_field(own, "relaxed"))
    return running.digest()


def _instance(field: Field) -> int:
    """The number of a set's field, in a chain that our verifier found whole."""
    for tag in field.value.decode("latin-1").split(";"):
        name, _, text = tag.partition("=")
        if name.strip() == "i":
            return int(text.strip())
    return 0


def _fields(block: bytes) -> list[Field]:
    return list(split(block + b"\r\n").fields)
