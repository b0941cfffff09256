# SPDX-License-Identifier: Apache-2.0
"""The page of TLS: peers by keyboard and with a way back, our certificate, and a policy with its record."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_peer_is_added_changed_removed_and_brought_back(reader):
    page = reader.visit("/console/tls?open=new")
    dialog = page.get_by_role("dialog", name="Add a peer")
    dialog.get_by_label("Peer", exact=True).fill("192.0.2.1/24")
    dialog.get_by_label("Peer", exact=True).press("Enter")
    expect(dialog).to_contain_text("is not a domain")
    dialog.get_by_label("Peer", exact=True).fill("Bank.test")
    dialog.get_by_label("Demand").select_option("verified")
    dialog.get_by_label("Name in the certificate").fill("mx.bank.test")
    dialog.get_by_role("button", name="Add a peer").click()
    table = page.get_by_role("table", name="TLS peers")
    expect(table).to_contain_text("bank.test")
    expect(table).to_contain_text("mx.bank.test")
    page.get_by_role("button", name="Change bank.test").click()
    dialog = page.get_by_role("dialog", name="Change a peer")
    assert "open=" in page.url
    dialog.get_by_label("Demand").select_option("mandatory_dane")
    dialog.get_by_role("button", name="Save").click()
    expect(table.get_by_role("row").filter(has_text="bank.test")).to_contain_text("DANE")
    page.get_by_role("button", name="Remove bank.test").click()
    expect(page.locator("[data-row]").filter(has_text="bank.test")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-row]").filter(has_text="bank.test")).to_have_count(1)


def test_a_policy_and_its_records(reader):
    page = reader.visit("/console/tls?open=policy:example.test")
    dialog = page.get_by_role("dialog", name="MTA-STS policy of example.test")
    dialog.get_by_label("Mail servers").fill("mx.example.test")
    dialog.get_by_role("button", name="Save").click()
    section = page.get_by_role("region", name="MTA-STS of your domains")
    expect(section).to_contain_text("v=STSv1; id=")
    section.get_by_role("button", name="Check the records of example.test").click()
    expect(section.get_by_role("article", name="TXT _mta-sts.example.test")).to_contain_text("Missing")
    expect(page.get_by_role("table", name="Certificates")).to_contain_text("ECDSA")
