# SPDX-License-Identifier: Apache-2.0
"""Who may use the console: accounts, signing in, sessions, and links that sign in once.

A session is a random token of 256 bits; the database knows only its SHA-256. It ends `IDLE` after its last
use, `LIFE` after it began, and at once when somebody signs out.
"""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec

from mailward.contract.principal import Principal
from mailward.control.profile import store
from mailward.control.profile.passwords import BadPassword, Passwords, TooBusy
from mailward.kit.clock import Clock
from mailward.kit.database import Database, savepoint
from mailward.kit.ids import new_id
from mailward.kit.throttle import Buckets

__all__ = [
    "AccountExists", "BadPassword", "Opened", "Passwords", "Profiles", "Session", "Throttled", "TooBusy",
    "administrators", "create_account",
]  # fmt: skip

IDLE = timedelta(minutes=30)
LIFE = timedelta(hours=12)
LINK_LIFE = timedelta(minutes=10)
TOUCH_EVERY = timedelta(minutes=1)
"""A use of a session is written down once in this time, not at each request."""

ADMINISTRATOR = "administrator"
SESSION_COOKIE = "mailward_session"
CSRF_COOKIE = "mailward_csrf"
HOME = "/console/"
MAX_TOKEN = 100
MIN_EMAIL = 3
MAX_EMAIL = 320
MAX_NAME = 200
MAX_PATH = 500


class AccountExists(ValueError):  # noqa: N818 - reads better where it is caught
    """There is an account with this address already."""


class Throttled(Exception):  # noqa: N818 - reads better where it is caught
    """Too many attempts; `seconds` until the next one."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A session that was just opened: the only moment at which its secrets are known."""

    token: str
    csrf: str
    principal: Principal
    next_path: str = HOME


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session that is alive."""

    token: str
    principal: Principal
    csrf_hash: bytes

    def vouches_for(self, csrf: str) -> bool:
        """Whether a request that carries `csrf` comes from our own pages."""
        return hmac.compare_digest(_hash(csrf), self.csrf_hash)


async def create_account(
    connection: asyncpg.Connection, organization: UUID, *, email: str, password: str, at: datetime, name: str = "",
    role: str = ADMINISTRATOR, passwords: Passwords | None = None,
) -> UUID:  # fmt: skip
    """A new account in the organization that the connection is scoped to; its id.

    Raises:
        BadPassword, AccountExists
        ValueError: this is no e-mail address.
    """
    email = email.strip().lower()
    if not MIN_EMAIL <= len(email) <= MAX_EMAIL or email.count("@") != 1 or not email.isprintable() or " " in email:
        raise ValueError(f"{email[:MAX_EMAIL]!r} is not an e-mail address")
    account = Principal(
        account_id=new_id(at), organization_id=organization, organization_name="", email=email,
        name=(name or email.partition("@")[0])[:MAX_NAME], role=role,
    )  # fmt: skip
    password_hash = await (passwords or Passwords()).hash(password)
    try:
        async with savepoint(connection):
            await store.insert_account(connection, account, password_hash=password_hash, at=at)
    except asyncpg.UniqueViolationError as exc:
        raise AccountExists(f"there is an account for {email} already") from exc
    return account.account_id


async def administrators(connection: asyncpg.Connection) -> list[str]:
    """The addresses of the administrators of the organization that the connection is scoped to."""
    return await store.addresses(connection, ADMINISTRATOR)


class Profiles:
    """The accounts of all organizations."""

    def __init__(self, database: Database, clock: Clock, passwords: Passwords) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._by_account = Buckets(clock, size=20, seconds=15)
        self._by_address = Buckets(clock, size=40, seconds=5)

    async def set_password(self, organization: UUID, account: UUID, password: str) -> None:
        """Another password; every session of the account ends. Raises BadPassword."""
        password_hash = await self._passwords.hash(password)
        async with self._database.scoped(organization) as connection:
            await store.set_password_hash(connection, account, password_hash)
            await store.delete_sessions_of(connection, account)

    async def sign_in(self, *, email: str, password: str, client_ip: str, instead_of: str = "") -> Opened | None:
        """A new session, or None; the session `instead_of` ends.

        Raises:
            Throttled, TooBusy
        """
        email = email.strip().lower()[:MAX_EMAIL]
        wait = max(self._by_account.take(email), self._by_address.take(client_ip))
        if wait:
            raise Throttled(wait)
        async with self._database.unscoped() as connection:
            found = await store.account_by_email(connection, email) if _storable(email) else None
        if not await self._passwords.verify(found[2] if found else None, password) or found is None:
            return None
        self._by_account.forgive(email)
        self._by_address.forgive(client_ip)
        organization, account, stored = found
        if self._passwords.outdated(stored):
            renewed = await self._passwords.hash(password)
            async with self._database.scoped(organization) as connection:
                await store.set_password_hash(connection, account, renewed)
        await self.sign_out(instead_of)
        return await self._open(organization, account, client_ip)

    async def make_link(self, organization: UUID, account: UUID, *, next_path: str = HOME) -> str:
        """The path of a link that signs in once, within `LINK_LIFE`; it leads to `next_path` on the console.

        Raises:
            ValueError: `next_path` leads somewhere else.
        """
        if not next_path.startswith(HOME) or len(next_path) > MAX_PATH or not _plain(next_path):
            raise ValueError(f"a sign-in link leads to a page below {HOME}")
        token = secrets.token_urlsafe(32)
        at = self._clock.now()
        async with self._database.scoped(organization) as connection:
            await store.insert_link(
                connection, organization, account, token_hash=_hash(token), next_path=next_path, at=at,
                expires_at=at + LINK_LIFE,
            )  # fmt: skip
        return f"/sign-in/{token}"

    async def sign_in_by_link(self, token: str, *, client_ip: str, instead_of: str = "") -> Opened | None:
        """A new session, once per link; None when the link is used up, too old or not ours."""
        if len(token) > MAX_TOKEN:
            return None
        token_hash = _hash(token)
        async with self._database.unscoped() as connection:
            organization = await store.link_owner(connection, token_hash)
        if organization is None:
            return None
        async with self._database.scoped(organization) as connection:
            used = await store.use_link(connection, token_hash, at=self._clock.now())
        if used is None:
            return None
        account, next_path = used
        await self.sign_out(instead_of)
        opened = await self._open(organization, account, client_ip)
        return msgspec.structs.replace(opened, next_path=next_path) if opened else None

    async def session(self, token: str, *, use: bool = True) -> Session | None:
        """The session behind a token, if it is alive; `use` keeps it from going idle."""
        if not 0 < len(token) <= MAX_TOKEN:
            return None
        token_hash, at = _hash(token), self._clock.now()
        async with self._database.unscoped() as connection:
            organization = await store.session_owner(connection, token_hash)
        if organization is None:
            return None
        async with self._database.scoped(organization) as connection:
            found = await store.session(connection, token_hash, at=at, idle_since=at - IDLE)
            if found is None:
                return None
            principal, csrf_hash, used_at = found
            if use and at - used_at >= TOUCH_EVERY:
                await store.touch_session(connection, token_hash, at=at)
        return Session(token=token, principal=principal, csrf_hash=csrf_hash)

    def watch(self, token: str) -> Callable[[], Awaitable[bool]]:
        """A question to ask again and again: is the session still alive? Asking does not keep it alive."""

        async def still_alive() -> bool:
            return await self.session(token, use=False) is not None

        return still_alive

    async def sign_out(self, token: str) -> None:
        """End a session; one that does not exist is no error."""
        if not 0 < len(token) <= MAX_TOKEN:
            return
        async with self._database.unscoped() as connection:
            organization = await store.session_owner(connection, _hash(token))
        if organization is not None:
            async with self._database.scoped(organization) as connection:
                await store.delete_session(connection, _hash(token))

    async def _open(self, organization: UUID, account: UUID, client_ip: str) -> Opened | None:
        token, csrf, at = secrets.token_urlsafe(32), secrets.token_urlsafe(32), self._clock.now()
        async with self._database.scoped(organization) as connection:
            principal = await store.principal(connection, account)
            if principal is None:
                return None
            await store.insert_session(
                connection, organization, account, token_hash=_hash(token), csrf_hash=_hash(csrf),
                client_ip=client_ip, at=at, expires_at=at + LIFE,
            )  # fmt: skip
        return Opened(token=token, csrf=csrf, principal=principal)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _storable(text: str) -> bool:
    """PostgreSQL's text has no NUL and no half characters."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _plain(path: str) -> bool:
    return path.isascii() and path.isprintable() and "\\" not in path and "//" not in path
