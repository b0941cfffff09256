# SPDX-License-Identifier: Apache-2.0
"""The mail itself: its bytes as received, and a form of it that is safe to look at.

A preview's HTML is fetched by a sandboxed frame without cookies, so its address carries the right to see
it: a token sealed with the organization's key that names one mail and ends after five minutes. Nothing
is remembered for it, and any process of the node, or of another, can answer.
"""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import msgspec

from mailward.kit.bodies import Bodies, BodyCorrupt, BodyMissing
from mailward.kit.clock import Clock
from mailward.kit.vault import Key, VaultError
from mailward.records.mail_tracking.reading import Reading
from mailward.records.mail_tracking.shapes import Preview, PreviewPart

PREVIEW_LIFE = timedelta(minutes=5)
MAX_TOKEN = 200
"""Characters of a preview token; ours have 91."""

_UUID = 16


class SafeForm(Protocol):
    """A mail made safe by a scan worker. `why` says why a part of it is missing."""

    @property
    def html(self) -> str:
        """The sanitized HTML; empty if there is none."""

    @property
    def text(self) -> str:
        """The text that a reader sees."""

    @property
    def source(self) -> str:
        """The HTML as it came."""

    @property
    def blocked_images(self) -> int:
        """Remote images that were taken out."""

    @property
    def tree(self) -> Any:
        """The MIME parts: path, type, name, size."""

    @property
    def headers(self) -> Any:
        """The header fields in their order: name, value."""

    @property
    def why(self) -> str:
        """What could not be made, and why."""


Render = Callable[[bytes], Awaitable[SafeForm]]
KeyOf = Callable[[UUID], Key]
"""The key of an organization. Raises LookupError."""


class Gone(Exception):  # noqa: N818 - reads better where it is caught
    """The copy is there, but its bytes are not: never stored, purged, or damaged."""


class Originals:
    """Reads bodies for people."""

    def __init__(self, reading: Reading, bodies: Bodies, clock: Clock, *, key: KeyOf, render: Render) -> None:
        self._reading = reading
        self._bodies = bodies
        self._clock = clock
        self._key = key
        self._render = render

    async def raw(self, organization: UUID, identifier: UUID) -> bytes | None:
        """The bytes as received; None if there is no such copy.

        Raises:
            Gone
        """
        mail = await self._mail(organization, identifier)
        return await self._read(organization, mail) if mail else None

    async def preview(self, organization: UUID, identifier: UUID) -> Preview | None:
        """The mail made safe; None if there is no such copy.

        Raises:
            Gone
        """
        mail = await self._mail(organization, identifier)
        if mail is None:
            return None
        safe = await self._render(await self._read(organization, mail))
        why = safe.why or ("" if safe.html else "the mail has no HTML part")
        return Preview(
            url=f"/preview/{self._token(organization, mail)}" if safe.html else None,
            text=safe.text,
            source=safe.source,
            headers=[(str(name), str(value)) for name, value in safe.headers],
            tree=msgspec.convert(msgspec.to_builtins(safe.tree), list[PreviewPart]),
            blocked_images=safe.blocked_images,
            why=why or msgspec.UNSET,
        )

    async def html(self, token: str) -> str | None:
        """The HTML behind a preview token; None if the token is not ours, or its time is over."""
        found = self._opened(token)
        if found is None:
            return None
        organization, mail = found
        try:
            return (await self._render(await self._read(organization, mail))).html
        except Gone:
            return None

    async def _mail(self, organization: UUID, identifier: UUID) -> UUID | None:
        found = await self._reading.mail_of(organization, identifier)
        if found is None:
            return None
        mail, has_body, _ = found
        if not has_body:
            raise Gone
        return mail

    async def _read(self, organization: UUID, mail: UUID) -> bytes:
        try:
            key = self._key(organization)
            return await asyncio.to_thread(self._bodies.read, organization, mail, key=key)
        except (LookupError, BodyMissing, BodyCorrupt) as exc:
            raise Gone from exc

    def _token(self, organization: UUID, mail: UUID) -> str:
        ends = int((self._clock.now() + PREVIEW_LIFE).timestamp())
        sealed = self._key(organization).seal(mail.bytes + ends.to_bytes(8, "big"), context=_context(organization))
        return base64.urlsafe_b64encode(organization.bytes + sealed).decode().rstrip("=")

    def _opened(self, token: str) -> tuple[UUID, UUID] | None:
        if len(token) > MAX_TOKEN:
            return None
        try:
            record = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            organization = UUID(bytes=record[:_UUID])
            clear = self._key(organization).open(record[_UUID:], context=_context(organization))
        except (binascii.Error, ValueError, LookupError, VaultError):
            return None
        ends = datetime.fromtimestamp(int.from_bytes(clear[_UUID:], "big"), UTC)
        return (organization, UUID(bytes=clear[:_UUID])) if self._clock.now() < ends else None


def _context(organization: UUID) -> bytes:
    return b"preview|" + organization.bytes
