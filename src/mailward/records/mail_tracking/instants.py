# SPDX-License-Identifier: Apache-2.0
"""Points in time as people write them in a search: "2026-11-24", "2026-11-24T08:00Z", "2d", "today". All in UTC."""

from datetime import UTC, datetime, timedelta

from mailward.records.mail_tracking.grammar import QueryError, Value

_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_MAX_DIGITS = 5
_WAYS = "a date (2026-11-24), a time (2026-11-24T08:00Z), or 90m, 24h, 7d, 4w for that long ago"


def instant(value: Value, *, now: datetime) -> datetime:
    """The moment that `value` names; of a day, its beginning.

    Raises:
        QueryError: it names none.
    """
    text = value.text.lower()
    if text == "now":
        return now
    if text in {"today", "yesterday"}:
        return _midnight(now) - timedelta(days=text == "yesterday")
    span = _span(text)
    if span is not None:
        return now - span
    try:
        at = datetime.fromisoformat(value.text.upper())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise QueryError(f"this is not a time; write {_WAYS}", value.position) from exc


def day(value: Value, *, now: datetime) -> tuple[datetime, datetime]:
    """The day that `value` falls on: its beginning, and the beginning of the next.

    Raises:
        QueryError: it names no time, or a day that has no next.
    """
    start = _midnight(instant(value, now=now))
    try:
        return start, start + timedelta(days=1)
    except OverflowError as exc:
        raise QueryError("this day is too far away", value.position) from exc


def span(value: Value) -> timedelta:
    """A length of time ("24h").

    Raises:
        QueryError: it is none.
    """
    found = _span(value.text.lower())
    if found is None:
        raise QueryError("this is not a length of time; write 90m, 24h, 7d or 4w", value.position)
    return found


def _span(text: str) -> timedelta | None:
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.isascii() or not number.isdigit() or len(number) > _MAX_DIGITS:
        return None
    return int(number) * _UNITS[unit]


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
