# SPDX-License-Identifier: Apache-2.0
"""Accounts, sessions and links in the database. Only hashes of secrets come here.

The functions without a scope find out which organization something belongs to; everything else runs
inside that organization.
"""

from datetime import datetime
from uuid import UUID

import asyncpg

from mailward.contract.principal import Principal


async def account_by_email(connection: asyncpg.Connection, email: str) -> tuple[UUID, UUID, str] | None:
    """(organization, account, password hash), looked up across organizations."""
    row = await connection.fetchrow("SELECT * FROM account_by_email($1)", email)
    return (row["organization_id"], row["id"], row["password_hash"]) if row else None


async def session_owner(connection: asyncpg.Connection, token_hash: bytes) -> UUID | None:
    """The organization that a session belongs to."""
    row = await connection.fetchrow("SELECT * FROM session_by_token($1)", token_hash)
    return row["organization_id"] if row else None


async def link_owner(connection: asyncpg.Connection, token_hash: bytes) -> UUID | None:
    """The organization that a one-time link belongs to."""
    row = await connection.fetchrow("SELECT * FROM sign_in_link_by_token($1)", token_hash)
    return row["organization_id"] if row else None


async def insert_account(
    connection: asyncpg.Connection, principal: Principal, *, password_hash: str, at: datetime
) -> None:
    """A new account. Raises asyncpg.UniqueViolationError where the address is taken."""
    await connection.execute(
        "INSERT INTO accounts (organization_id, id, email, name, role, password_hash, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        principal.organization_id, principal.account_id, principal.email, principal.name, principal.role,
        password_hash, at,
    )  # fmt: skip


async def addresses(connection: asyncpg.Connection, role: str) -> list[str]:
    """The addresses of the organization's accounts with this role, oldest first."""
    rows = await connection.fetch("SELECT email FROM accounts WHERE role = $1 ORDER BY id", role)
    return [row["email"] for row in rows]


async def set_password_hash(connection: asyncpg.Connection, account: UUID, password_hash: str) -> None:
    """Another hash for an account."""
    await connection.execute("UPDATE accounts SET password_hash = $2 WHERE id = $1", account, password_hash)


async def principal(connection: asyncpg.Connection, account: UUID) -> Principal | None:
    """The account and its organization."""
    row = await connection.fetchrow(f"{_PRINCIPAL} WHERE a.id = $1", account)
    return Principal(**row) if row else None


async def insert_session(
    connection: asyncpg.Connection, organization: UUID, account: UUID, *, token_hash: bytes, csrf_hash: bytes,
    client_ip: str, at: datetime, expires_at: datetime,
) -> None:  # fmt: skip
    """A new session; expired ones of the organization go on this occasion."""
    await connection.execute("DELETE FROM sessions WHERE expires_at < $1", at)
    await connection.execute(
        "INSERT INTO sessions (organization_id, token_hash, account_id, csrf_hash, client_ip, created_at, used_at,"
        " expires_at) VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
        organization, token_hash, account, csrf_hash, client_ip, at, expires_at,
    )  # fmt: skip


async def session(
    connection: asyncpg.Connection, token_hash: bytes, *, at: datetime, idle_since: datetime
) -> tuple[Principal, bytes, datetime] | None:
    """(who, CSRF hash, when it was last used) of a session that is alive at `at`."""
    row = await connection.fetchrow(
        f"{_PRINCIPAL_OF_SESSION} WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.used_at > $3",
        token_hash, at, idle_since,
    )  # fmt: skip
    if row is None:
        return None
    facts = dict(row)
    csrf_hash, used_at = facts.pop("csrf_hash"), facts.pop("used_at")
    return Principal(**facts), csrf_hash, used_at


async def touch_session(connection: asyncpg.Connection, token_hash: bytes, *, at: datetime) -> None:
    """The session was used."""
    await connection.execute("UPDATE sessions SET used_at = $2 WHERE token_hash = $1", token_hash, at)


async def delete_session(connection: asyncpg.Connection, token_hash: bytes) -> None:
    """The session is over."""
    await connection.execute("DELETE FROM sessions WHERE token_hash = $1", token_hash)


async def delete_sessions_of(connection: asyncpg.Connection, account: UUID) -> None:
    """All sessions of an account are over."""
    await connection.execute("DELETE FROM sessions WHERE account_id = $1", account)


async def insert_link(
    connection: asyncpg.Connection, organization: UUID, account: UUID, *, token_hash: bytes, next_path: str,
    at: datetime, expires_at: datetime,
) -> None:  # fmt: skip
    """A new one-time link; expired ones of the organization go on this occasion."""
    await connection.execute("DELETE FROM sign_in_links WHERE expires_at < $1", at)
    await connection.execute(
        "INSERT INTO sign_in_links (organization_id, token_hash, account_id, next_path, expires_at)"
        " VALUES ($1, $2, $3, $4, $5)",
        organization, token_hash, account, next_path, expires_at,
    )  # fmt: skip


async def use_link(connection: asyncpg.Connection, token_hash: bytes, *, at: datetime) -> tuple[UUID, str] | None:
    """(account, next path) of a link, once; None when it was used before or is too old."""
    row = await connection.fetchrow(
        "DELETE FROM sign_in_links WHERE token_hash = $1 RETURNING account_id, next_path, expires_at", token_hash
    )
    return (row["account_id"], row["next_path"]) if row and row["expires_at"] > at else None


_COLUMNS = "a.id AS account_id, a.organization_id, o.name AS organization_name, a.email, a.name, a.role"
_JOIN = "JOIN organizations o ON o.organization_id = a.organization_id"
_PRINCIPAL = f"SELECT {_COLUMNS} FROM accounts a {_JOIN}"  # noqa: S608 - constant text
_PRINCIPAL_OF_SESSION = (
    f"SELECT {_COLUMNS}, s.csrf_hash, s.used_at FROM sessions s"  # noqa: S608 - constant text
    f" JOIN accounts a ON a.organization_id = s.organization_id AND a.id = s.account_id {_JOIN}"
)
