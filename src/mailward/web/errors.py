# SPDX-License-Identifier: Apache-2.0
"""Every error leaves as a problem (RFC 9457): ours, the framework's, and those nobody expected."""

from typing import Any

import asyncpg
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap
from msgspec import UNSET

from mailward.kit.http import PROBLEM_TYPE, FieldError, Problem, Refusal
from mailward.kit.paging import BadCursor

log = structlog.get_logger()

MAX_ERRORS = 20
MAX_DETAIL = 500
TYPES = "/docs/problems/"

_TITLES = {"search-not-understood": "The search is not understood", "body-gone": "The mail is no longer stored"}
_PHRASES = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    409: "Conflict", 410: "Gone", 413: "Content Too Large", 415: "Unsupported Media Type", 429: "Too Many Requests",
    500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip
_UNAUTHORIZED = 401
_SERVER_ERROR = 500


def handle_refusal(request: Request[Any, Any, Any], exc: Refusal) -> Response[Problem]:
    """A route said no."""
    headers = {"Retry-After": str(exc.retry_after)} if exc.retry_after is not None else {}
    if exc.status == _UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Session"
    return _response(
        request, exc.status, exc.detail, kind=exc.kind, headers=headers,
        position=UNSET if exc.position is None else exc.position, errors=list(exc.errors) or UNSET,
    )  # fmt: skip


def handle_framework(request: Request[Any, Any, Any], exc: HTTPException) -> Response[Problem]:
    """The framework said no: no such route, a method that is not there, a request that does not fit."""
    if exc.status_code >= _SERVER_ERROR:
        return handle_unexpected(request, exc)
    errors = _field_errors(exc.extra)
    detail = "some fields are not as they should be" if errors else exc.detail
    return _response(request, exc.status_code, detail, headers=exc.headers or {}, errors=errors or UNSET)


def handle_unstorable(request: Request[Any, Any, Any], _: asyncpg.DataError) -> Response[Problem]:
    """A text that JSON and URLs can hold and the database cannot: it has a NUL in it."""
    return _response(request, 400, "a text of this request holds a NUL character; leave it out", kind="bad-text")


def handle_bad_cursor(request: Request[Any, Any, Any], exc: BadCursor) -> Response[Problem]:
    """A page that begins nowhere."""
    return _response(request, 400, str(exc), kind="bad-cursor")


def handle_unexpected(request: Request[Any, Any, Any], exc: Exception) -> Response[Problem]:
    """A fault of ours: the log has it, under the id that the answer carries, and the answer says no more."""
    log.error("web.unexpected", path=request.url.path, method=request.method, exc_info=exc)
    return _response(request, _SERVER_ERROR, "something went wrong on our side; the log has it under this request_id")


HANDLERS: ExceptionHandlersMap = {
    Refusal: handle_refusal,
    BadCursor: handle_bad_cursor,
    HTTPException: handle_framework,
    asyncpg.CharacterNotInRepertoireError: handle_unstorable,
    asyncpg.UntranslatableCharacterError: handle_unstorable,
    Exception: handle_unexpected,
}


def _response(
    request: Request[Any, Any, Any], status: int, detail: str, *, kind: str = "", headers: dict[str, str] | None = None,
    errors: Any = UNSET, position: Any = UNSET,
) -> Response[Problem]:  # fmt: skip
    phrase = _PHRASES.get(status, "Error")
    problem = Problem(
        type=TYPES + (kind or phrase.lower().replace(" ", "-")),
        title=_TITLES.get(kind, phrase),
        status=status,
        detail=detail[:MAX_DETAIL],
        request_id=request.scope["state"].get("request_id", ""),
        errors=errors,
        position=position,
    )
    return Response(problem, status_code=status, media_type=PROBLEM_TYPE, headers=headers or {})


def _field_errors(extra: Any) -> list[FieldError]:
    """The framework's list of field errors, as pointers."""
    if not isinstance(extra, list):
        return []
    return [
        FieldError("/" + str(entry.get("key", "")).replace(".", "/"), str(entry.get("message", ""))[:MAX_DETAIL])
        for entry in extra[:MAX_ERRORS]
        if isinstance(entry, dict)
    ]
