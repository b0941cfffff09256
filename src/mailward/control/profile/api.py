# SPDX-License-Identifier: Apache-2.0
"""Routes of signing in and out."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
import structlog
from litestar import Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from mailward import __version__
from mailward.contract.principal import Principal
from mailward.control.profile.service import CSRF_COOKIE, LIFE, SESSION_COOKIE, Opened, Profiles, Throttled, TooBusy
from mailward.kit.http import PUBLIC, Refusal, problems

log = structlog.get_logger()

_OVER = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Mailward</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem;\
color-scheme:light dark}</style></head>
<body><h1>This sign-in link is over</h1>
<p>It works once, and for ten minutes. Ask for a new one, or
<a href="/console/">sign in with your password</a>.</p></body></html>
"""


class SignIn(msgspec.Struct, frozen=True):
    """Whoever wants to come in."""

    email: Annotated[str, msgspec.Meta(max_length=1000)]
    password: Annotated[str, msgspec.Meta(max_length=5000, extra_json_schema={"format": "password"})]


class Account(msgspec.Struct, frozen=True):
    """Who is signed in."""

    email: str
    name: str
    role: str


class Organization(msgspec.Struct, frozen=True):
    """For whom."""

    id: UUID
    name: str


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """The session, as the console needs it."""

    account: Account
    organization: Organization
    demo: bool
    version: str


@post("/api/v1/session", operation_id="signIn", status_code=200, responses=problems(400, 403, 429, 503),
      opt={PUBLIC: True}, summary="Sign in")  # fmt: skip
async def sign_in(
    request: Request[Any, Any, Any],
    data: JSONBody[SignIn],
    profiles: NamedDependency[Profiles],
    demo: NamedDependency[bool],
) -> Response[Session]:
    """Two cookies: the session, and the token that every later change carries in `X-CSRF-Token`."""
    client_ip = _client(request)
    try:
        opened = await profiles.sign_in(
            email=data.email, password=data.password, client_ip=client_ip,
            instead_of=request.cookies.get(SESSION_COOKIE, ""),
        )  # fmt: skip
    except Throttled as exc:
        log.warning("profile.sign_in_throttled", client_ip=client_ip)
        raise Refusal(429, "too many attempts; wait a little", kind="throttled", retry_after=exc.seconds) from None
    except TooBusy:
        raise Refusal(503, "too many people sign in at this moment; try again", retry_after=2) from None
    if opened is None:
        log.warning("profile.sign_in_refused", client_ip=client_ip)
        raise Refusal(401, "this address and this password do not belong together", kind="sign-in-refused")
    log.info("profile.signed_in", account_id=str(opened.principal.account_id), client_ip=client_ip)
    return Response(_facts(opened.principal, demo=demo), cookies=_cookies(request, opened))


@get("/api/v1/session", operation_id="readSession", responses=problems(), summary="Who am I", sync_to_thread=False)
def read_session(principal: NamedDependency[Principal], demo: NamedDependency[bool]) -> Session:
    """The session behind the cookie."""
    return _facts(principal, demo=demo)


@delete("/api/v1/session", operation_id="signOut", responses=problems(403), summary="Sign out")
async def sign_out(request: Request[Any, Any, Any], profiles: NamedDependency[Profiles]) -> Response[None]:
    """The session ends, here and everywhere."""
    await profiles.sign_out(request.cookies.get(SESSION_COOKIE, ""))
    gone = [Cookie(key=key, value="", path="/", max_age=0, samesite="strict") for key in (SESSION_COOKIE, CSRF_COOKIE)]
    return Response(None, status_code=204, cookies=gone)


@get("/sign-in/{token:str}", opt={PUBLIC: True}, include_in_schema=False)
async def sign_in_by_link(
    request: Request[Any, Any, Any], profiles: NamedDependency[Profiles], token: FromPath[str]
) -> Response[Any]:
    """A one-time link, as `mailward demo` prints it."""
    client_ip = _client(request)
    opened = await profiles.sign_in_by_link(
        token, client_ip=client_ip, instead_of=request.cookies.get(SESSION_COOKIE, "")
    )
    if opened is None:
        return Response(_OVER, status_code=410, media_type="text/html")
    log.info("profile.signed_in_by_link", account_id=str(opened.principal.account_id), client_ip=client_ip)
    return Response(None, status_code=303, headers={"Location": opened.next_path}, cookies=_cookies(request, opened))


ROUTES: Sequence[Any] = (sign_in, read_session, sign_out, sign_in_by_link)


def _facts(principal: Principal, *, demo: bool) -> Session:
    return Session(
        account=Account(principal.email, principal.name, principal.role),
        organization=Organization(principal.organization_id, principal.organization_name),
        demo=demo,
        version=__version__,
    )


def _cookies(request: Request[Any, Any, Any], opened: Opened) -> list[Cookie]:
    secure = request.url.scheme == "https"
    life = int(LIFE.total_seconds())
    return [
        Cookie(key=key, value=value, path="/", max_age=life, secure=secure, httponly=hidden, samesite="strict")
        for key, value, hidden in ((SESSION_COOKIE, opened.token, True), (CSRF_COOKIE, opened.csrf, False))
    ]


def _client(request: Request[Any, Any, Any]) -> str:
    return request.client.host if request.client else ""
