# SPDX-License-Identifier: Apache-2.0
"""The two ways in, and the way out."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_the_printed_link_signs_in_and_opens_the_showpiece(readers):
    with readers.reading(signed_in=False) as reader:
        reader.page.goto(readers.ready["sign_in"])
        expect(reader.page.locator("article h1")).to_have_text("Action required: your mailbox password expires today")
        expect(reader.page.get_by_text("This mail tries to steal passwords or data.")).to_be_visible()
        assert "/console/messages/" in reader.page.url


def test_the_password_signs_in_and_leads_to_where_one_wanted_to_go(readers):
    with readers.reading(signed_in=False) as reader:
        page = reader.visit("/console/messages?q=verdict:spam")
        expect(page).to_have_url(f"{reader.base}/console/sign-in?next=%2Fconsole%2Fmessages%3Fq%3Dverdict%253Aspam")
        page.get_by_label("E-mail address").fill(readers.ready["admin"]["email"])
        page.get_by_label("Password", exact=True).fill("not the password")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_have_text("The address or the password is wrong.")
        page.get_by_label("Password", exact=True).fill(readers.ready["admin"]["password"])
        page.keyboard.press("Enter")
        expect(page.get_by_role("list", name="Terms of the search")).to_contain_text("spam")
        assert page.url == f"{reader.base}/console/messages?q=verdict%3Aspam"


def test_who_signs_out_is_out(readers):
    with readers.reading(signed_in=False) as reader:
        page = reader.visit("/console/sign-in")
        page.get_by_label("E-mail address").fill(readers.ready["admin"]["email"])
        page.get_by_label("Password", exact=True).fill(readers.ready["admin"]["password"])
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Account of").click()
        page.get_by_role("menuitem", name="Sign out").click()
        expect(page.get_by_label("E-mail address")).to_be_visible()
        reader.visit("/console/quarantine")
        expect(page.get_by_label("E-mail address")).to_be_visible()
        assert page.request.get(f"{reader.base}/api/v1/messages").status == 401
