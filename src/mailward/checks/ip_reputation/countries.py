# SPDX-License-Identifier: Apache-2.0
"""The country of an address, read from a file in MaxMind's DB format (version 2.0) that the operator names.

Only look-up is done, of one string below one path, so that this stays a page. The file is mapped, not read.
Every step through it is bounded, so that a broken file costs an answer and nothing else.
"""

import mmap
from functools import lru_cache
from pathlib import Path
from typing import Any

from mailward.checks.ip_reputation.settings import IpReputationSettings
from mailward.checks.ip_reputation.shapes import AddressList
from mailward.kit.networks import Address

_MARK = b"\xab\xcd\xefMaxMind.com"
_MARK_WITHIN = 128 * 1024
_GAP = 16
MAX_DEPTH = 16
MAX_ITEMS = 4096
ADDRESSES_REMEMBERED = 20_000

_POINTER, _STRING, _DOUBLE, _BYTES, _UINT16, _UINT32, _MAP = 1, 2, 3, 4, 5, 6, 7
_INT32, _UINT64, _UINT128, _ARRAY, _BOOLEAN, _FLOAT = 8, 9, 10, 11, 14, 15
_NUMBERS = frozenset({_UINT16, _UINT32, _INT32, _UINT64, _UINT128})
_OPAQUE = frozenset({_DOUBLE, _BYTES, _FLOAT})


class BadCountryFile(ValueError):  # noqa: N818 - reads better where it is caught
    """The file cannot be read. The text says why."""


class Countries:
    """An open file. `country` is cheap enough for every connection."""

    def __init__(self, data: "mmap.mmap | bytes") -> None:
        self._data = data
        start = max(0, len(data) - _MARK_WITHIN)
        mark = data.rfind(_MARK, start)
        if mark < 0:
            raise BadCountryFile("this is no MaxMind DB file")
        self._base = mark + len(_MARK)
        try:
            facts = self._value(self._base)[0]
            self._nodes, self._bits = int(facts["node_count"]), int(facts["record_size"])
            self._version = int(facts["ip_version"])
            self.built = int(facts.get("build_epoch", 0))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as exc:
            raise BadCountryFile("its description cannot be read") from exc
        self._base = self._nodes * self._bits // 4 + _GAP
        if self._bits not in (24, 28, 32) or self._version not in (4, 6) or self._base > mark:
            raise BadCountryFile("its description makes no sense")
        self.country = lru_cache(maxsize=ADDRESSES_REMEMBERED)(self._country)

    @classmethod
    def open(cls, path: Path) -> "Countries":
        """Map the file.

        Raises:
            BadCountryFile
        """
        try:
            with path.open("rb") as file:
                return cls(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except (OSError, ValueError) as exc:
            raise BadCountryFile(f"{path}: {exc}") from exc

    def _country(self, address: Address) -> str:
        """The ISO code ("NL"), or "" where the file knows none or is broken there."""
        try:
            place = self._find(address)
            record = self._value(place)[0] if place else None
        except (IndexError, BadCountryFile, UnicodeDecodeError):
            return ""
        for key in ("country", "registered_country"):
            found = record.get(key) if isinstance(record, dict) else None
            if isinstance(found, dict) and isinstance(found.get("iso_code"), str):
                return str(found["iso_code"]).upper()
        return ""

    def _find(self, address: Address) -> int:
        """Where the record of the address lies, or 0."""
        length = address.max_prefixlen
        if length > 32 and self._version == 4:  # noqa: PLR2004 - bits of IPv4
            return 0
        number, node = int(address), 0
        if length == 32 and self._version == 6:  # noqa: PLR2004 - IPv4 stands at ::/96
            length = 128
        for place in range(length - 1, -1, -1):
            node = self._record(node, number >> place & 1)
            if node >= self._nodes:
                break
        return 0 if node <= self._nodes else self._base + node - self._nodes - _GAP

    def _record(self, node: int, right: int) -> int:
        """One half of a node of the search tree."""
        size = self._bits // 4
        data = self._data[node * size : (node + 1) * size]
        if len(data) < size:
            raise IndexError
        if self._bits == 28:  # noqa: PLR2004 - the middle byte is shared
            high = data[3] & 0x0F if right else data[3] >> 4
            return high << 24 | int.from_bytes(data[4:7] if right else data[:3], "big")
        half = size // 2
        return int.from_bytes(data[half:] if right else data[:half], "big")

    def _value(self, at: int, depth: int = 0) -> tuple[Any, int]:
        """The value at a place, and the place behind it."""
        if depth > MAX_DEPTH:
            raise BadCountryFile("it is nested too deeply")
        control = self._data[at]
        at += 1
        kind = control >> 5
        if kind == _POINTER:
            return self._pointed(control, at, depth)
        if kind == 0:
            kind = self._data[at] + 7
            at += 1
        size = control & 0x1F
        if size > 28:  # noqa: PLR2004 - sizes from 29 on need more bytes
            more = size - 28
            size = (29, 285, 65821)[more - 1] + int.from_bytes(self._data[at : at + more], "big")
            at += more
        if kind in (_MAP, _ARRAY):
            return self._collection(kind, size, at, depth)
        if kind == _BOOLEAN:
            return bool(size), at
        data = self._data[at : at + size]
        if kind == _STRING:
            return data.decode(), at + size
        if kind in _NUMBERS:
            return int.from_bytes(data, "big"), at + size
        if kind in _OPAQUE:
            return None, at + size
        raise BadCountryFile(f"it holds a value of kind {kind}")

    def _pointed(self, control: int, at: int, depth: int) -> tuple[Any, int]:
        more = (control >> 3 & 3) + 1
        number = int.from_bytes(self._data[at : at + more], "big")
        if more < 4:  # noqa: PLR2004 - the longest form stands alone
            number += (control & 7) << 8 * more
            number += (0, 2048, 526336)[more - 1]
        return self._value(self._base + number, depth + 1)[0], at + more

    def _collection(self, kind: int, size: int, at: int, depth: int) -> tuple[Any, int]:
        if size > MAX_ITEMS:
            raise BadCountryFile("it holds a value with too many parts")
        if kind == _ARRAY:
            items = []
            for _ in range(size):
                item, at = self._value(at, depth + 1)
                items.append(item)
            return items, at
        found = {}
        for _ in range(size):
            key, at = self._value(at, depth + 1)
            found[str(key)], at = self._value(at, depth + 1)
        return found, at


def by_country(settings: IpReputationSettings, country: str) -> AddressList | None:
    """What the settings say of a country; nothing of one that is not known (""), or not named."""
    if not country:
        return None
    if country in settings.approved_countries:
        return AddressList.APPROVED
    if not settings.blocked_countries or (country in settings.blocked_countries) is settings.block_all_except:
        return None
    return AddressList.BLOCKED
