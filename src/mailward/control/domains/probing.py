# SPDX-License-Identifier: Apache-2.0
"""Whether the servers behind a domain can be reached and take its mail, tried step by step from our side.

So that nobody scans a network with it: only rows that are configured are tried, a few in a minute, one at a time;
what a server says is shown only if it speaks SMTP; and for a domain that is not verified we ask for nobody but
its postmaster and send nothing.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from mailward.contract.gateway import Gateway
from mailward.control.domains import store
from mailward.control.domains.errors import NoSuchDomain
from mailward.control.domains.names import MAX_NAME, domain_name
from mailward.control.domains.shapes import MAX_LOCAL
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.throttle import Buckets

POSTMASTER = "postmaster"
TESTS_AT_ONCE = 10
SECONDS_PER_TEST = 6.0
"""A bucket of ten tests for each organization, which gets one more every six seconds."""


class StepState(StrEnum):
    """How a step went. A failed one ends the test."""

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step. `name` is a stable word; `detail` says what happened, `advice` what to do, if anything; the ids and
    values are the same for translators. A detail without an id is what the server said."""

    name: Annotated[
        str,
        msgspec.Meta(
            description="resolve, connect, greeting, hello, starttls, certificate, sender, recipient or message"
        ),
    ]
    state: StepState
    milliseconds: int
    detail: str
    detail_id: str = ""
    detail_values: dict[str, str] = {}
    advice: str = ""
    advice_id: str = ""
    advice_values: dict[str, str] = {}


class ConnectionTestOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What to try: one of the domain's servers, for one recipient, with a real mail if `send`."""

    host: Annotated[str, msgspec.Meta(max_length=MAX_NAME + 1, description="As in the domain's row")]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 25
    recipient: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_LOCAL, description="A local part")] = POSTMASTER
    send: Annotated[bool, msgspec.Meta(description="Send a short test mail, if the recipient is accepted")] = False


class ConnectionTest(msgspec.Struct, frozen=True, kw_only=True):
    """The steps in their order, up to the first that failed."""

    host: str
    port: int
    recipient: str
    at: datetime
    passed: bool
    milliseconds: int
    steps: list[Step]


class ProbeOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One conversation with a server; `mail` is sent if there is one."""

    host: str
    port: int
    helo: str
    recipient: str
    mail: bytes | None = None


Probe = Callable[[ProbeOrder], Awaitable[list[Step]]]
"""Holds the conversation. It lives where mail is delivered; it raises nothing and ends in time."""


class CannotTest(ValueError):  # noqa: N818 - reads better where it is caught
    """The order asks for what may not be tried; the text says why."""


class TooManyTests(Exception):  # noqa: N818 - idem
    """Too many tests; `seconds` until the next may be tried."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many connection tests; try again in {seconds} seconds")
        self.seconds = seconds


class ConnectionTests:
    """Tests for all organizations."""

    def __init__(
        self, database: Database, clock: Clock, gateway: Gateway, probe: Probe, *, most: int = TESTS_AT_ONCE
    ) -> None:
        self._database = database
        self._clock = clock
        self._gateway = gateway
        self._probe = probe
        self._buckets = Buckets(clock, size=most, seconds=SECONDS_PER_TEST)
        self._testing: set[UUID] = set()

    async def run(self, organization: UUID, name: str, order: ConnectionTestOrder) -> ConnectionTest:
        """Try one server.

        Raises:
            NoSuchDomain, CannotTest, TooManyTests
        """
        try:
            name = domain_name(name)
        except ValueError as exc:
            raise NoSuchDomain(name) from exc
        async with self._database.scoped(organization) as connection:
            claim = await store.read(connection, name)
            servers = (await store.servers(connection, name)).get(name, ())
        if claim is None:
            raise NoSuchDomain(name)
        if not any((server.host, server.port) == (order.host.lower(), order.port) for server in servers):
            raise CannotTest(f"{order.host}:{order.port} is not among the servers behind {name}; save it first")
        local = order.recipient.strip()
        if not local.isprintable() or set(local) & set(' <>"@\\'):
            raise CannotTest("the recipient is a local part: what stands before the @")
        if claim.verified_by is None and (order.send or local.lower() != POSTMASTER):
            raise CannotTest(
                f"{name} is not verified yet; until then only {POSTMASTER} is asked for, and no mail is sent"
            )
        return await self._run(organization, order, f"{local}@{name}")

    async def _run(self, organization: UUID, order: ConnectionTestOrder, recipient: str) -> ConnectionTest:
        seconds = SECONDS_PER_TEST if organization in self._testing else self._buckets.take(str(organization))
        if seconds:
            raise TooManyTests(int(seconds))
        self._testing.add(organization)
        at, began = self._clock.now(), self._clock.monotonic()
        mail = _mail(self._gateway.hostname, recipient, at) if order.send else None
        conversation = ProbeOrder(
            host=order.host.lower(), port=order.port, helo=self._gateway.hostname, recipient=recipient, mail=mail
        )
        try:
            steps = await self._probe(conversation)
        finally:
            self._testing.discard(organization)
        return ConnectionTest(
            host=order.host.lower(), port=order.port, recipient=recipient, at=at, steps=steps,
            passed=all(step.state is not StepState.FAILED for step in steps),
            milliseconds=round((self._clock.monotonic() - began) * 1000),
        )  # fmt: skip


def _mail(hostname: str, recipient: str, at: datetime) -> bytes:
    domain = recipient.rpartition("@")[2]
    lines = (
        f"From: Mailward <postmaster@{domain}>",
        f"To: <{recipient}>",
        "Subject: Connection test",
        f"Date: {at:%a, %d %b %Y %H:%M:%S +0000}",
        f"Message-ID: <connection-test.{at.timestamp():.6f}@{hostname}>",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        f"An administrator of {domain} tested whether Mailward on {hostname} can bring mail to this server.",
        "It can: this mail is the proof. Nothing needs to be done.",
        "",
    )
    return "\r\n".join(lines).encode()
