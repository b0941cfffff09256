# SPDX-License-Identifier: Apache-2.0
"""The harmless form of a mail, as it crosses from a worker to whoever shows it."""

import msgspec

from mailward.message import parse
from mailward.message.preview import TreePart
from mailward.message.preview import preview as made_harmless


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What the console shows. `html` is a safe page (empty if the mail has none), `text` the plain
    reading, `source` the HTML as it came, `headers` the fields decoded, `tree` the MIME parts. `why` is
    set where there is no preview and says why, for people."""

    html: str = ""
    text: str = ""
    source: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    tree: tuple[TreePart, ...] = ()
    blocked_images: int = 0
    limits: tuple[str, ...] = ()
    why: str = ""


def show(raw: bytes) -> Preview:
    """The preview of a mail, or the words why there is none. Never raises an `Exception`."""
    try:
        safe = made_harmless(parse(raw))
    except Exception as error:  # noqa: BLE001 - it is said
        return Preview(why=f"this mail cannot be shown ({type(error).__name__})")
    return Preview(
        html=safe.html,
        text=safe.text,
        source=safe.source,
        headers=safe.headers,
        tree=safe.parts,
        blocked_images=safe.blocked_images,
        limits=safe.limits,
    )
