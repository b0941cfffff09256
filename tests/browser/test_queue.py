# SPDX-License-Identifier: Apache-2.0
"""The page of the queue: everything stopped and let go, one destination stopped and let go, mails steered by keyboard."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from house import letter, until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

STEER, ACT = "/api/v1/queue/destinations/actions", "/api/v1/queue/actions"


@pytest.fixture
def stopped(demo):
    """Everything is paused, and let go afterwards, whatever happens."""
    demo.api.post(STEER, {"action": "pause", "names": ["*"]})
    yield demo
    demo.api.post(STEER, {"action": "resume", "names": ["*", "example.test"]})
    until(lambda: demo.api.get("/api/v1/queue/destinations")["waiting"] == 0, seconds=60, what="an empty queue")


def waiting(demo, mark: str, count: int = 1) -> None:
    """Have so many mails wait."""
    for number in range(count):
        demo.send(letter(f"{mark} {number}"))
    until(lambda: len(demo.api.get(f'/api/v1/queue/copies?q=subject:"{mark}"')["items"]) == count, what="the queue")


def test_everything_is_paused_before_maintenance_and_goes_on_afterwards(reader, demo):
    page = reader.visit("/console/queue")
    expect(page.get_by_role("heading", name="Nothing waits")).to_be_visible()
    page.get_by_role("button", name="Pause everything").press("Enter")
    alert = page.get_by_role("alert").filter(has_text="Everything is paused by admin@example.test")
    expect(alert).to_contain_text("Nothing leaves until you resume.")
    try:
        mark = uuid4().hex
        waiting(demo, mark)
        row = page.get_by_role("row").filter(has_text="example.test").first
        expect(row).to_be_visible(timeout=30_000)
        expect(page.get_by_role("link", name=f"{mark} 0")).to_be_visible(timeout=30_000)
        assert reader.accessibility_faults() == []
        assert reader.overflowing() == []
    finally:
        alert.get_by_role("button", name="Resume everything").press("Enter")
    expect(page.get_by_text("Everything is resumed; 1 mail waits")).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing waits")).to_be_visible(timeout=60_000)
    assert demo.api.wait_for(f'subject:"{mark}" status:delivered', seconds=60)


def test_a_destination_is_paused_seen_so_and_resumed(reader, stopped):
    mark = uuid4().hex
    waiting(stopped, mark)
    page = reader.visit("/console/queue")
    page.get_by_role("button", name="Pause: example.test").press("Enter")
    expect(page.get_by_text("example.test is paused; 1 mail waits")).to_be_visible()
    row = page.get_by_role("row").filter(has=page.get_by_role("button", name="Resume: example.test"))
    expect(row).to_contain_text("Paused")
    expect(row).to_contain_text("by admin@example.test")
    expect(row.get_by_role("button", name="Try now: example.test")).to_have_count(0)
    row.get_by_role("button", name="example.test", exact=True).press("Enter")
    expect(page).to_have_url(f"{reader.base}/console/queue?destination=example.test")
    expect(page.get_by_role("region", name="Mails for example.test")).to_contain_text(mark)

    page.get_by_role("button", name="Resume everything").click()
    expect(page.get_by_role("button", name="Resume everything")).to_have_count(0)
    expect(row).to_contain_text("Paused")
    page.reload()
    expect(row).to_contain_text("Paused")
    assert stopped.api.get("/api/v1/queue/destinations")["waiting"] == 1, "what is paused by itself waits on"
    row.get_by_role("button", name="Resume: example.test").press("Enter")
    assert stopped.api.wait_for(f'subject:"{mark}" status:delivered', seconds=60)
    expect(page.get_by_role("heading", name="Nothing waits here")).to_be_visible(timeout=60_000)


def test_mails_are_picked_by_keyboard_and_the_question_says_what_it_would_do(reader, stopped):
    mark = uuid4().hex
    waiting(stopped, mark, 3)
    page = reader.visit(f'/console/queue?q=subject%3A"{mark}"')
    expect(page.locator("[data-row]")).to_have_count(3)
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Try now?")
    expect(dialog).to_contain_text("1 of them waits on, since its destination is paused.")
    assert reader.accessibility_faults() == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.keyboard.press("d")
    dialog = page.get_by_role("dialog", name="Delete for good?")
    expect(dialog).to_contain_text("1 mail is removed from the queue. Nobody is told.")
    assert len(stopped.api.get(f'/api/v1/queue/copies?q=subject:"{mark}"')["items"]) == 3, "a question does nothing"
    expect(dialog.get_by_role("button", name="Delete 1 mail")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 mail deleted")).to_be_visible()
    expect(page.locator("[data-row]")).to_have_count(2)

    page.get_by_label("Select all shown").check()
    page.get_by_role("button", name="Give back").click()
    dialog = page.get_by_role("dialog", name="Give back to the senders?")
    expect(dialog).to_contain_text("2 mails leave the queue and will not be delivered.")
    dialog.get_by_role("button", name="Give 2 mails back").click()
    expect(page.get_by_role("heading", name="Nothing waits here")).to_be_visible()
    outcomes = sorted(row["status"] for row in stopped.api.find(f'subject:"{mark}"'))
    assert outcomes == ["bounced", "bounced", "deleted"]
