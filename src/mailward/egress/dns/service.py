# SPDX-License-Identifier: Apache-2.0
"""The door to DNS: each question names its feature, is asked once however many wait for it, and ends in time."""

import asyncio
import ipaddress
import time
from collections.abc import Callable
from typing import cast

import msgspec

from mailward.contract.dns import DnsTrouble, MailExchange, Secured, Tlsa
from mailward.egress.dns.answer import Answer, Source, Value, plain
from mailward.egress.dns.cache import Cache
from mailward.egress.dns.network import Network, Server, system_servers
from mailward.egress.dns.zone import Zone

QUESTION_SECONDS = 6.0
"""The longest that one question may take: all servers, retries, TCP and aliases together."""
MAX_ALIASES = 8
MAX_IN_FLIGHT = 2000

Witness = Callable[[str, str, str], None]
"""Told (feature, name, kind) of each question that leaves; what it raises stops the question."""

__all__ = ["Dns", "FeatureResolver", "Network", "Server", "Witness", "Zone", "system_servers"]


class Dns:
    """Questions for all features over one source, with one cache.

    `on_question` is called for each question that leaves, never for what the cache knew.
    """

    def __init__(
        self,
        source: Source,
        *,
        on_question: Witness | None = None,
        clock: Callable[[], float] = time.monotonic,
        question_seconds: float = QUESTION_SECONDS,
    ) -> None:
        self._source = source
        self._witness = on_question
        self._cache = Cache(clock=clock)
        self._question_seconds = question_seconds
        self._asking: dict[tuple[str, str], asyncio.Task[Answer]] = {}

    def for_feature(self, feature: str) -> "FeatureResolver":
        """The resolver that the feature of this name is handed."""
        return FeatureResolver(self, feature)

    async def close(self) -> None:
        """Stop asking, and close what is open."""
        for task in tuple(self._asking.values()):
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
        await self._source.close()

    def known(self, name: str, kind: str) -> Answer | None:
        """The fresh answer in the cache, if there is one. Raises remembered `DnsTrouble`."""
        known = self._cache.get((name, kind))
        if isinstance(known, DnsTrouble):
            raise DnsTrouble(str(known))
        return known

    async def ask(self, feature: str, name: str, kind: str) -> Answer:
        """The answer for a plain name, with aliases followed. Raises `DnsTrouble`."""
        answer = self.known(name, kind)
        if answer is not None and not answer.alias:
            return answer
        try:
            async with asyncio.timeout(self._question_seconds):
                return await self._follow(feature, name, kind)
        except TimeoutError as error:
            raise DnsTrouble(f"no answer about {name}") from error

    async def _follow(self, feature: str, name: str, kind: str) -> Answer:
        secure = True
        for _ in range(MAX_ALIASES + 1):
            answer = self.known(name, kind) or await self._join(feature, name, kind)
            secure = secure and answer.secure
            if not answer.alias:
                return answer if answer.secure == secure else msgspec.structs.replace(answer, secure=secure)
            name = plain(answer.alias)
            if not name:
                return Answer(exists=False)
        raise DnsTrouble(f"too many aliases up to {name}")

    async def _join(self, feature: str, name: str, kind: str) -> Answer:
        """Wait for the one task that asks this question, starting it if there is none."""
        key = (name, kind)
        task = self._asking.get(key)
        if task is None:
            if len(self._asking) >= MAX_IN_FLIGHT:
                raise DnsTrouble("too many questions at once")
            if self._witness is not None:
                self._witness(feature, name, kind)
            task = self._asking[key] = asyncio.create_task(self._fetch(key))
            task.add_done_callback(lambda done: self._asked(key, done))
        return await asyncio.shield(task)

    def _asked(self, key: tuple[str, str], task: asyncio.Task[Answer]) -> None:
        self._asking.pop(key, None)
        if not task.cancelled():
            task.exception()  # seen, even if everybody who waited has gone

    async def _fetch(self, key: tuple[str, str]) -> Answer:
        try:
            async with asyncio.timeout(self._question_seconds):
                answer = await self._source.fetch(*key)
        except DnsTrouble as trouble:
            self._cache.put(key, trouble)
            raise
        except TimeoutError as error:
            late = DnsTrouble(f"no answer about {key[0]}")
            self._cache.put(key, late)
            raise late from error
        self._cache.put(key, answer)
        return answer


class FeatureResolver:
    """`contract.dns.Resolver` in the name of one feature."""

    def __init__(self, dns: Dns, feature: str) -> None:
        self._dns = dns
        self.feature = feature

    async def txt(self, name: str) -> tuple[bytes, ...]:
        """The TXT records, the strings of each joined."""
        return cast("tuple[bytes, ...]", await self._values(name, "TXT"))

    async def a(self, name: str) -> tuple[str, ...]:
        """The IPv4 addresses."""
        return cast("tuple[str, ...]", await self._values(name, "A"))

    async def aaaa(self, name: str) -> tuple[str, ...]:
        """The IPv6 addresses."""
        return cast("tuple[str, ...]", await self._values(name, "AAAA"))

    async def mx(self, name: str) -> tuple[MailExchange, ...]:
        """The mail exchanges, best first."""
        return tuple(sorted(cast("tuple[MailExchange, ...]", await self._values(name, "MX"))))

    async def tlsa(self, name: str) -> Secured:
        """The TLSA records, and whether DNSSEC vouches for the answer."""
        name = plain(name)
        if not name:
            return Secured()
        answer = await self._dns.ask(self.feature, name, "TLSA")
        return Secured(cast("tuple[Tlsa, ...]", answer.values), answer.secure)

    async def is_secure(self, name: str, kind: str) -> bool:
        """Whether DNSSEC vouches for the answer of this kind."""
        name = plain(name)
        return bool(name) and (await self._dns.ask(self.feature, name, kind)).secure

    async def ptr(self, address: str) -> tuple[str, ...]:
        """The names that an address claims."""
        name = ipaddress.ip_address(address).reverse_pointer
        return cast("tuple[str, ...]", await self._values(name, "PTR"))

    async def exists(self, name: str) -> bool:
        """Whether the name exists at all."""
        name = plain(name)
        return bool(name) and (await self._dns.ask(self.feature, name, "A")).exists

    async def _values(self, name: str, kind: str) -> tuple[Value, ...]:
        name = plain(name)
        if not name:
            return ()
        return (await self._dns.ask(self.feature, name, kind)).values
