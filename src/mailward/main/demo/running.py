# SPDX-License-Identifier: Apache-2.0
"""`mailward demo`: a whole node with an organization to protect, a server behind it, and mail that arrives."""

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path

import msgspec

from mailward.checks.authentication.service import AuthenticationRulebook
from mailward.control.directory_import.service import ValidRecipient
from mailward.control.profile.service import Passwords, Profiles
from mailward.control.provisioning import service as provisioning
from mailward.egress.dns.answer import Source
from mailward.egress.dns.zone import Zone
from mailward.main.configuration import Configuration
from mailward.main.demo import organization
from mailward.main.demo.arrivals import Arrival, arrive
from mailward.main.demo.dmarc import bring_reports
from mailward.main.demo.index import SHOWPIECE, showpiece
from mailward.main.demo.keys import SenderKeys
from mailward.main.demo.protected_server import ProtectedServer
from mailward.main.demo.zone import zone
from mailward.main.initialize import NewOrganization, create_organization
from mailward.main.node import open_node
from mailward.policy import store as policy

ADMINISTRATOR = "admin@example.test"
MAIL_EXCHANGES = ("mx.example.test",)
"""What the canned DNS calls this gateway."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo remembers between two starts."""

    password: str
    protected_port: int = 0

    @classmethod
    def kept(cls, folder: Path) -> "State":
        """The state of this data folder; a fresh password the first time."""
        path = folder / "state.json"
        if path.exists():
            return msgspec.json.decode(path.read_bytes(), type=cls)
        return cls(password=secrets.token_urlsafe(12))

    def keep(self, folder: Path) -> None:
        """Remember it, for the owner's eyes only."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / "state.json"
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.encode(self))


def canned_dns(keys: SenderKeys) -> Callable[[Configuration], Source]:
    """Answers from the demo's zone; nothing leaves."""
    return lambda _: Zone.from_text(zone(keys))


def keep_protected_server(folder: Path, port: int, ready: Callable[[], None]) -> None:
    """The life of the built-in mail server's process."""

    async def live() -> None:
        server = ProtectedServer(folder / "protected", port=port)
        await server.start()
        ready()
        await asyncio.Event().wait()

    asyncio.run(live())


async def prepare(configuration: Configuration, url: str, state: State) -> None:
    """Make the organization if it is not there, and point its domain at the built-in server."""
    async with open_node(configuration, url) as node:
        organizations = await provisioning.every(node.database)
        if not organizations:
            made = await create_organization(node, _new_organization(state))
            rulebook = AuthenticationRulebook(node.database, node.clock)
            for rule in organization.AUTHENTICATION_RULES:
                await rulebook.write(made, organization.DOMAIN, rule, actor=ADMINISTRATOR)
            await bring_reports(node, made)
            return
        async with node.database.scoped(organizations[0]) as connection:
            await connection.execute("UPDATE inbound_servers SET port = $1", state.protected_port)
            await policy.announce(connection, organizations[0])


def _new_organization(state: State) -> NewOrganization:
    return NewOrganization(
        name=organization.NAME,
        domain=organization.DOMAIN,
        next_hop_host="127.0.0.1",
        next_hop_port=state.protected_port,
        admin_email=ADMINISTRATOR,
        admin_password=state.password,
        recipients=tuple(ValidRecipient(address) for address in organization.RECIPIENTS),
        high_profile_users=organization.HIGH_PROFILE_USERS,
    )


def send_specimens(
    smtp: tuple[str, int], folder: Path, keys: SenderKeys, ready: Callable[[], None], *, again: bool
) -> None:
    """The life of the process that sends the specimens; ready once the showpiece was taken."""

    def arrived(arrival: Arrival) -> None:
        if arrival.specimen.id == SHOWPIECE:
            ready()

    asyncio.run(arrive(smtp, data=folder.parent, keys=keys, again=again, on_arrival=arrived))
    ready()


class Welcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a newcomer is shown: a link, and the showpiece in words."""

    sign_in: str
    subject: str = ""
    verdict: str = ""
    score: float = 0.0
    reasons: tuple[tuple[float, str, str], ...] = ()


async def welcome(configuration: Configuration, url: str, http: str) -> Welcome:
    """A one-time sign-in link to the showpiece, and what was found in it."""
    async with open_node(configuration, url) as node:
        owner = (await provisioning.every(node.database))[0]
        async with node.database.scoped(owner) as connection:
            row = await connection.fetchrow(
                "SELECT r.id, m.subject, m.verdict, m.score, m.classes FROM messages m JOIN message_recipients r"
                " ON r.received_at = m.received_at AND r.message_id = m.id"
                " WHERE m.internet_id LIKE '%' || $1 || '%' ORDER BY m.id DESC LIMIT 1",
                showpiece().message_id.strip("<>"),
            )
            account = await connection.fetchval("SELECT id FROM accounts WHERE email = $1", ADMINISTRATOR)
        profiles = Profiles(node.database, node.clock, Passwords())
        path = f"/console/messages/{row['id']}" if row else "/console/messages"
        link = http + await profiles.make_link(owner, account, next_path=path)
        if row is None:
            return Welcome(sign_in=link)
        reasons = row["classes"].get(row["verdict"], {}).get("reasons", [])
        told = tuple((reason["weight"], reason["text"], reason["evidence"]) for reason in reasons)
        return Welcome(
            sign_in=link, subject=row["subject"], verdict=row["verdict"], score=row["score"],
            reasons=tuple(sorted(told, reverse=True)),
        )  # fmt: skip
