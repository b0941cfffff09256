# SPDX-License-Identifier: Apache-2.0
"""Every place in both themes and on four widths: nothing for axe-core to object to, nothing to scroll sideways."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PLACES = {
    "overview": "/console/", "table": "/console/?view=table", "messages": "/console/messages",
    "search": "/console/messages?q=verdict%3Aphishing+-has%3Aattachment", "fault": "/console/messages?q=verdict%3Aphish",
    "pane": "/console/messages?open={id}", "message": "/console/messages/{id}",
    **{f"pane {tab}": f"/console/messages?open={{id}}&tab={tab}" for tab in ("preview", "links", "authentication", "timeline", "headers", "raw")},
    "attachments": "/console/messages/{malware}?tab=attachments",
    "quarantine": "/console/quarantine", "quarantine pane": "/console/quarantine?open={id}", "try": "/console/try",
    "addresses": "/console/addresses?address=192.0.2.25", "new address": "/console/addresses?open=new",
    "import": "/console/senders?open=import", "senders": "/console/senders?sender=a%40b.test&recipient=lee%40example.test",
    "reverse DNS": "/console/reverse_dns?address=192.0.2.25", "recipients": "/console/recipients?address=lee%40example.test",
    "rate limits": "/console/rate_limits", "manual": "/console/manual/ip_reputation",
    "web addresses": "/console/web_reputation?url=http%3A%2F%2Fpaypal.com.login.tk%2Findex.php", "web exception": "/console/web_reputation?open=new",
    "tls": "/console/tls", "tls peer": "/console/tls?open=new", "tls policy": "/console/tls?open=policy:example.test",
    "domains": "/console/domains", "new domain": "/console/domains?open=new",
    **{f"domain {tab}": f"/console/domains/example.test?tab={tab}" for tab in ("servers", "verification", "dns", "recipients", "test")},
    "delete domain": "/console/domains/example.test?open=delete", "bring recipients": "/console/domains/example.test?tab=recipients&open=import",
    "queue": "/console/queue", "queue of one": "/console/queue?destination=example.test",
    "outbound": "/console/outbound", "new connector": "/console/outbound?open=new", "DMARC reports": "/console/dmarc-reports",
    "authentication": "/console/authentication", "new key": "/console/authentication?open=new:example.test",
    **{f"rule {method}": f"/console/authentication?domain=example.test&method={method}" for method in ("sender_ip", "spf", "dkim", "dmarc")},
    "notice": "/console/notice", "health": "/console/health", "missing": "/console/nowhere",
}  # fmt: skip


@pytest.fixture(scope="module")
def ids(demo):
    phish = demo.api.wait_for('subject:"mailbox password expires today"', seconds=60)
    malware = demo.api.wait_for("verdict:malware has:attachment", seconds=60)
    return {"id": phish["id"], "malware": malware["id"]}


@pytest.fixture(scope="module", params=["light", "dark"])
def window(request, readers):
    with readers.reading(scheme=request.param) as reader:
        yield reader


@pytest.mark.parametrize("place", PLACES)
def test_axe_core_finds_nothing(window, ids, place):
    window.page.set_viewport_size({"width": 1280, "height": 900})
    window.visit(PLACES[place].format(**ids))
    assert window.accessibility_faults() == []


def test_axe_core_finds_nothing_before_signing_in(readers):
    for scheme in ("light", "dark"):
        with readers.reading(signed_in=False, scheme=scheme) as reader:
            reader.visit("/console/sign-in")
            assert reader.accessibility_faults() == []


def test_axe_core_finds_nothing_in_what_opens_on_top(window):
    page = window.visit("/console/quarantine")
    page.set_viewport_size({"width": 1280, "height": 900})
    for key, name in (("?", "Keyboard shortcuts"), ("r", "Release from quarantine"), ("Control+k", "")):
        expect(page.locator("[data-row]").first).to_be_visible()
        page.keyboard.press("j")
        page.keyboard.press(key)
        expect(page.get_by_role("dialog", name=name)).to_be_visible()
        assert window.accessibility_faults() == []
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
def test_nothing_needs_sideways_scrolling(readers, ids, width):
    wide = {}
    with readers.reading(width=width) as reader:
        for place, path in PLACES.items():
            reader.visit(path.format(**ids))
            if found := reader.overflowing():
                wide[place] = found
    assert not wide


def test_the_theme_is_the_readers_choice_and_lasts(reader):
    page = reader.visit("/console/")
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("menu").get_by_text("Dark", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
