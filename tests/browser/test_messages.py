# SPDX-License-Identifier: Apache-2.0
"""Mail tracking as a reader uses it: search, keyboard, addresses that can be shared, reasons, and arrivals."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from house import letter

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SHOWPIECE = 'subject:"mailbox password expires today"'


def test_chips_and_text_are_one_search(reader):
    page = reader.visit("/console/messages")
    page.keyboard.press("/")
    page.keyboard.type("verdict:phishing from:*@examp1e.test")
    page.keyboard.press("Enter")
    chips = page.get_by_role("list", name="Terms of the search")
    expect(chips.get_by_role("listitem")).to_have_count(2)
    expect(page.locator("[data-row]")).to_have_count(1)
    page.get_by_role("button", name="Remove from:*@examp1e.test").click()
    expect(page.get_by_role("combobox")).to_have_value("verdict:phishing")
    expect(page).to_have_url(f"{reader.base}/console/messages?q=verdict%3Aphishing")
    expect(page.locator("[data-row]").nth(5)).to_be_visible()
    assert set(page.locator("[data-row] .badge").all_inner_texts()) == {"Phishing"}


def test_typing_offers_keys_and_their_values(reader):
    page = reader.visit("/console/messages")
    page.keyboard.press("/")
    page.keyboard.type("verd")
    page.get_by_role("option").filter(has_text="verdict:").first.click()
    page.keyboard.type("malw")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{reader.base}/console/messages?q=verdict%3Amalware")
    expect(page.get_by_text("Test file as agreed")).to_be_visible()


def test_a_fault_in_a_search_is_shown_at_its_column(reader):
    page = reader.visit("/console/messages?q=last%3A7d%20verdict%3Aphish")
    fault = page.get_by_role("alert")
    expect(fault).to_contain_text("Column 17:")
    expect(fault.locator("mark")).to_have_text("phish")
    expect(page.get_by_role("combobox")).to_have_attribute("aria-invalid", "true")


def test_a_search_without_a_match_says_what_to_do(reader):
    page = reader.visit(f"/console/messages?q={uuid4()}")
    expect(page.get_by_text("No mail matches")).to_be_visible()
    page.get_by_role("link", name="Show all mails").click()
    expect(page.locator("[data-row]").first).to_be_visible()


def test_reading_without_a_mouse(reader):
    page = reader.visit("/console/messages")
    expect(page.locator("[data-row]").nth(10)).to_be_attached()
    rows = reader.rows()
    for _ in range(3):
        page.keyboard.press("j")
    page.keyboard.press("k")
    assert reader.focused() == rows[1]
    page.keyboard.press("Enter")
    expect(page.locator("[data-message]")).to_have_attribute("data-message", rows[1])
    page.keyboard.press("j")
    expect(page.locator("[data-message]")).to_have_attribute("data-message", rows[2])
    expect(page.get_by_role("tab", name="Preview")).to_be_visible()
    page.keyboard.press("t")
    expect(page.get_by_role("tab", name="Preview")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.locator("[data-message]")).to_have_count(0)
    expect(page.locator(f"[data-row='{rows[2]}']")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_the_address_holds_the_search_the_mail_and_its_face(reader):
    page = reader.visit("/console/messages?q=verdict%3Aphishing")
    page.get_by_text("Action required: your mailbox password expires today").click()
    page.get_by_role("tab", name="Authentication").click()
    expect(page).to_have_url(re.compile("tab=authentication"))
    address = page.url
    assert "q=verdict%3Aphishing" in address
    page.reload()
    expect(page.locator("article h1")).to_have_text("Action required: your mailbox password expires today")
    expect(page.get_by_role("tab", name="Authentication")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("combobox")).to_have_value("verdict:phishing")
    assert page.url == address


def test_the_weights_add_up_to_the_shown_score(reader, demo):
    for verdict in ("phishing", "bec", "spam"):
        mail = demo.api.wait_for(f"verdict:{verdict}")
        page = reader.visit(f"/console/messages/{mail['id']}")
        more = page.get_by_role("button", name="more signal")
        page.get_by_test_id("sum").first.wait_for()
        if more.count():
            more.first.click()
        frame = page.locator("section[aria-labelledby=why-signals]")
        weights = [
            float(text.split()[-1].replace("−", "-")) for text in frame.locator("ul > li .num").all_inner_texts()
        ]
        assert len(weights) == len(mail["reasons"]) >= 2
        shown = float(frame.get_by_test_id("sum").inner_text())
        assert round(sum(weights), 1) == pytest.approx(shown, abs=0.051)
        expect(page.locator("article header").first).to_contain_text(f"{shown} points")
        assert page.get_by_role("alert").count() == 0


def test_every_face_of_a_mail_shows_something_of_it(reader, demo):
    mail = demo.api.wait_for(SHOWPIECE)
    page = reader.visit(f"/console/messages/{mail['id']}")
    for name, text in (
        ("Links", "examp1e.test"), ("Authentication", "SPF"), ("Timeline", "Held in quarantine"),
        ("Attachments", "logo.png"), ("Headers", "Message-ID"), ("Raw", "Received:"),
    ):  # fmt: skip
        page.get_by_role("tab", name=name).click()
        expect(page.get_by_role("tabpanel", name=name)).to_contain_text(text)
    page.get_by_role("tab", name="Preview").click()
    expect(page.frame_locator("iframe").locator("body")).to_contain_text("password")


def test_a_mail_appears_while_one_watches(reader, demo):
    page = reader.visit("/console/messages")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    subject = f"Supper {uuid4()}"
    demo.send(letter(subject))
    expect(page.locator("[data-row]").first).to_contain_text(subject)
    expect(page.locator("[data-row]").first).to_contain_text("Delivered")


def test_below_the_top_arrivals_wait_and_nothing_moves(reader, demo):
    page = reader.visit("/console/messages")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.locator("[data-row]").nth(30).scroll_into_view_if_needed()
    before, subject = reader.rows()[0], f"Breakfast {uuid4()}"
    demo.send(letter(subject))
    news = page.get_by_role("button", name="1 new")
    expect(news).to_be_visible()
    assert reader.rows()[0] == before
    news.click()
    expect(page.locator("[data-row]").first).to_contain_text(subject)
    expect(page.locator("[data-row]").first).to_be_in_viewport()


def test_times_are_in_the_readers_zone_and_say_so(readers, demo):
    mail = demo.api.wait_for(SHOWPIECE)
    with readers.reading(zone="Asia/Kolkata") as reader:
        page = reader.visit(f"/console/messages?open={mail['id']}")
        received = page.locator("article header time")
        expect(received).to_contain_text("GMT+5:30")
        assert received.get_attribute("datetime") == mail["received_at"]
        page.get_by_role("button", name="GMT+5:30").click()
        expect(received).to_contain_text("UTC")
        expect(received).to_contain_text(mail["received_at"][11:16])
