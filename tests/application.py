# SPDX-License-Identifier: Apache-2.0
"""The web application over a test database, asked as a browser would ask it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar

from mailward.catalog import FEATURES
from mailward.contract.dmarc_report import Reading
from mailward.contract.gateway import Gateway
from mailward.egress.dns.service import Dns, Zone
from mailward.kit.bodies import Bodies
from mailward.kit.database import Database
from mailward.kit.vault import Key, Vault
from mailward.records.dmarc_reports.service import read_reports
from mailward.web.app import create_app
from mailward.web.services import Services, SmtpAnswer, TryAnswer
from tenants import CHEAP, PASSWORD, Tenant

ORIGIN = "http://console.test"
GATEWAY = Gateway(hostname="mx.gate.test", mail_exchanges=("mx.gate.test",))
ZONE_TEXT = [""]
"""What the DNS says, as master-file text. A test that changes it has the fixture `zone` change it back."""
KEYS: dict[UUID, Key] = {}
"""The keys of the organizations that were signed in to."""


class Part(msgspec.Struct, frozen=True):
    path: str
    type: str
    name: str
    size: int


class SafeForm(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan worker answers, without a worker."""

    html: str = ""
    text: str = ""
    source: str = ""
    blocked_images: int = 0
    tree: tuple[Part, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    why: str = ""


async def render(raw: bytes) -> SafeForm:
    """Shows the bytes as they are: the sanitizing has tests of its own."""
    return SafeForm(
        html=f"<p>{len(raw)} bytes</p>", text="Hello.", source="<p>", blocked_images=2,
        tree=(Part("1", "text/plain", "", len(raw)),), headers=(("Subject", "Your parcel"),),
    )  # fmt: skip


async def read(raw: bytes) -> Reading:
    """Reads reports as a scan worker does, without a worker."""
    return read_reports(raw)


class Outbox:
    """Takes what is tried, and remembers it."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    async def send(self, raw: bytes) -> TryAnswer:
        self.sent.append(raw)
        return TryAnswer(smtp=SmtpAnswer(250, "2.0.0 taken"))


class Browser(httpx.AsyncClient):
    """Keeps cookies and repeats the CSRF cookie, as the console does."""

    async def sign_in(self, tenant: Tenant, password: str = PASSWORD) -> httpx.Response:
        return await self.post("/api/v1/session", json={"email": tenant.email, "password": password})

    async def change(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"X-CSRF-Token": self.cookies.get("mailward_csrf", ""), "Origin": str(self.base_url)}
        return await self.request(method, path, headers={**headers, **options.pop("headers", {})}, **options)


Open = Callable[..., Awaitable[Browser]]


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def zone() -> Iterator[Callable[[str], None]]:
    """`zone("example.test. MX 10 mx.gate.test.")` makes the DNS say so."""

    def say(text: str) -> None:
        ZONE_TEXT[0] = text

    yield say
    ZONE_TEXT[0] = ""


@pytest.fixture
def services(database: Database, tmp_path: Path, vault: Vault, outbox: Outbox) -> Services:
    """A demo's services."""
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><title>Mailward</title>" + " " * 2000)
    (static / "assets" / "index-abc.js").write_text("export {}")
    return Services(
        database=database, bodies=Bodies(tmp_path / "bodies"), keys=KEYS.__getitem__, render=render,
        features=FEATURES, passwords=CHEAP, try_message=outbox.send, demo=True, gateway=GATEWAY,
        fresh_dns=lambda: Dns(Zone.from_text(ZONE_TEXT[0])).for_feature,
        read_reports=read,
        static=static,
    )  # fmt: skip


@pytest.fixture
async def app(services: Services) -> AsyncIterator[Litestar]:
    made = create_app(services)
    started, ending = asyncio.Event(), asyncio.Event()

    async def live() -> None:  # one task enters and leaves, as under a server
        async with made.lifespan():
            started.set()
            await ending.wait()

    task = asyncio.create_task(live())
    await started.wait()
    yield made
    ending.set()
    await task


@pytest.fixture
async def open_browser(app: Litestar, services: Services) -> AsyncIterator[Open]:
    """`await open_browser()` is a stranger, `await open_browser(tenant)` is signed in."""
    opened: list[Browser] = []

    async def make(tenant: Tenant | None = None) -> Browser:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        browser = Browser(transport=transport, base_url=ORIGIN)
        opened.append(browser)
        if tenant is not None:
            KEYS[tenant.id] = tenant.key
            assert (await browser.sign_in(tenant)).status_code == 200
        return browser

    yield make
    for browser in opened:
        await browser.aclose()
