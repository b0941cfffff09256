# SPDX-License-Identifier: Apache-2.0
"""The door of the room: sign a copy that leaves in our name, and only that.

A signature says "this is ours". It is put on mail of our own making and of senders that we let out,
never on mail that came in; and only if the one author in From belongs to the organization, and the
envelope sender too. Whoever is let out by one organization gets no signature of another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
import structlog

from mailward.checks.authentication.service import Mail, author, domain_of, is_below, split
from mailward.disposition.dkim_signing import store
from mailward.disposition.dkim_signing.key_ring import FEATURE_NAME, KeyRing
from mailward.disposition.dkim_signing.keys import SigningKey
from mailward.disposition.dkim_signing.settings import SIGNED, DkimSigningSettings
from mailward.disposition.dkim_signing.signature import names_to_sign, signature, wrapped
from mailward.kit.vault import VaultError
from mailward.policy.snapshot import OrganizationPolicy

__all__ = [
    "SIGNED",
    "KeyRing",
    "SigningKey",
    "compile_keys",
    "names_to_sign",
    "sign",
    "signature",
    "signing_keys",
    "signs",
    "wrapped",
]

DAY = 86_400
log = structlog.get_logger()


@dataclass(frozen=True)
class SigningKeys:
    """The keys that sign, by domain."""

    by_domain: Mapping[str, tuple[SigningKey, ...]] = field(default_factory=dict)


async def compile_keys(connection: asyncpg.Connection, settings: DkimSigningSettings) -> SigningKeys:
    """The keys of the organization that the connection is scoped to; none if signing is off."""
    if not settings.enabled:
        return SigningKeys()
    by_domain: dict[str, tuple[SigningKey, ...]] = {}
    for key in await store.signing(connection):
        by_domain[key.domain] = (*by_domain.get(key.domain, ()), key)
    return SigningKeys(by_domain)


def signing_keys(policy: OrganizationPolicy, domain: str) -> tuple[SigningKey, ...]:
    """The keys that sign for a domain of the organization, or for one above it."""
    keys = policy.compiled.get(FEATURE_NAME, SigningKeys())
    assert isinstance(keys, SigningKeys)
    labels = domain.split(".")
    names = (".".join(labels[start:]) for start in range(len(labels)))
    return next((keys.by_domain[name] for name in names if name in keys.by_domain), ())


def signs(policy: OrganizationPolicy) -> bool:
    """Whether the organization has any key that signs."""
    keys = policy.compiled.get(FEATURE_NAME)
    return isinstance(keys, SigningKeys) and bool(keys.by_domain)


async def sign(policy: OrganizationPolicy, copy: bytes, *, sender: str, at: datetime) -> bytes:
    """A copy that leaves (CRLF throughout), with our signatures on top, one for each kind of key; the same
    bytes if there is nothing to sign with or no right to sign."""
    settings = policy.settings[FEATURE_NAME]
    assert isinstance(settings, DkimSigningSettings)
    if not settings.enabled or (not sender and not settings.sign_null_sender):
        return copy
    mail = Mail(split(copy))
    keys = _keys_for(policy, mail, sender)
    if not keys:
        return copy
    header, _, body = settings.canonicalization.partition("/")
    signed = names_to_sign(mail, settings.signed_fields, settings.oversigned_fields)
    try:
        fields = [
            await signature(
                mail, signing, policy.key, name="DKIM-Signature", tags=_tags(signing, settings, at),
                forms=(header, body), signed=signed,
            )
            for signing in keys
        ]  # fmt: skip
    except VaultError as exc:
        log.error("dkim_signing.key_does_not_open", why=str(exc))  # noqa: TRY400 - the sentence says it all
        return copy
    return b"".join((*fields, copy))


def _keys_for(policy: OrganizationPolicy, mail: Mail, sender: str) -> tuple[SigningKey, ...]:
    """The keys that may speak for this mail."""
    if mail.parts.limit:
        return ()
    domain = author(mail.parts).domain
    if domain not in policy.domains:
        return ()
    if sender and not any(is_below(domain_of(sender), own) for own in policy.domains):
        return ()
    return signing_keys(policy, domain)


def _tags(signing: SigningKey, settings: DkimSigningSettings, at: datetime) -> list[tuple[str, str]]:
    now = int(at.timestamp())
    tags = [
        ("v", "1"),
        ("a", f"{signing.algorithm.value}-sha256"),
        ("c", settings.canonicalization),
        ("d", signing.domain),
        ("s", signing.selector),
        ("t", str(now)),
    ]
    if settings.expiry_days:
        tags.append(("x", str(now + settings.expiry_days * DAY)))
    if settings.identity:
        tags.append(("i", f"@{signing.domain}"))
    return tags
