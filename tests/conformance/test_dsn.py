# SPDX-License-Identifier: Apache-2.0
"""RFC 3461 over real SMTP: what senders ask for at the edge, in our notices, and at the servers that come next. One
of those is Postfix, which announces DSN, and answers for the world; the server behind us announces nothing."""

import email
import email.policy
import smtplib
import time
from typing import NamedTuple

import pytest
from bench import postfix

from house import PASSWORD, House, initialize, letter, running, until
from name_server import NameServer
from sink import Sink

pytestmark = [
    pytest.mark.xdist_group("dsn"),
    pytest.mark.skipif(not postfix.available(), reason="Postfix needs to be installed, and root"),
]

SENDER, SERVER = "127.0.0.9", "127.0.0.2"
RECORDS = {
    ("off.test", "MX"): ["10 mx.off.test."],
    ("mx.off.test", "A"): ["127.0.0.1"],
    ("off.test", "TXT"): [f'"v=spf1 ip4:{SENDER} -all"'],
}


class Gate(NamedTuple):
    """The product; the server behind it, which announces no DSN; and where Postfix brings all mail for the world."""

    house: House
    home: Sink
    world: Sink

    def send(
        self, subject: str, *, mail: str = "", rcpt: str = "", peer: str = SENDER, sender: str = "ann@off.test",
        to: str = "lee@example.test", chunked: bool = False,
    ) -> None:  # fmt: skip
        raw = letter(subject, From=sender, To=to)
        with smtplib.SMTP(local_hostname="mail.off.test", timeout=60, source_address=(peer, 0)) as client:
            client.connect(*self.house.smtp)
            client.ehlo()
            assert client.has_extn("DSN")
            for command in (f"MAIL FROM:<{sender}> {mail}".strip(), f"RCPT TO:<{to}> {rcpt}".strip()):
                code, text = client.docmd(command)
                assert code == 250, text
            if chunked:
                client.send(f"BDAT {len(raw)} LAST\r\n".encode() + raw)
                code, text = client.getreply()
            else:
                code, text = client.data(raw)
            assert code == 250, text

    def outcome(self, subject: str, status: str) -> dict:
        return self.house.api.wait_for(f'subject:"{subject}" status:{status}', seconds=60)

    def notices(self, subject: str) -> list[email.message.EmailMessage]:
        """The reports about a mail that reached its sender, from whomever."""
        mails = [email.message_from_bytes(got.mail, policy=email.policy.default) for got in self.world.received]
        reports = [mail for mail in mails if mail.get_content_type() == "multipart/report"]
        return [mail for mail in reports if subject in mail.as_string()]

    def notice(self, subject: str) -> email.message.EmailMessage:
        return until(lambda: self.notices(subject), seconds=60, what=f"a notice about {subject!r}")[0]


def fields(notice):
    """(of the mail, of its one recipient, the third part)"""
    _, status, original = notice.iter_parts()
    of_mail, of_recipient = (dict(block.items()) for block in status.get_payload())
    return of_mail, of_recipient, original


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dsn")
    with Sink() as home, Sink() as world, NameServer(RECORDS) as names:
        home.answers["gone@example.test"] = "550 5.1.1 nobody of that name"
        with postfix.running(folder / "postfix", world.address[1]) as peer:
            initialize(folder / "data", next_hop=home.address)
            environment = {
                "MAILWARD_NAME_SERVERS": names.address, "MAILWARD_MX_PORT": str(peer.smtp_port),
                "MAILWARD_MX_INSIDE": "127.0.0.0/8", "MAILWARD_HOSTNAME": "gate.test", "MAILWARD_SMTP_PROCESSES": "1",
            }  # fmt: skip
            with running("run", folder / "data", environment=environment) as house:
                house.api.sign_in("admin@example.test", PASSWORD)
                began = time.time()
                house.api.post("/api/v1/outbound/connectors", {"name": "office", "networks": [SERVER]})
                house.goes_by_changes_since(began)
                yield Gate(house, home, world)


@pytest.mark.parametrize("chunked", [False, True])
def test_who_asks_is_told_that_the_mail_went_where_nobody_reports(gate, chunked):
    subject = f"Relayed {chunked}"
    gate.send(
        subject, mail="RET=FULL ENVID=QQ+2B314", rcpt="NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Lee+2Bbox@old.test",
        chunked=chunked,
    )  # fmt: skip
    notice = gate.notice(subject)
    of_mail, of_recipient, original = fields(notice)
    assert of_mail["Reporting-MTA"] == "dns; gate.test"
    assert of_mail["Original-Envelope-Id"] == "QQ+314"
    assert of_recipient["Original-Recipient"] == "rfc822;Lee+box@old.test"
    assert of_recipient["Final-Recipient"] == "rfc822; lee@example.test"
    assert (of_recipient["Action"], of_recipient["Status"]) == ("relayed", "2.0.0")
    assert original.get_content_type() == "text/rfc822-headers", "RET is about failures"
    kinds = [event["kind"] for event in gate.outcome(subject, "delivered")["timeline"]]
    assert "notified" in kinds
    assert len(gate.notices(subject)) == 1


def test_who_asks_for_nothing_hears_nothing_of_a_success(gate):
    gate.send("Unasked")
    gate.send("Only failures", rcpt="NOTIFY=FAILURE")
    for subject in ("Unasked", "Only failures"):
        assert "notified" not in [event["kind"] for event in gate.outcome(subject, "delivered")["timeline"]]
        assert not gate.notices(subject)


@pytest.mark.parametrize(("ret", "kind"), [("FULL", "message/rfc822"), ("HDRS", "text/rfc822-headers")])
def test_a_failure_comes_with_as_much_as_was_asked_for(gate, ret, kind):
    subject = f"Failed {ret}"
    gate.send(subject, mail=f"RET={ret} ENVID=e1", rcpt="NOTIFY=FAILURE", to="gone@example.test")
    of_mail, of_recipient, original = fields(gate.notice(subject))
    assert of_mail["Original-Envelope-Id"] == "e1"
    assert "Original-Recipient" not in of_recipient
    assert (of_recipient["Action"], of_recipient["Status"]) == ("failed", "5.1.1")
    assert original.get_content_type() == kind


@pytest.mark.parametrize("notify", ["NEVER", "SUCCESS", "DELAY"])
def test_who_does_not_want_to_hear_of_failures_does_not(gate, notify):
    subject = f"No failure for {notify}"
    gate.send(subject, rcpt=f"NOTIFY={notify}", to="gone@example.test")
    row = gate.outcome(subject, "bounced")
    assert "notified" not in [event["kind"] for event in row["timeline"]]
    assert gate.house.api.get("/api/v1/quarantine?limit=50")["items"], "the copy is not lost"
    assert not gate.notices(subject)


def test_nobody_is_told_who_is_not_proved_whatever_they_ask(gate):
    gate.send("Forged", mail="RET=FULL", rcpt="NOTIFY=SUCCESS,FAILURE,DELAY", sender="eve@unproved.test")
    row = gate.outcome("Forged", "delivered")
    assert "notified" not in [event["kind"] for event in row["timeline"]]


def test_a_next_hop_that_announces_dsn_gets_the_wishes_and_answers_for_them(gate):
    gate.send(
        "By Postfix", mail="RET=HDRS ENVID=QQ+2B999", rcpt="NOTIFY=SUCCESS ORCPT=rfc822;X+2Bbox@old.test",
        peer=SERVER, sender="ann@example.test", to="x@off.test",
    )  # fmt: skip
    of_mail, of_recipient, _ = fields(gate.notice("By Postfix"))
    assert of_mail["Reporting-MTA"] == "dns; peer.example.test", "not ours"
    assert of_mail["Original-Envelope-Id"] == "QQ+999"
    assert of_recipient["Original-Recipient"] == "rfc822;X+box@old.test"
    assert of_recipient["Action"] == "relayed"
    kinds = [event["kind"] for event in gate.outcome("By Postfix", "delivered")["timeline"]]
    assert "notified" not in kinds


def test_a_sender_of_ours_is_told_that_a_mail_did_not_leave(gate):
    """Nobody checks SPF for mail that leaves: the server that brought it is known."""
    gate.send("To nowhere", peer=SERVER, sender="ann@example.test", to="x@nowhere.invalid")

    def told():
        mails = [email.message_from_bytes(raw) for raw in gate.home.for_recipient("ann@example.test")]
        return [mail for mail in mails if "x@nowhere.invalid" in mail.as_string()]

    [notice] = until(told, seconds=60, what="the notice")
    assert notice.get_content_type() == "multipart/report"
