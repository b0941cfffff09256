# SPDX-License-Identifier: Apache-2.0
"""The outermost layer: every request gets an id, a Host that we know, and every answer the security headers."""

import secrets
from collections.abc import Awaitable, Callable

import msgspec
import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from mailward.kit.http import PROBLEM_TYPE, Problem

CONSOLE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", CONSOLE_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cache-control", b"no-store"),
)
_UNKNOWN_HOST = (
    421, "unknown-host", "This is not our name", "open the console under the address that was printed at the start",
)  # fmt: skip
_NUL = (400, "bad-text", "Bad Request", "a text of this request holds a NUL character; leave it out")
_HSTS = (b"strict-transport-security", b"max-age=31536000")


class Gate:
    """Wraps the application. `hosts` are names without a port, in lower case; any if empty."""

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope["state"]["request_id"] = request_id
        guarded = _with_headers(send, request_id, https=scope["scheme"] == "https")
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            if self._hosts and _host(scope) not in self._hosts:
                await _refuse(guarded, request_id, *_UNKNOWN_HOST)
            elif b"%00" in scope["query_string"] or "\0" in scope["path"]:
                await _refuse(
                    guarded, request_id, *_NUL
                )  # here, since an answer may be on its way when the database says no
            else:
                await self._app(scope, receive, guarded)


def _with_headers(send: Send, request_id: str, *, https: bool) -> Callable[[Message], Awaitable[None]]:
    """What the route set itself stays; everything else is added."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            present = {name.lower() for name, _ in headers}
            headers += [pair for pair in (*_HEADERS, *([_HSTS] if https else [])) if pair[0] not in present]
            message["headers"] = [*headers, (b"x-request-id", request_id.encode())]
        await send(message)

    return guarded


def _host(scope: Scope) -> str:
    """The host's name, without its port; an IPv6 address keeps its brackets."""
    value = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1").lower()
    name, colon, port = value.rpartition(":")
    return name if colon and port.isdigit() else value


async def _refuse(
    send: Callable[[Message], Awaitable[None]], request_id: str, status: int, kind: str, title: str, detail: str
) -> None:
    problem = Problem(type=f"/docs/problems/{kind}", title=title, status=status, detail=detail, request_id=request_id)
    headers = [(b"content-type", PROBLEM_TYPE.encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": msgspec.json.encode(problem), "more_body": False})
