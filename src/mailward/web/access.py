# SPDX-License-Identifier: Apache-2.0
"""The guard of every route: a live session, and for changes proof that our own pages ask for them.

A route is open only where it says so (`opt={PUBLIC: True}`); a test walks the router and holds that.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from mailward.control.profile.service import SESSION_COOKIE, Profiles
from mailward.kit.http import PUBLIC, Refusal

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "x-csrf-token"

Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]


def guard_with(profiles: Profiles) -> Guard:
    """The guard that asks these profiles."""

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        changes = connection.scope.get("method", "") not in SAFE_METHODS
        if changes:
            _same_origin(connection)
        if handler.opt.get(PUBLIC):
            return
        session = await profiles.session(connection.cookies.get(SESSION_COOKIE, ""))
        if session is None:
            raise Refusal(401, "sign in first; sessions end after a while without use", kind="not-signed-in")
        if changes and not session.vouches_for(connection.headers.get(CSRF_HEADER, "")):
            raise Refusal(403, "the X-CSRF-Token field must repeat the mailward_csrf cookie", kind="csrf")
        connection.scope["user"] = session.principal

    return guard


def _same_origin(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """Browsers say where a request comes from; programs do not, and need not."""
    origin = connection.headers.get("origin")
    site = connection.headers.get("sec-fetch-site", "same-origin")
    foreign = origin is not None and _authority(origin) != connection.headers.get("host", "").lower()
    if foreign or site not in {"same-origin", "none"}:
        raise Refusal(403, "this request comes from another site", kind="foreign-origin")


def _authority(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
