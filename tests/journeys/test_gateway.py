# SPDX-License-Identifier: Apache-2.0
"""A gateway in front of a server that is slow, picky or away: nothing is lost, nothing is altered, nothing is forged."""

import email
import os
import signal
import smtplib
from uuid import uuid4

import pytest

from house import letter, until

pytestmark = pytest.mark.xdist_group("gateway")


def status(house, subject):
    rows = house.api.find(f'subject:"{subject}"')
    return {row["recipient"]: row["status"] for row in rows}


def test_each_recipient_has_an_outcome_of_its_own(gateway, sink):
    subject = f"Minutes {uuid4()}"
    sink.answers = {"temporary@example.test": "451 4.2.0 later", "gone@example.test": "550 5.1.1 moved away"}
    gateway.send(letter(subject), to=("lee@example.test", "temporary@example.test", "gone@example.test"))
    wanted = {"lee@example.test": "delivered", "temporary@example.test": "queued", "gone@example.test": "bounced"}
    until(lambda: status(gateway, subject) == wanted, what=f"{wanted}")
    held = gateway.api.get("/api/v1/quarantine?limit=100")["items"]
    assert any(row["subject"] == subject and row["reason"] == "undeliverable" for row in held)
    row = next(row for row in gateway.api.find(f'subject:"{subject}"') if row["recipient"] == "temporary@example.test")
    timeline = gateway.api.get(f"/api/v1/messages/{row['id']}")["timeline"]
    assert any(event["kind"] == "deferred" and "later" in str(event["detail"]) for event in timeline)
    sink.answers = {}


def test_forged_results_and_verdicts_do_not_survive(gateway, sink):
    subject = f"Forged {uuid4()}"
    hostname = _hostname(gateway)
    mail = letter(
        subject, Authentication_Results=f"{hostname}; dmarc=pass header.from=bank.test", X_Mailward_Verdict="clean",
        X_Mailward_Score="-100",
    )  # fmt: skip
    mail = b"Authentication-Results: other.example; spf=pass\r\n" + mail
    gateway.send(mail)
    received = email.message_from_bytes(until(lambda: _mail(sink, subject), what="delivery"))
    ours = [value for value in received.get_all("Authentication-Results") if value.startswith(hostname)]
    assert len(ours) == 1
    assert "bank.test" not in ours[0]
    assert any("other.example" in value for value in received.get_all("Authentication-Results"))
    assert received.get_all("X-Mailward-Score") == [received["X-Mailward-Score"]]
    assert received["X-Mailward-Score"] != "-100"


@pytest.mark.parametrize("body", [b"plain\r\n", b".\r\n..\r\n", "ümläut\r\n".encode(), b"x" * 998 + b"\r\n", b""])
def test_bytes_arrive_as_they_were_sent(gateway, sink, body):
    subject = f"Bytes {uuid4()}"
    mail = f"From: ann@sender.test\r\nTo: lee@example.test\r\nSubject: {subject}\r\n\r\n".encode() + body
    gateway.send(mail)
    received = until(lambda: _mail(sink, subject), what="delivery")
    assert received.endswith((mail, mail.rstrip(b"\r\n") + b"\r\n"))


def test_a_line_longer_than_smtp_allows_is_folded_and_loses_nothing(gateway, sink):
    """The sink offers no CHUNKING, so the line must be broken (RFC 5321, 4.5.3.1.6)."""
    subject = f"Long line {uuid4()}"
    gateway.send(f"From: ann@sender.test\r\nTo: lee@example.test\r\nSubject: {subject}\r\n\r\n".encode() + b"x" * 5000)
    received = until(lambda: _mail(sink, subject), what="delivery")
    body = received.partition(b"\r\n\r\n")[2]
    assert max(len(line) for line in body.split(b"\r\n")) <= 998
    assert b"".join(body.split()) == b"x" * 5000


def test_a_killed_process_comes_back_and_mail_goes_on(gateway, sink):
    for pid, name in gateway.children().items():
        if "postgres" in name:
            continue
        os.kill(pid, signal.SIGKILL)
    subject = f"After the kill {uuid4()}"

    def sent():
        try:
            return gateway.send(letter(subject))
        except OSError:
            return None

    until(sent, seconds=30, what="an answer on the port")
    until(lambda: _mail(sink, subject), seconds=30, what="delivery after the kill")


def test_a_dead_database_means_try_again_and_comes_back(gateway, sink):
    postmaster = int((gateway.data / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    subject = f"After the database {uuid4()}"
    codes = set()

    def sent():
        try:
            return gateway.send(letter(subject))
        except smtplib.SMTPResponseException as refused:
            codes.add(refused.smtp_code)
        except OSError:
            pass
        return None

    until(sent, seconds=60, what="acceptance after the database came back")
    assert all(400 <= code < 500 for code in codes), codes
    until(lambda: _mail(sink, subject), seconds=30, what="delivery")


def _mail(sink, subject):
    return next((mail.mail for mail in list(sink.received) if subject.encode() in mail.mail), None)


def _hostname(gateway):
    with smtplib.SMTP(*gateway.smtp) as client:
        client.ehlo()
        return client.ehlo_resp.decode().split()[0]
