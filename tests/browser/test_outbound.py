# SPDX-License-Identifier: Apache-2.0
"""The page of outbound mail: a server that was not heard is registered, corrected by what the server says, and removed."""

import smtplib

import pytest
from playwright.sync_api import expect

from house import until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

CONNECTORS = "/api/v1/outbound/connectors"
PEER = "127.0.0.77"


@pytest.fixture
def connectors(demo):
    """What is registered, by name; all of it is removed afterwards."""

    def read() -> dict[str, dict]:
        return {one["name"]: one for one in demo.api.get(CONNECTORS)["connectors"]}

    before = read()
    yield read
    for name, one in read().items():
        if name not in before:
            demo.api.request("DELETE", f"{CONNECTORS}/{one['id']}")


def relays(demo) -> int:
    """What a server at `PEER` hears that wants to send to the outside in the name of example.test."""
    with smtplib.SMTP(local_hostname="exchange.internal", timeout=60, source_address=(PEER, 0)) as client:
        client.connect(*demo.smtp)
        client.ehlo()
        client.mail("lee@example.test")
        return client.rcpt("x@far.test")[0]


def test_a_server_is_registered_after_it_was_corrected_and_heard_until_it_is_removed(reader, demo, connectors):
    assert relays(demo) == 550
    page = reader.visit("/console/outbound")
    page.get_by_role("button", name="Add connector").press("Enter")
    expect(page).to_have_url(f"{reader.base}/console/outbound?open=new")
    dialog = page.get_by_role("dialog", name="Add connector")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("Exchange <b>hall</b>")
    dialog.get_by_label("Addresses of the servers").fill("exchange.internal")
    dialog.get_by_label("Name", exact=True).press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("exchange.internal")
    assert connectors() == {}, "what is refused is not kept"
    assert reader.accessibility_faults() == []
    dialog.get_by_label("Addresses of the servers").fill(f"{PEER}\n2001:db8::25")
    dialog.get_by_label("Domain").select_option("example.test")
    dialog.get_by_role("button", name="Add connector").click()
    expect(dialog).to_have_count(0)
    row = page.get_by_role("table", name="Connectors").get_by_role("row").filter(has_text="Exchange <b>hall</b>")
    expect(row).to_contain_text(PEER)
    expect(row.locator("b b")).to_have_count(0)
    assert connectors()["Exchange <b>hall</b>"]["domain"] == "example.test"
    until(lambda: relays(demo) == 250, seconds=60, what="the server is heard")
    record = page.get_by_role("article", name="TXT example.test")
    expect(record).to_contain_text("v=spf1")
    expect(record.get_by_role("button", name="Look again at the record of example.test")).to_be_enabled()
    assert reader.overflowing() == []

    row.get_by_role("button", name="Change Exchange").press("Enter")
    dialog = page.get_by_role("dialog", name="Change connector")
    expect(dialog.get_by_label("Addresses of the servers")).to_have_value(f"{PEER}\n2001:db8::25")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    row.get_by_role("button", name="Remove Exchange").press("Enter")
    question = page.get_by_role("dialog", name="Remove Exchange <b>hall</b>?")
    expect(question).to_contain_text("may not send to the outside any more")
    assert connectors(), "the question alone must do nothing"
    question.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_role("heading", name="Nobody may send to the outside yet")).to_be_visible()
    until(lambda: relays(demo) == 550, seconds=60, what="the server is not heard any more")


def test_a_secret_is_shown_once(reader, connectors):
    page = reader.visit("/console/outbound?open=new")
    dialog = page.get_by_role("dialog", name="Add connector")
    dialog.get_by_label("Name", exact=True).fill("Relay")
    dialog.get_by_label("Addresses of the servers").fill("192.0.2.0/24")
    dialog.get_by_label("A secret of ours").check()
    dialog.get_by_role("button", name="Add connector").click()
    once = page.get_by_role("dialog", name="The secret of this connector")
    expect(once).to_contain_text("It is shown only now.")
    said = once.locator("pre").inner_text()
    assert said.startswith("X-Mailward-Connector: ")
    assert reader.accessibility_faults() == []
    once.get_by_role("button", name="I have it").click()
    expect(once).to_have_count(0)
    secret = said.partition(": ")[2]
    page.reload()
    expect(page.get_by_role("table", name="Connectors")).to_contain_text("A secret of ours")
    assert secret not in page.content()
    page.get_by_role("button", name="Make a new secret for Relay").click()
    expect(once).to_be_visible()
    assert once.locator("pre").inner_text() != said
