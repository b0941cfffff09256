# SPDX-License-Identifier: Apache-2.0
"""The page of authentication: a rule is edited, objected to, kept and given up; a key is made, and its record is found."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

RULES, KEYS = "/api/v1/authentication/rules", "/api/v1/dkim_signing/keys"


def rule(demo, method: str, domain: str = "example.test") -> dict:
    """A rule as it holds, and whether the domain has it for itself."""
    row = next(row for row in demo.api.get(RULES)["items"] if row["domain"] == domain)
    return {**row[method], "own": row["origins"][method]["own"]}


def keys(demo) -> dict[str, dict]:
    """The keys of example.test, by selector."""
    return {key["selector"]: key for row in demo.api.get(KEYS)["items"] if row["domain"] == "example.test" for key in row["keys"]}  # fmt: skip


@pytest.fixture
def default_again(demo):
    """example.test follows the default afterwards."""
    yield
    demo.api.request("DELETE", f"{RULES}/example.test?method=dkim")


@pytest.fixture
def no_key(demo):
    """The key that the test makes goes afterwards."""
    yield
    for selector, key in keys(demo).items():
        if selector == "console":
            demo.api.request("DELETE", f"{KEYS}/{key['id']}")


@pytest.mark.usefixtures("default_again")
def test_a_rule_of_a_domain_is_edited_objected_to_kept_and_given_up(reader, demo):
    page = reader.visit("/console/authentication")
    assert rule(demo, "dkim")["own"] is False
    cell = page.get_by_role("button", name="Change DKIM of example.test")
    expect(cell).to_contain_text("default")
    cell.press("Enter")
    expect(page).to_have_url(f"{reader.base}/console/authentication?domain=example.test&method=dkim")
    dialog = page.get_by_role("dialog", name="DKIM: example.test")
    dialog.get_by_label("Fail", exact=True).select_option("quarantine")
    dialog.get_by_label("Ignored peers").fill("192.0.2.0/24\nno peer at all")
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("'no peer at all' is neither a domain")
    assert rule(demo, "dkim")["own"] is False, "what is refused is not kept"
    assert reader.accessibility_faults() == []
    dialog.get_by_label("Ignored peers").fill("192.0.2.0/24")
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("The rule holds for the next mail")).to_be_visible()
    expect(dialog).to_have_count(0)
    expect(cell).to_contain_text("own rule")
    expect(cell).to_contain_text("Fail → Quarantine")
    kept = rule(demo, "dkim")
    assert (kept["own"], kept["on_fail"], kept["ignored"]) == (True, "quarantine", ["192.0.2.0/24"])

    page = reader.visit("/console/authentication?domain=example.test&method=dkim")
    expect(dialog.get_by_label("Ignored peers")).to_have_value("192.0.2.0/24")
    dialog.get_by_role("button", name="Use the default again").press("Enter")
    expect(page.get_by_text("The default holds again")).to_be_visible()
    expect(cell).to_contain_text("default")
    assert rule(demo, "dkim")["own"] is False


def test_the_default_can_be_left_by_escape_and_has_no_default_of_its_own(reader, demo):
    before = rule(demo, "dmarc", domain="")
    page = reader.visit("/console/authentication?domain=default&method=dmarc")
    dialog = page.get_by_role("dialog", name="DMARC: Default")
    expect(dialog.get_by_role("button", name="Use the default again")).to_have_count(0)
    dialog.get_by_label("Fails, p=reject").select_option("tag")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert rule(demo, "dmarc", domain="") == before


@pytest.mark.usefixtures("no_key")
def test_a_key_is_made_and_its_record_is_shown_copied_and_found_on_the_domain_s_page(reader, demo):
    page = reader.visit("/console/authentication")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Make a key for example.test").press("Enter")
    expect(page).to_have_url(f"{reader.base}/console/authentication?open=new%3Aexample.test")
    dialog = page.get_by_role("dialog", name="Make a key for example.test")
    dialog.get_by_label("Algorithm").select_option("ed25519")
    expect(dialog.get_by_label("Length in bits")).to_have_count(0)
    dialog.get_by_label("Selector").fill("Not_a_selector")
    dialog.get_by_label("Selector").press("Enter")
    expect(dialog.get_by_label("Selector")).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_text("some fields are not as they should be")).to_have_count(0)
    assert reader.accessibility_faults() == []
    dialog.get_by_label("Selector").fill("console")
    dialog.get_by_label("Selector").press("Enter")
    expect(page.get_by_text("The key is made; publish its record")).to_be_visible()
    record = page.get_by_role("article", name="TXT console._domainkey.example.test")
    expect(record).to_contain_text("v=DKIM1; k=ed25519; p=")
    expect(record).to_contain_text("Missing")
    expect(record).to_contain_text("Publish this record; the key signs by itself some time after it was seen.")
    made = keys(demo)["console"]
    record.get_by_role("button", name="Copy the line for a zone file").press("Enter")
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == made["record"]["zone_line"]

    page = reader.visit("/console/domains/example.test?tab=dns")
    expect(record).to_contain_text("Missing", timeout=60_000)
    expect(record).to_contain_text(made["record"]["value"])
    expect(record).to_contain_text("receivers verify the signatures with it.")
    expect(record).to_contain_text("Publish this record. The key signs once the record has been seen for 3 hours.")
    assert reader.accessibility_faults() == []

    page = reader.visit("/console/authentication")
    page.get_by_role("button", name="Remove console").press("Enter")
    question = page.get_by_role("dialog", name="Remove console")
    expect(question).to_contain_text("The key is destroyed for good.")
    assert "console" in keys(demo), "the question alone must do nothing"
    page.keyboard.press("Enter")
    expect(record).to_have_count(0)
    assert "console" not in keys(demo)
