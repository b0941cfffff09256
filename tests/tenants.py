# SPDX-License-Identifier: Apache-2.0
"""Organizations with accounts and recorded mails, made through the same doors as in the program."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from mailward.contract.authentication import Authentication, SpfResult
from mailward.contract.decision import Edits, Intercept, Receipt, RuleMatch
from mailward.contract.event import Event, EventKind, Status
from mailward.contract.finding import Clear, Hit, Reason, Threat, Verdict, points
from mailward.contract.mail import Address, Attachment, Content, Link
from mailward.control.profile.service import Passwords, create_account
from mailward.control.provisioning import service as provisioning
from mailward.disposition.delivery import store as delivery
from mailward.disposition.quarantine import store as quarantine
from mailward.kit.bodies import Bodies
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.ids import new_id, time_of
from mailward.kit.vault import Key, Vault
from mailward.records.mail_tracking import store as records

PASSWORD = "correct horse battery"
RAW = b"From: eve@evil.test\r\nTo: lee@example.test\r\nSubject: Your parcel\r\n\r\nHello.\r\n"
CHEAP = Passwords(memory=64, passes=1, lanes=1)
"""Passwords that cost nothing to hash, for tests that are about something else."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """What a recorded mail says; the defaults make an ordinary caught phish."""

    sender: str = "eve@evil.test"
    header_from: str = "eve@evil.test"
    recipients: tuple[str, ...] = ("lee@example.test",)
    subject: str = "Your parcel"
    verdict: Verdict = Verdict.PHISHING
    action: str = "quarantine"
    status: Status = Status.QUARANTINED
    reasons: tuple[Reason, ...] = (
        Reason(id="link_text_differs", text="A link goes elsewhere", weight=6.0, evidence="bank.test", place="link 1"),
        Reason(id="known_sender", text="The sender is known", weight=-0.5),
    )
    at: datetime | None = None
    links: tuple[Link, ...] = (Link(target="https://login.evil.test/a", host="login.evil.test", text="bank.test"),)
    attachments: tuple[Attachment, ...] = ()
    peer_ip: str | None = "192.0.2.9"
    size: int = 2000
    spf: str = "fail"
    tls: str = "TLSv1.3 TLS_AES_256_GCM_SHA384"
    raw: bytes | None = RAW
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """One organization with an administrator."""

    id: UUID
    name: str
    email: str
    key: Key
    database: Database
    bodies: Bodies
    clock: Clock

    async def receive(self, mail: Mail | None = None) -> list[UUID]:
        """Record a mail as accepted; the ids of its copies."""
        mail = mail or Mail()
        at = mail.at or self.clock.now()
        identifier = new_id(at)
        copies = [new_id(at) for _ in mail.recipients]
        row, receipt = _row(self.id, identifier, mail), _receipt(mail)
        if mail.raw is not None:
            self.bodies.write(self.id, identifier, mail.raw, key=self.key)
        async with self.database.scoped(self.id) as connection:
            await records.record(
                connection,
                self.id,
                messages=[row],
                recipients=[_copy(mail, copy, identifier, to, receipt) for copy, to in _pairs(copies, mail)],
                events=[(identifier, None, Event(at=at, kind=EventKind.ACCEPTED, detail={"size": mail.size}))],
                at=at,
            )
            if mail.status is Status.QUARANTINED:
                held = [_held(mail, copy, identifier, to) for copy, to in _pairs(copies, mail)]
                await quarantine.hold(connection, self.id, held, at=at)
            if mail.status is Status.QUEUED:
                due = [_due(self.id, mail, copy, identifier, to) for copy, to in _pairs(copies, mail)]
                await delivery.enqueue(connection, due, at=at)
        return copies

    async def event(self, copy: UUID, event: Event) -> None:
        """Another line in a copy's timeline."""
        async with self.database.scoped(self.id) as connection:
            mail = await connection.fetchval("SELECT message_id FROM message_recipients WHERE id = $1", copy)
            await records.record(connection, self.id, events=[(mail, copy, event)], at=event.at)

    async def value(self, query: str, *parameters: Any) -> Any:
        """One value, as this organization sees it."""
        async with self.database.scoped(self.id) as connection:
            return await connection.fetchval(query, *parameters)


MakeTenant = Callable[[str], Awaitable[Tenant]]


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """A master key."""
    return Vault.in_file(tmp_path / "master.key")


@pytest.fixture
def make_tenant(database: Database, tmp_path: Path, vault: Vault) -> MakeTenant:
    """Makes organizations: `await make_tenant("Acme")`."""
    clock, bodies = Clock(), Bodies(tmp_path / "bodies")

    async def make(name: str) -> Tenant:
        at = clock.now()
        organization = new_id(at)
        email = f"admin@{name.lower()}-{organization.hex[-8:]}.test"
        async with database.scoped(organization) as connection:
            await provisioning.create(connection, organization, vault, name=name, at=at)
            stored = await provisioning.read(connection)
            await create_account(
                connection, organization, email=email, password=PASSWORD, name="Ada", at=at, passwords=CHEAP
            )
        return Tenant(
            id=organization, name=name, email=email, database=database, bodies=bodies, clock=clock,
            key=vault.unwrap(stored.wrapped_key, context=organization.bytes),
        )  # fmt: skip

    return make


@pytest.fixture
async def tenant(make_tenant: MakeTenant) -> Tenant:
    """One organization."""
    return await make_tenant("Acme")


def _pairs(copies: list[UUID], mail: Mail) -> list[tuple[UUID, str]]:
    return list(zip(copies, mail.recipients, strict=True))


def _row(organization: UUID, identifier: UUID, mail: Mail) -> records.MessageRow:
    content = Content(
        subject=mail.subject, senders=(Address("Eve", mail.header_from),), to=(Address("", mail.recipients[0]),),
        reply_to=(Address("", "reply@evil.test"),), message_id="<1@evil.test>", links=mail.links,
        attachments=mail.attachments,
    )  # fmt: skip
    threat = mail.verdict if mail.verdict in list(Threat) else Threat.SPAM
    classes = {threat.value: {"score": points(mail.reasons), "reasons": msgspec.to_builtins(mail.reasons)}}
    return msgspec.structs.replace(
        records.MessageRow(
            organization_id=organization, received_at=time_of(identifier), id=identifier, direction="in",
            size=mail.size, has_body=mail.raw is not None, peer_ip=mail.peer_ip, peer_name="mx.evil.test",
            helo="mx.evil.test", tls=mail.tls, sender=mail.sender, header_from=mail.header_from,
            subject=mail.subject, internet_id="<1@evil.test>", language="en", verdict=mail.verdict,
            score=points(mail.reasons), reason_ids=[reason.id for reason in mail.reasons], spf=mail.spf, dkim="none",
            dmarc="fail", arc="none", hosts=[link.host for link in mail.links],
            attachment_names=[attachment.name for attachment in mail.attachments],
            attachment_hashes=[attachment.sha256 for attachment in mail.attachments],
            classes=classes if mail.reasons else {},
            authentication=msgspec.to_builtins(Authentication(evaluated=True, spf=SpfResult(result=mail.spf))),
            content=msgspec.to_builtins(content),
        ),
        **mail.extra,
    )  # fmt: skip


def _receipt(mail: Mail) -> Receipt:
    hit = mail.verdict in list(Threat)
    finding = Hit(Threat(mail.verdict), mail.reasons) if hit else Clear(mail.reasons)
    match = RuleMatch(rule="Caught mail", intercept=Intercept.QUARANTINE, why=f"the verdict is {mail.verdict}")
    return Receipt(winner="Caught mail" if hit else "Deliver", matched=(match,) if hit else (), findings={"x": finding})


def _copy(mail: Mail, copy: UUID, identifier: UUID, to: str, receipt: Receipt) -> records.RecipientRow:
    return records.RecipientRow(
        id=copy, message_id=identifier, recipient=to, action=mail.action, status=mail.status, rule=receipt.winner,
        receipt=msgspec.to_builtins(receipt), edits=msgspec.to_builtins(Edits()),
    )  # fmt: skip


def _held(mail: Mail, copy: UUID, identifier: UUID, to: str) -> quarantine.Held:
    return quarantine.Held(
        id=copy, message_id=identifier, sender=mail.sender, recipient=to, utf8=False, reason=mail.verdict,
        edits=msgspec.to_builtins(Edits(headers=(("X-Mailward-Verdict", mail.verdict),))),
    )  # fmt: skip


def _due(organization: UUID, mail: Mail, copy: UUID, identifier: UUID, to: str) -> delivery.Due:
    at = time_of(identifier)
    return delivery.Due(
        organization_id=organization, id=copy, message_id=identifier, sender=mail.sender, recipient=to,
        expires_at=delivery.expiry(at),
    )  # fmt: skip
