# SPDX-License-Identifier: Apache-2.0
"""DNS lists (RFC 5782), asked with distrust: only a good answer of a list that just passed its test counts.

A list is tested at the start and every so often: it must list its test entry and must not list another. One
that fails, reports an error (127.255.255.x) or falls silent is not asked until it passes again.
"""

import asyncio
import contextlib
import ipaddress
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import lru_cache
from typing import Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

import msgspec
import structlog

from mailward.contract.dns import DnsTrouble, Resolver
from mailward.egress.door import ON_BEHALF_OF, SwitchedOff

log = structlog.get_logger()

LIST_SECONDS = 3.0
"""A list that takes longer has no opinion."""
TEST_EVERY = 600.0
MAX_SILENCES = 5
"""Questions without an answer, one after another, after which a list is out until its next test."""

_NEVER_LISTED = ipaddress.ip_address("127.0.0.1")
_LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
_ERRORS = ipaddress.ip_network("127.255.255.0/24")


class DnsListEntry(Protocol):
    """What an organization says of a list: the name behind the question, and the answers that mean "listed"."""

    @property
    def zone(self) -> str: ...  # noqa: D102

    @property
    def codes(self) -> tuple[str, ...]: ...  # noqa: D102


Entry = TypeVar("Entry", bound=DnsListEntry)


class Probe(NamedTuple):
    """What a sound list answers about: it lists `listed` and never `unlisted`. Each is what stands before the zone,
    and how people call it."""

    listed: str
    listed_shown: str
    unlisted: str
    unlisted_shown: str


class Health(msgspec.Struct, frozen=True):
    """How a list is; `why` is empty if it is well."""

    zone: str
    why: str = ""


class Listing(msgspec.Struct, Generic[Entry], frozen=True):
    """What was asked about is on this list."""

    by: Entry
    code: str


Wanted = Callable[[], Iterable[tuple[Entry, tuple[UUID, ...]]]]
"""The lists that are switched on somewhere, each with the organizations on whose behalf it is tested."""

Record = Callable[[Mapping[UUID, Mapping[str, str]]], Awaitable[None]]
"""Told how each organization's lists are (zone and what is wrong, "" if nothing), whenever that changed."""


class DnsLists(Generic[Entry]):
    """The lists of all organizations of this process. `probe` says how a list is tested."""

    def __init__(self, resolver: Resolver, wanted: "Wanted[Entry]", probe: Callable[[Entry], Probe]) -> None:
        self._resolver = resolver
        self._probe = probe
        self._wanted = wanted
        self._state: dict[Entry, str] = {}
        self._silences: dict[Entry, int] = {}
        self._organizations: dict[Entry, tuple[UUID, ...]] = {}
        self._untested = False
        self._wake = asyncio.Event()

    @property
    def health(self) -> tuple[Health, ...]:
        """Of every list that was tested."""
        return tuple(Health(entry.zone, why) for entry, why in self._state.items())

    def unwell(self, lists: Iterable[Entry]) -> tuple[str, ...]:
        """The zones of those that cannot be asked now."""
        return tuple(entry.zone for entry in lists if self._state.get(entry, "not tested yet"))

    async def first(self, subject: str, lists: Iterable[Entry]) -> Listing[Entry] | None:
        """The first of `lists`, in their order, that lists the name. Asked side by side."""
        asked = [entry for entry in lists if self._is_well(entry)]
        if not asked:
            return None
        answers = await asyncio.gather(*(self._ask(entry, subject) for entry in asked))
        return next((Listing(entry, code) for entry, code in zip(asked, answers, strict=True) if code), None)

    async def run(self, record: Record) -> None:
        """Test all lists now, every `TEST_EVERY` seconds, and when a new one appears; until cancelled."""
        due = 0.0
        while True:
            if self._untested or time.monotonic() >= due:
                await self.test()
                due = time.monotonic() + TEST_EVERY
            await record(self._by_organization())
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), max(1.0, due - time.monotonic()))

    async def test(self) -> None:
        """Test every list that is wanted, and forget the others."""
        wanted = list(self._wanted())
        verdicts = await asyncio.gather(*(self._test(entry, organizations) for entry, organizations in wanted))
        state = {entry: why for (entry, _), why in zip(wanted, verdicts, strict=True)}
        for entry, why in state.items():
            if why and self._state.get(entry) != why:
                log.warning("dns_list.disabled", zone=entry.zone, why=why)
            elif not why and self._state.get(entry):
                log.info("dns_list.enabled", zone=entry.zone)
        self._state, self._organizations = state, dict(wanted)
        self._silences.clear()
        self._untested = False  # what came up meanwhile and is still not there will be missed again

    def _is_well(self, entry: Entry) -> bool:
        if entry not in self._state:
            self._untested = True
            self._wake.set()
            return False
        return not self._state[entry]

    async def _ask(self, entry: Entry, subject: str) -> str:
        """The code that means "listed", or nothing."""
        try:
            async with asyncio.timeout(LIST_SECONDS):
                codes = await self._resolver.a(f"{subject}.{entry.zone}")
        except (DnsTrouble, TimeoutError):
            self._silences[entry] = self._silences.get(entry, 0) + 1
            if self._silences[entry] >= MAX_SILENCES:
                self._disable(entry, f"it did not answer {MAX_SILENCES} times in a row")
            return ""
        except SwitchedOff:
            return ""
        self._silences.pop(entry, None)
        if trouble := _trouble(codes):
            self._disable(entry, trouble)
            return ""
        return next((code for code in codes if _means_listed(entry.codes, code)), "")

    def _disable(self, entry: Entry, why: str) -> None:
        if not self._state.get(entry):
            log.warning("dns_list.disabled", zone=entry.zone, why=why)
            self._wake.set()
        self._state[entry] = why

    def _by_organization(self) -> dict[UUID, dict[str, str]]:
        found: dict[UUID, dict[str, str]] = {}
        for entry, organizations in self._organizations.items():
            for organization in organizations:
                found.setdefault(organization, {})[entry.zone] = self._state.get(entry, "")
        return found

    async def _test(self, entry: Entry, organizations: tuple[UUID, ...]) -> str:
        """What is wrong with a list; "" if nothing."""
        ON_BEHALF_OF.set(organizations)
        probe = self._probe(entry)
        try:
            async with asyncio.timeout(2 * LIST_SECONDS):
                listed = await self._resolver.a(f"{probe.listed}.{entry.zone}")
                other = await self._resolver.a(f"{probe.unlisted}.{entry.zone}")
        except (DnsTrouble, TimeoutError):
            return "it does not answer"
        except SwitchedOff:
            return "it was switched off"
        if trouble := _trouble(listed) or _trouble(other):
            return trouble
        if other:
            return f"it lists {probe.unlisted_shown} ({other[0]}): it lists everybody, or somebody answers in its place"
        if not any(_means_listed(entry.codes, code) for code in listed):
            return (
                f"it does not list its test entry {probe.listed_shown}"
                f" ({', '.join(listed) or 'no such name'}): it may be closed"
            )
        return ""


def _trouble(codes: Iterable[str]) -> str:
    """An answer that no sound list gives."""
    for code in codes:
        address = ipaddress.ip_address(code)
        if address in _ERRORS:
            return (
                f"it reports an error ({code}); public name servers are often refused: ask from a resolver of your own"
            )
        if address not in _LOOPBACK:
            return f"it answers {code}, which no list does: somebody answers in its place"
    return ""


def _means_listed(codes: tuple[str, ...], code: str) -> bool:
    number = int(ipaddress.ip_address(code))
    return number != int(_NEVER_LISTED) and any(low <= number <= high for low, high in _ranges(codes))


@lru_cache(maxsize=1000)
def _ranges(codes: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """Addresses, ranges and networks as pairs of numbers. What cannot be read matches nothing."""
    found = []
    for code in codes:
        try:
            if "/" in code:
                network = ipaddress.ip_network(code, strict=False)
                found.append((int(network[0]), int(network[-1])))
            else:
                low, _, high = code.partition("-")
                found.append((int(ipaddress.ip_address(low)), int(ipaddress.ip_address(high or low))))
        except ValueError:
            continue
    return tuple(found)
