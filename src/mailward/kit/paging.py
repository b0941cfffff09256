# SPDX-License-Identifier: Apache-2.0
"""Opaque cursors: a page ends at a row, and the next page begins behind it, however many rows arrive meanwhile."""

import base64
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

Row = TypeVar("Row")

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class Page(msgspec.Struct, Generic[Row]):
    """One page. `next_cursor` is None on the last one."""

    items: list[Row]
    next_cursor: str | None = None


class BadCursor(ValueError):  # noqa: N818 - reads better where it is caught
    """A cursor that this program did not make."""


def encode(identifier: UUID) -> str:
    """The cursor that stands behind the row `identifier`."""
    return base64.urlsafe_b64encode(identifier.bytes).decode().rstrip("=")


def decode(cursor: str) -> UUID:
    """The row behind which the page begins.

    Raises:
        BadCursor: it was altered or made up.
    """
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as exc:
        raise BadCursor("this cursor is not one of ours; start again without it") from exc


def encode_text(text: str) -> str:
    """The cursor that stands behind the row whose key is `text`."""
    return base64.urlsafe_b64encode(text.encode("utf-8", "replace")).decode().rstrip("=")


def decode_text(cursor: str) -> str:
    """The key behind which the page begins.

    Raises:
        BadCursor: it was altered or made up.
    """
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except ValueError as exc:
        raise BadCursor("this cursor is not one of ours; start again without it") from exc
    if "\0" in text:
        raise BadCursor("this cursor is not one of ours; start again without it")
    return text


def order(key: str, *, table: str, descending: bool, place: str) -> tuple[str, str]:
    """In SQL: that a row stands behind the row whose id is the parameter `place` (anywhere if that is null), and
    the order of the rows. `key` is an expression over `table`; "id" sorts by age. All of it is our own words, never a
    user's."""
    sign, direction = ("<", "DESC") if descending else (">", "ASC")
    if key == "id":
        return f"({place}::uuid IS NULL OR id {sign} {place})", f"id {direction}"
    behind = f"({key}, id) {sign} (SELECT {key}, id FROM {table} WHERE id = {place})"  # noqa: S608
    return f"({place}::uuid IS NULL OR {behind})", f"{key} {direction}, id {direction}"
