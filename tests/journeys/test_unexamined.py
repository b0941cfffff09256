# SPDX-License-Identifier: Apache-2.0
"""An organization that switches every check off gets its mail unexamined, and everything says so."""

import email
from uuid import uuid4

import pytest

from house import letter, until
from mailward.catalog import FEATURES

pytestmark = pytest.mark.xdist_group("gateway")

SWITCHED = [feature.name for feature in FEATURES if "enabled" in feature.settings.__struct_fields__]
EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*\n"


def switch(house, values):
    for name in SWITCHED:
        status, body = house.api.request("PUT", f"/api/v1/features/{name}/settings", values)
        assert status == 200, body


@pytest.fixture
def unexamined(gateway, sink):
    """The gateway with every check off, once its SMTP process knows."""
    switch(gateway, {"enabled": False})
    until(lambda: arrived(gateway, sink, letter(f"Off {uuid4()}"))["X-Mailward-Verdict"] == "not-examined", what="off")
    yield gateway
    switch(gateway, {})
    until(lambda: arrived(gateway, sink, letter(f"On {uuid4()}"))["X-Mailward-Verdict"] == "clean", what="on")


def arrived(house, sink, mail):
    subject = email.message_from_bytes(mail)["Subject"]
    house.send(mail)
    found = until(lambda: _found(sink, subject), what=f"{subject} delivered")
    return email.message_from_bytes(found)


def test_mail_is_delivered_and_says_that_nobody_looked(unexamined, sink):
    subject = f"Unexamined {uuid4()}"
    received = arrived(unexamined, sink, letter(subject, EICAR))
    assert received["X-Mailward-Score"] is None
    assert received["Authentication-Results"] is None
    row = unexamined.api.wait_for(f'subject:"{subject}"')
    assert row["rule"]["winner"] == "Not examined: all checks are off"
    assert {finding["why"] for finding in row["findings"].values()} == {"switched off"}
    kinds = {event["kind"] for event in row["timeline"]}
    assert "scanned" not in kinds
    assert "authenticated" not in kinds
    assert row["header_from"]


def test_one_check_that_is_on_is_enough_to_look(unexamined, sink):
    subject = f"Virus only {uuid4()}"
    status, _ = unexamined.api.request("PUT", "/api/v1/features/virus/settings", {})
    assert status == 200

    def caught():
        once = f"{subject} {uuid4()}"
        unexamined.send(letter(once, EICAR))
        return unexamined.api.wait_for(f'subject:"{once}"')["verdict"] == "malware"

    until(caught, what="the virus scan being on")


def _found(sink, subject):
    return next((mail for mail in sink.for_recipient("lee@example.test") if subject.encode() in mail), None)
