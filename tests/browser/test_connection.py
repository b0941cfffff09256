# SPDX-License-Identifier: Apache-2.0
"""Who may come in, set up in the console: lists by keyboard, look-ups by link, settings that are asked about."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from house import until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

HOSTILE = '<img src=x onerror=alert(1)> "><script>alert(2)</script> \u202egpj.exe'


def entries(demo, room, name, **wanted):
    """The entries of a list that say so."""
    found = demo.api.get(f"/api/v1/{room}?limit=200")["items"]
    return [one for one in found if one[name] == wanted[name]]


def removed(row):
    """Whether the row is gone once its key was pressed; a dialog that closes may take the focus back meanwhile."""
    if row.count():
        row.press("d")
        row.page.wait_for_timeout(500)
    return row.count() == 0


def test_an_address_is_blocked_found_removed_and_taken_back_without_a_mouse(reader, demo):
    page = reader.visit("/console/addresses")
    expect(page.get_by_role("heading", name="Why was this address refused?")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_role("dialog", name="Add an address")).to_be_visible()
    expect(page.get_by_label("Address or network")).to_be_focused()
    page.keyboard.type("203.0.113.64/26")
    page.keyboard.press("Tab")
    page.keyboard.type(HOSTILE)
    page.get_by_label("Address or network").press("Enter")
    row = page.get_by_role("row").filter(has_text="203.0.113.64/26")
    expect(row).to_contain_text("<script>alert(2)</script>")
    expect(row.locator("img, script")).to_have_count(0)
    assert "\u202e" not in row.inner_text()
    until(lambda: removed(row))
    until(lambda: entries(demo, "ip_reputation/addresses", "network", network="203.0.113.64/26") == [])
    page.get_by_role("button", name="Undo").press("Enter")
    expect(row).to_be_visible()
    (entry,) = until(lambda: entries(demo, "ip_reputation/addresses", "network", network="203.0.113.64/26"))
    assert entry["note"] == HOSTILE
    page.keyboard.press("/")
    page.keyboard.type("203.0.113.70")
    expect(page).to_have_url(f"{reader.base}/console/addresses?q=203.0.113.70")
    expect(row).to_be_visible()
    until(lambda: removed(row))
    expect(page.get_by_text("No entry matches")).to_be_visible()


def test_a_link_shows_which_step_decides_on_an_address(reader, demo):
    demo.api.post("/api/v1/ip_reputation/addresses", {"list": "blocked", "network": "198.51.100.0/25", "note": HOSTILE})
    page = reader.visit("/console/addresses?address=198.51.100.9")
    expect(page.get_by_text("198.51.100.9 is refused.")).to_be_visible()
    expect(page.get_by_text("550 5.7.1 198.51.100.9 is blocked by the recipient's organization")).to_be_visible()
    step = page.locator("[data-step=blocked_address]")
    expect(step).to_have_attribute("data-state", "refuses")
    expect(step).to_contain_text("<script>alert(2)</script>")
    expect(page.locator("[data-step=dns_lists]")).to_have_attribute("data-state", "not_asked")
    page.get_by_label("Address of the sending server").fill("not an address")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("is no IPv4 or IPv6 address")


def test_a_link_shows_what_would_happen_to_mail_from_a_sender(reader, demo):
    mark = uuid4().hex[:8]
    demo.api.post("/api/v1/sender_filter/senders", {"list": "approved", "pattern": f"*@{mark}.test", "note": HOSTILE})
    page = reader.visit(f"/console/senders?sender=news%40{mark}.test&recipient=lee%40example.test")
    expect(page.get_by_text("is approved, if SPF, DKIM or DMARC proves the sender")).to_be_visible()
    expect(page.locator("[data-step=organization_approves]")).to_have_attribute("data-state", "approves")
    expect(page.locator("main img, main script")).to_have_count(0)


def test_settings_say_what_changes_and_are_not_left_behind_unsaved(reader, demo):
    page = reader.visit("/console/reverse_dns")
    page.get_by_role("textbox", name="Blocked names").fill("dynamic.isp.test")
    page.get_by_role("link", name="Senders").click()
    question = page.get_by_role("dialog", name="Leave without saving?")
    question.get_by_role("button", name="Stay here").click()
    page.get_by_role("button", name="Review and save").click()
    changes = page.get_by_role("dialog", name="What changes")
    expect(changes.get_by_role("row", name="Blocked names None dynamic.isp.test")).to_be_visible()
    changes.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. It counts from the next mail on.")).to_be_visible()
    assert demo.api.get("/api/v1/features/reverse_dns/settings")["values"]["blocked_names"] == ["dynamic.isp.test"]
    page.get_by_role("textbox", name="Blocked names").fill("not a name!")
    page.get_by_role("button", name="Review and save").click()
    expect(page.get_by_text("Line 1 (not a name!)")).to_be_visible()
    expect(page.get_by_role("textbox", name="Blocked names")).to_be_focused()
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("button", name="Back to the default of Blocked names").click()
    page.get_by_role("button", name="Review and save").click()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Review and save")).to_have_count(0)


def test_the_manual_is_at_hand_and_leads_on(reader):
    page = reader.visit("/console/addresses")
    page.get_by_role("link", name="Manual").click()
    expect(page.get_by_role("heading", level=1, name="IP reputation")).to_be_visible()
    page.get_by_role("article").get_by_role("link", name="approved sender").click()
    expect(page.get_by_role("heading", level=1, name="Sender filter")).to_be_visible()
