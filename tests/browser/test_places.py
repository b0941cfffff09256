# SPDX-License-Identifier: Apache-2.0
"""The other places: overview, quarantine, try a mail, data notice, health."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from house import letter, until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def phish(subject: str) -> bytes:
    return letter(subject, "Dear user,\nyour password expires today. Verify your account now: http://examp1e.test/login\n",
                  From="Example Works IT Support <support@examp1e.test>")  # fmt: skip


def hold(demo, mark: str, count: int) -> None:
    """Have so many mails put into quarantine."""
    for number in range(count):
        demo.send(phish(f"Your mailbox is full {mark} {number}"), sender="support@examp1e.test")
    until(lambda: len(demo.api.find(f'subject:"{mark}" status:quarantined')) == min(count, 50), what="quarantine")


def arrived(demo, mark: str) -> int:
    box = demo.data / "demo" / "protected" / "lee@example.test"
    return sum(mark.encode() in path.read_bytes() for path in box.iterdir() if path.suffix == ".eml")


def test_the_overview_counts_what_its_table_lists(reader, demo):
    demo.api.wait_for("verdict:phishing", seconds=60)
    page = reader.visit("/console/")
    expect(page.get_by_role("img", name="Bar chart of")).to_be_visible()
    expect(page.locator("[role=img] svg path").nth(5)).to_be_attached()
    page.get_by_text("Table", exact=True).click()
    table = page.get_by_role("region", name="Mails by verdict").get_by_role("table")
    expect(table).to_be_visible()
    cells = [int(text.replace(",", "")) for text in table.locator("td").all_inner_texts()]
    received = page.get_by_role("link", name="Received")
    assert sum(cells) == int(received.locator("b").inner_text().replace(",", "")) > 0
    assert "view=table" in page.url
    page.get_by_role("link", name="Quarantined").click()
    expect(page.get_by_role("combobox")).to_have_value("status:quarantined last:7d")
    expect(page.locator("[data-row]").first).to_contain_text("Quarantined")


def test_selected_mails_are_released_together_and_arrive(reader, demo):
    mark = str(uuid4())
    hold(demo, mark, 3)
    page = reader.visit(f'/console/quarantine?q=subject%3A"{mark}"')
    expect(page.locator("[data-row]")).to_have_count(3)
    for _ in range(2):
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Release from quarantine")
    expect(dialog).to_contain_text("2 mails will be delivered to their recipients.")
    assert arrived(demo, mark) == 0, "the question alone must do nothing"
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 mails released")).to_be_visible()
    expect(page.locator("[data-row]")).to_have_count(1)
    until(lambda: arrived(demo, mark) == 2, what="delivery of both")


def test_all_that_match_are_released_and_what_went_otherwise_is_named(reader, demo):
    mark = str(uuid4())
    hold(demo, mark, 55)
    page = reader.visit(f'/console/quarantine?q=subject%3A"{mark}"')
    expect(page.locator("[data-row]").first).to_be_visible()
    page.get_by_label("Select all shown").check()
    page.get_by_role("button", name="Select all that match").click()
    expect(page.get_by_text("All that match are selected")).to_be_visible()
    page.get_by_role("button", name="Release", exact=True).click()
    dialog = page.get_by_role("dialog", name="Release from quarantine")
    expect(dialog).to_contain_text("55 mails will be delivered")
    dialog.get_by_role("button", name="Release 55 mails").click()
    expect(page.get_by_text("55 mails released")).to_be_visible()
    until(lambda: arrived(demo, mark) == 55, seconds=40, what="delivery of all")


def test_what_somebody_else_released_meanwhile_is_said_mail_by_mail(reader, demo):
    mark = str(uuid4())
    hold(demo, mark, 2)
    page = reader.visit(f'/console/quarantine?q=subject%3A"{mark}"')
    expect(page.locator("[data-row]")).to_have_count(2)
    page.get_by_label("Select all shown").check()
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Release from quarantine")
    button = dialog.get_by_role("button", name="Release 2 mails")
    expect(button).to_be_enabled()
    first = reader.rows()[0]
    demo.api.post("/api/v1/quarantine/actions", {"action": "release", "selection": {"ids": [first]}})
    button.click()
    expect(dialog).to_contain_text("1 mail done. 1 went otherwise:")
    expect(dialog).to_contain_text("Had already been released by admin@example.test")
    expect(dialog.get_by_role("link", name=first[:8])).to_have_attribute("href", f"/console/messages/{first}")
    until(lambda: arrived(demo, mark) == 2, what="delivery of both")


def test_a_phish_is_tried_and_its_verdict_comes_by_itself(reader):
    page = reader.visit("/console/try")
    page.get_by_role("button", name="A look-alike phish").click()
    page.get_by_role("button", name="Send it").click()
    answer = page.get_by_role("status").filter(has_text="What the gateway answered")
    expect(answer).to_contain_text("250 ")
    expect(answer).to_contain_text("Phishing")
    expect(answer).to_contain_text("Quarantined")
    answer.get_by_role("link").click()
    expect(page.get_by_text("This mail tries to steal passwords or data.")).to_be_visible()


def test_an_eml_file_is_tried(reader, tmp_path):
    subject = f"Minutes {uuid4()}"
    (tmp_path / "mail.eml").write_bytes(letter(subject))
    page = reader.visit("/console/try")
    page.locator("input[type=file]").set_input_files(tmp_path / "mail.eml")
    expect(page.get_by_label("Source of the mail")).to_have_value(re.compile(subject))
    page.get_by_role("button", name="Send it").click()
    answer = page.get_by_role("status").filter(has_text="What the gateway answered")
    expect(answer).to_contain_text(subject)
    expect(answer).to_contain_text("Delivered")


def test_the_notice_names_what_left_and_every_feature(reader, demo):
    summary = "/api/v1/ledger/summary?since=2026-01-01T00:00:00Z"
    ledger = until(lambda: demo.api.get(summary)["destinations"], seconds=75, what="the ledger, written each minute")
    page = reader.visit("/console/notice")
    left = page.get_by_role("region", name="What left this week, and to whom")
    for entry in ledger:
        expect(left).to_contain_text(entry["destination"])
    features = demo.api.get("/api/v1/notice")["features"]
    assert features
    for feature in features:
        expect(page.get_by_role("heading", name=feature["title"], exact=True)).to_be_visible()


def test_health_says_what_the_readiness_check_says(reader, demo):
    page = reader.visit("/console/health")
    expect(page.get_by_text("Everything works.")).to_be_visible()
    health = demo.api.get("/api/v1/health")
    expect(page.locator("main li")).to_have_count(len(health["checks"]))
    for check in health["checks"]:
        assert check["status"] == "ok", check


def test_an_unknown_address_leads_back(reader):
    page = reader.visit("/console/nowhere")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    page.get_by_role("link", name="To the overview").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
