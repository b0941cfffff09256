# SPDX-License-Identifier: Apache-2.0
"""A reader at the console: Chromium without a way out, and a page that remembers everything it was made to do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from house import ROOT

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip
AXE = ROOT / "console/node_modules/axe-core/axe.min.js"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDER_THAN_ITS_FRAME = """() => [document.documentElement, ...document.querySelectorAll("main, main div, article")]
    .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
    .filter((one) => ["visible", "auto", "scroll"].includes(getComputedStyle(one).overflowX))
    .filter((one) => one === document.documentElement || one.matches("main") || getComputedStyle(one).overflowX !== "visible")
    .filter((one) => one.getAttribute("role") !== "region" && !one.closest("pre, [role=tablist]"))
    .map((one) => `${one.tagName}.${one.className} ${one.scrollWidth} > ${one.clientWidth}`)"""
HTTP_STATUS = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")

expect.set_options(timeout=15_000)


class Reader:
    """One browser window that is signed in, or not. `alarms` is what must stay empty."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.page: Page = context.new_page()
        self.base = base
        self.requests: list[str] = []
        self.alarms: list[str] = []
        context.on("request", lambda request: self._requested(request.url))
        context.on("console", self._said)
        context.on("dialog", lambda dialog: (self.alarms.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        context.on("weberror", lambda error: self.alarms.append(f"error: {error.error}"))

    def visit(self, path: str) -> Page:
        """Open a place of the console and wait until it shows something of its own."""
        self.page.goto(self.base + path)
        expect(self.page.locator("h1").first).to_be_attached()
        return self.page

    def rows(self) -> list[str]:
        """The ids of the listed mails, in order."""
        return self.page.locator("[data-row]").evaluate_all("rows => rows.map((row) => row.dataset.row)")

    def focused(self) -> str | None:
        """The mail whose row has the focus."""
        return self.page.evaluate("document.activeElement.dataset.row ?? null")

    def accessibility_faults(self) -> list[str]:
        """What axe-core objects to, once everything that moves has come to rest."""
        self.settle()
        self.page.evaluate(AXE.read_text())
        found: list[dict[str, Any]] = self.page.evaluate(
            "rules => axe.run(document, {runOnly: rules, iframes: false}).then(({violations}) => violations)", AXE_RULES
        )
        return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]

    def settle(self) -> None:
        """Wait for answers, fonts and animations."""
        expect(self.page.locator("[aria-busy=true], .mantine-Skeleton-root")).to_have_count(0)
        self.page.evaluate(
            "Promise.all([document.fonts.ready, ...document.getAnimations().map((one) => one.finished.catch(() => 0))])"
        )

    def overflowing(self) -> list[str]:
        """Whatever would have to be scrolled sideways."""
        self.settle()
        return self.page.evaluate(WIDER_THAN_ITS_FRAME)

    def _requested(self, url: str) -> None:
        self.requests.append(url)
        if not url.startswith((self.base + "/", "data:", "blob:")):
            self.alarms.append(f"request: {url}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not HTTP_STATUS.match(message.text):
            self.alarms.append(f"console: {message.text}")


class Readers:
    """Opens windows in one Chromium. The session is made once and kept for all of them."""

    def __init__(self, browser: Browser, ready: dict[str, Any]) -> None:
        self.ready = ready
        self._browser = browser
        self._session: Any = None

    @contextmanager
    def reading(
        self, *, signed_in: bool = True, width: int = 1280, scheme: str = "light", zone: str = "Europe/Berlin"
    ) -> Iterator[Reader]:
        """A window, closed afterwards; whatever set off an alarm in it fails the test."""
        with self._browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, timezone_id=zone, locale="en-US",
            storage_state=self._signed_in() if signed_in else None,
        ) as context:  # fmt: skip
            reader = Reader(context, self.ready["http"])
            yield reader
            assert not reader.alarms, reader.alarms

    def _signed_in(self) -> Any:
        if self._session is None:
            with self._browser.new_context() as context:
                answer = context.request.post(f"{self.ready['http']}/api/v1/session", data=self.ready["admin"])
                assert answer.ok, answer.text()
                self._session = context.storage_state()
        return self._session


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of the system, for as long as it is needed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
