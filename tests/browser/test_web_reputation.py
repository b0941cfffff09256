# SPDX-License-Identifier: Apache-2.0
"""Web addresses in the console: what is known of one, exceptions by keyboard, and six levels that say what they do."""

import re

import pytest
from playwright.sync_api import expect

from house import until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

GROSS = "http://paypal.com.verify-login.tk/wp-content/x/index.php?e=a@b.com"


def test_a_link_shows_what_is_known_of_an_address_and_shows_it_harmless(reader):
    page = reader.visit("/console/web_reputation")
    expect(page.get_by_text("No list was brought to this node")).to_be_visible()
    page.get_by_label("Web address", exact=True).fill(GROSS)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Dangerous:")).to_contain_text("would be caught at the level")
    expect(page.get_by_text("hxxp://paypal[.]com[.]verify-login[.]tk/wp-content/x/index.php?e=a@b.com")).to_be_visible()
    expect(page.get_by_role("cell", name="The host wears a brand's name beside other words.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"url=http"))
    assert page.locator(f'a[href^="{GROSS[:20]}"]').count() == 0
    page.get_by_label("Web address", exact=True).fill("mailto:a@b.test")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("is no web address")


def test_an_exception_is_added_and_removed_without_a_mouse(reader, demo):
    page = reader.visit("/console/web_reputation")
    page.keyboard.press("n")
    expect(page.get_by_role("dialog", name="Add an exception")).to_be_visible()
    expect(page.get_by_label("Address or keyword")).to_be_focused()
    page.keyboard.type("*.partner.test")
    page.keyboard.press("Enter")
    row = page.get_by_role("row").filter(has_text="*.partner.test")
    expect(row).to_contain_text("Approved")
    until(lambda: demo.api.get("/api/v1/web_reputation/exceptions")["items"])
    expect(page.get_by_role("dialog")).to_have_count(0)
    row.press("d")
    until(lambda: not demo.api.get("/api/v1/web_reputation/exceptions")["items"])


def test_each_level_says_what_it_catches_by_mistake(reader):
    page = reader.visit("/console/web_reputation")
    levels = page.get_by_role("radiogroup", name="Catch rate")
    expect(levels.get_by_role("radio")).to_have_count(6)
    expect(levels.get_by_text("Catches scores below 51 of 100. By shape alone, 0.0")).to_be_visible()
    expect(levels.get_by_role("radio", name="Moderately high")).to_be_checked()
