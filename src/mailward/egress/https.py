# SPDX-License-Identifier: Apache-2.0
"""HTTPS through the door: one request, one answer, no redirects, no surprises.

Addresses that a stranger chose lead here, so nothing is taken for granted: the host is looked up by us, it
must be a public address, the certificate must be good, and the answer has limits of size and time.
"""

import asyncio
import contextlib
import ipaddress
import ssl
from collections.abc import Callable, Sequence
from typing import Annotated
from urllib.parse import urlsplit

import h11
import msgspec

from mailward.contract.data import DataItem
from mailward.contract.dns import DnsTrouble, Resolvers
from mailward.egress.door import Door, Request

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_HEADER = 16 * 1024
MAX_ADDRESSES = 4
"""Addresses of a host that are tried."""
CONNECT_SECONDS = 10.0
PORT = 443
_EXPIRED = 10
_WRONG_NAME = 62
_OK = range(200, 300)


class FetchFailed(Exception):  # noqa: N818 - reads better where it is caught
    """Nothing came that could be used. `failure` is RFC 8460's name for it."""

    def __init__(self, why: str, failure: str = "sts-policy-fetch-error") -> None:
        super().__init__(why)
        self.failure = failure


class StsPolicyFetch(Request, frozen=True, kw_only=True):
    """A request for the MTA-STS policy of a recipient's domain."""

    domain: Annotated[str, DataItem.RECIPIENT_DOMAIN]


class TlsReportUpload(Request, frozen=True, kw_only=True):
    """A report to a recipient's domain on how our sessions with its servers were encrypted (RFC 8460)."""

    domain: Annotated[str, DataItem.RECIPIENT_DOMAIN]
    report: Annotated[bytes, DataItem.RECIPIENT_DOMAIN, DataItem.RECIPIENT_IP, DataItem.ORGANIZATION_NAME]


def is_public(address: str) -> bool:
    """Whether an address belongs to the open Internet: what is asked of every host that a stranger names."""
    ip = ipaddress.ip_address(address)
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_global and not ip.is_multicast


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Whether an address belongs to one of these networks."""
    ip = ipaddress.ip_address(address)
    return any(ip in network for network in networks if network.version == ip.version)


class Https:
    """Requests for all features of one process. `permits` says
    which addresses may be asked; `port` and `trust` are other than usual in tests only."""

    def __init__(
        self, door: Door, resolvers: Resolvers, *, permits: Callable[[str], bool] = is_public,
        port: int = PORT, trust: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        self._door = door
        self._resolvers = resolvers
        self._permits = permits
        self._port = port
        self._trust = trust

    async def get(
        self, feature: str, request: Request, url: str, *, most: int, seconds: float, kind: str = ""
    ) -> bytes:
        """The body of at most `most` octets; `kind` is the media type that it must have.

        Raises:
            FetchFailed, and what the door raises.
        """
        return await self._ask(feature, request, url, b"", [], most, seconds, kind)

    async def post(
        self, feature: str, request: Request, url: str, body: bytes, *, content_type: str, most: int = 4096,
        seconds: float,
    ) -> None:  # fmt: skip
        """Bring a body. Raises as `get`."""
        await self._ask(feature, request, url, body, [("Content-Type", content_type)], most, seconds, "")

    async def _ask(
        self, feature: str, request: Request, url: str, body: bytes, fields: list[tuple[str, str]], most: int,
        seconds: float, kind: str,
    ) -> bytes:  # fmt: skip
        host, target = _split(url)
        self._door.admit(feature, type(request), destination=host, size=len(msgspec.json.encode(request)) + len(body))
        try:
            async with asyncio.timeout(seconds):
                reader, writer = await self._connect(host, await self._addresses(feature, host))
                try:
                    return await _exchange(reader, writer, host, target, body, fields, most, kind)
                finally:
                    writer.close()
        except TimeoutError as exc:
            raise FetchFailed(f"{host} did not answer within {seconds:g} seconds") from exc
        except (OSError, h11.ProtocolError) as exc:
            raise FetchFailed(f"the exchange with {host} failed: {_words(exc)}") from exc

    async def _addresses(self, feature: str, host: str) -> Sequence[str]:
        resolver = self._resolvers(feature)
        try:
            found = (*await resolver.aaaa(host), *await resolver.a(host))
        except DnsTrouble as exc:
            raise FetchFailed(f"{host} cannot be looked up: {exc}") from exc
        if not found:
            raise FetchFailed(f"{host} has no address")
        permitted = [address for address in found if self._permits(address)]
        if not permitted:
            raise FetchFailed(f"{host} has no public address")
        return permitted[:MAX_ADDRESSES]

    async def _connect(self, host: str, addresses: Sequence[str]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        context = self._trust or ssl.create_default_context()
        why: Exception = FetchFailed(f"{host} cannot be reached")
        for address in addresses:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await asyncio.open_connection(
                        address, self._port, ssl=context, server_hostname=host, limit=MAX_HEADER
                    )
            except ssl.SSLCertVerificationError as exc:
                raise FetchFailed(
                    f"the certificate of {host} is not good: {exc.verify_message}", "sts-webpki-invalid"
                ) from exc
            except TimeoutError:
                why = FetchFailed(f"no connection to {host} within {CONNECT_SECONDS:g} seconds")
            except (OSError, ValueError) as exc:
                why = FetchFailed(f"no connection to {host}: {_words(exc)}")
        raise why


def _split(url: str) -> tuple[str, str]:
    """Host and target. Only https, only the usual port, no name or password within."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme == "https" and parts.hostname and parts.port in (None, PORT) and "@" not in parts.netloc
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        raise FetchFailed(f"{url[:100]!r} is no https address that may be asked")
    assert parts.hostname is not None
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.hostname, target


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, target: str, body: bytes,
    fields: list[tuple[str, str]], most: int, kind: str,
) -> bytes:  # fmt: skip
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEADER)
    headers = [("Host", host), ("User-Agent", "Mailward"), ("Connection", "close"), ("Accept-Encoding", "identity")]
    headers += [*fields, ("Content-Length", str(len(body)))] if fields else []
    writer.write(http.send(h11.Request(method="POST" if fields else "GET", target=target, headers=headers)) or b"")
    if body:
        writer.write(http.send(h11.Data(data=body)) or b"")
    writer.write(http.send(h11.EndOfMessage()) or b"")
    await writer.drain()
    received = bytearray()
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(MAX_HEADER))
        elif isinstance(event, h11.Response):
            _look_at(event, host, kind)
        elif isinstance(event, h11.Data):
            received += event.data
            if len(received) > most:
                raise FetchFailed(f"{host} sends more than {most} octets")
        elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            with contextlib.suppress(OSError):
                writer.close()
            return bytes(received)


def _look_at(response: h11.Response, host: str, kind: str) -> None:
    if response.status_code not in _OK:
        raise FetchFailed(f"{host} answers {response.status_code}; redirects are not followed")
    found = next((value for name, value in response.headers if name == b"content-type"), b"")
    if kind and found.partition(b";")[0].strip().lower() != kind.encode():
        raise FetchFailed(f"{host} sends {found[:60]!r} instead of {kind}")


def _words(exc: Exception) -> str:
    return getattr(exc, "strerror", None) or getattr(exc, "reason", None) or type(exc).__name__
