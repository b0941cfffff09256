# SPDX-License-Identifier: Apache-2.0
"""Between servers as others run them: a Postfix that relays to a Dovecot, on both sides of the gateway; clients and a
DKIM verifier that are not ours; and the DNS in nsd behind unbound, with the records that the gateway says to publish."""

import email
import email.policy
import smtplib
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

import mail_servers
from house import PASSWORD, ROOT, House, initialize, letter, running, until
from mail_servers import MailServer
from zone_servers import Zones, nsd, unbound

pytestmark = [
    pytest.mark.xdist_group("mail_servers"),
    pytest.mark.skipif(not mail_servers.available(), reason="needs Postfix and Dovecot, and root to start them"),
]

SERVER, STRANGER = "127.0.0.2", "127.0.0.9"
ZONES = {
    "example.test": "@ MX 10 gate.test.\n",
    "far.test": "@ MX 10 mx.far.test.\nmx A 127.0.0.1\n",
    "sender.test": "@ A 192.0.2.1\n",
}
ADDED = {
    "authentication-results", "delivered-to", "received", "return-path", "x-mailward-id", "x-mailward-score",
    "x-mailward-verdict",
}  # fmt: skip
"""What we and the servers put on top."""
FORGERIES = (
    (b"aus dem", b"von dem"),
    (b"Subject: Offer", b"Subject: Order"),
    (b"\r\nFrom:", b"\r\nFrom: b@example.test\r\nFrom:"),
)


class Between:
    """The gateway, the server behind it (which is also the world's), and the zones."""

    def __init__(self, house: House, server: MailServer, zones: Zones, resolver: int) -> None:
        self.house, self.api, self.server, self.zones, self.resolver = house, house.api, server, zones, resolver

    def status(self, subject: str) -> dict[str, str]:
        return {row["recipient"]: row["status"] for row in self.api.find(f'subject:"{subject}"')}

    def swaks(self, peer: str, subject: str, *options: str) -> subprocess.CompletedProcess[str]:
        host, port = self.house.smtp
        return subprocess.run(
            [
                "swaks", "--server", host, "--port", str(port), "--local-interface", peer, "--ehlo", "exchange.internal",
                "--from", "ann@example.test", "--to", "x@far.test", "--header", f"Subject: {subject}", *options,
            ],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def offer(self, *options: str) -> bytes:
        """A mail of the registered server, as it arrives outside."""
        subject = f"Offer {uuid4()}"
        sent = self.swaks(SERVER, subject, *options)
        assert sent.returncode == 0, sent.stdout
        return self.server.stored("x@far.test", subject)

    def register(self, peer: str) -> None:
        self.api.post("/api/v1/outbound/connectors", {"name": f"server {peer}", "networks": [peer]})
        until(lambda: self.swaks(peer, "", "--quit-after", "RCPT").returncode == 0, seconds=60, what=f"{peer} is heard")

    def verify(self, mail: bytes) -> list[str]:
        """What Perl's Mail::DKIM says about each signature, asking the resolver."""
        done = subprocess.run(
            ["perl", ROOT / "tests/verify_dkim.pl", str(self.resolver)], input=mail, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().splitlines()


@pytest.fixture(scope="module")
def between(tmp_path_factory):
    data = tmp_path_factory.mktemp("mail_servers") / "data"
    people = data.parent / "people.csv"
    people.write_text("".join(f"{name}@example.test,{name}\n" for name in ("lee", "sam", "kim", "gone", "ann")))
    with ExitStack() as stack:
        server = stack.enter_context(mail_servers.running())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/tmp", prefix="zones-")))
        zones = stack.enter_context(nsd(folder, ZONES))
        resolver = stack.enter_context(unbound(folder, dict.fromkeys(ZONES, zones.port)))
        initialize(data, next_hop=server.address, recipients=people)
        environment = {
            "MAILWARD_NAME_SERVERS": f"127.0.0.1:{resolver}", "MAILWARD_SMTP_PROCESSES": "1",
            "MAILWARD_MX_PORT": str(server.address[1]), "MAILWARD_MX_INSIDE": "127.0.0.0/8",
            "MAILWARD_HOSTNAME": "gate.test",
        }  # fmt: skip
        house = stack.enter_context(running("run", data, environment=environment))
        house.api.sign_in("admin@example.test", PASSWORD)
        yield Between(house, server, zones, resolver)


def body(kind: str, subject: str) -> bytes:
    head = f"From: Ann <ann@sender.test>\r\nTo: lee@example.test\r\nSubject: {subject}\r\n".encode()
    head += b"Message-ID: <1@sender.test>\r\nDate: Fri, 27 Nov 2026 12:00:00 +0100\r\n"
    if kind == "attachment":
        mail = email.message.EmailMessage(policy=email.policy.SMTP)
        mail.set_content("Here it is.\n")
        mail.add_attachment(bytes(range(256)) * 800, maintype="application", subtype="octet-stream", filename="a.dat")
        return head + mail.as_bytes()
    return (
        head
        + {
            "plain": b"\r\nShall we?\r\n",
            "dots": b"\r\n.\r\n..\r\n.x\r\n...\r\n",
            "eight bits": b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            + "Grüße, 你好\r\n".encode(),
            "folded fields": b"References: <a@sender.test>\r\n\t<b@sender.test>\r\n  <c@sender.test>\r\nX-Odd:\t  x \r\n\r\nx\r\n",
            "blank lines": b"\r\n\r\n\r\n x \t\r\n\r\n\r\n",
            "a line as long as allowed": b"\r\n" + b"x" * 998 + b"\r\n",
            "no body": b"\r\n",
        }[kind]
    )


@pytest.mark.parametrize(
    "kind",
    [
        "plain", "dots", "eight bits", "folded fields", "blank lines", "a line as long as allowed", "no body",
        "attachment",
    ],
)  # fmt: skip
def test_what_the_mailbox_holds_is_what_was_sent_below_what_servers_put_on_top(between, kind):
    subject = f"{kind} {uuid4()}"
    mail = body(kind, subject)
    between.house.send(mail)
    stored = between.server.stored("lee@example.test", subject)
    assert stored.endswith(mail)
    top = email.message_from_bytes(stored.removesuffix(mail) + b"\r\n")
    assert {name.lower() for name in top.keys()} <= ADDED  # noqa: SIM118 - a message iterates otherwise
    assert not top.get_payload()
    assert top["Return-Path"] == "<ann@sender.test>"


def test_a_postfix_that_answers_each_recipient_its_own_way_gets_each_copy_once(between):
    subject = f"Four answers {uuid4()}"
    between.server.answers |= {"sam@example.test": "450 4.2.1 is moving", "gone@example.test": "550 5.1.1 left us"}
    everybody = tuple(f"{name}@example.test" for name in ("lee", "sam", "kim", "gone"))
    between.house.send(letter(subject), to=everybody)
    wanted = dict(zip(everybody, ("delivered", "queued", "delivered", "bounced"), strict=True))
    until(lambda: between.status(subject) == wanted, seconds=60, what=f"{wanted}")
    assert not between.server.mailbox("sam@example.test")
    replies = {row["recipient"]: _timeline(between, row["id"]) for row in between.api.find(f'subject:"{subject}"')}
    assert "is moving" in str(replies["sam@example.test"])
    assert "left us" in str(replies["gone@example.test"])

    between.server.answers.clear()
    retry = {"action": "retry", "selection": {"q": f'subject:"{subject}"'}}

    def taken() -> bool:
        between.api.post("/api/v1/queue/actions", retry)
        return between.status(subject)["sam@example.test"] == "delivered"

    until(taken, seconds=60, what="the delivery to a server that has come round")
    between.server.stored("sam@example.test", subject)
    for name in ("lee", "sam", "kim"):
        mails = between.server.mailbox(f"{name}@example.test")
        assert len([mail for mail in mails if subject.encode() in mail]) == 1
    assert not between.server.mailbox("gone@example.test")


def _timeline(between: Between, identifier: str) -> list[dict]:
    return between.api.get(f"/api/v1/messages/{identifier}")["timeline"]


@pytest.fixture(scope="module")
def signing(between) -> str:
    """A key for example.test whose record stands in the zone as the line that we show says: its selector."""
    settings = "/api/v1/features/dkim_signing/settings"
    assert between.api.request("PUT", settings, {"wait_hours": 0})[0] == 200
    key = between.api.post("/api/v1/dkim_signing/keys", {"domain": "example.test"})
    check = f"/api/v1/dkim_signing/keys/{key['id']}/check"
    assert between.api.post(check, {})["state"] == "waiting"
    between.zones.publish("example.test", key["record"]["zone_line"])
    assert between.api.post(check, {})["state"] == "active"
    between.register(SERVER)
    until(lambda: b"DKIM-Signature:" in between.offer(), seconds=60, what="the key in the process that delivers")
    return key["selector"]


def test_what_a_registered_server_sends_arrives_outside_with_a_signature_that_others_verify(between, signing):
    mail = between.offer("--body", "Grüße aus dem Büro\n.\n..\n", "--tls")
    assert between.verify(mail) == [f"example.test {signing} rsa-sha256 pass"]
    assert email.message_from_bytes(mail)["From"] == "ann@example.test"
    for before, after in FORGERIES:
        assert before in mail
        assert between.verify(mail.replace(before, after, 1)) == [f"example.test {signing} rsa-sha256 fail"]


def test_every_mail_of_a_burst_is_signed_and_arrives_once(between, signing):
    between.register("127.0.0.1")
    host, port = between.house.smtp
    words = ["-s", "3", "-m", "15", "-l", "3000", "-f", "ann@example.test", "-S", "Burst", "-N", "-t", "y@far.test"]
    done = subprocess.run(["smtp-source", *words, f"{host}:{port}"], capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr

    def everybody() -> list[bytes]:
        boxes = [between.server.mailbox(f"{number}y@far.test") for number in range(1, 16)]
        return [mail for box in boxes for mail in box] if all(boxes) else []

    mails = until(everybody, seconds=90, what="fifteen mails")
    assert len(mails) == 15
    assert [between.verify(mail) for mail in mails[::3]] == [[f"example.test {signing} rsa-sha256 pass"]] * 5
    assert all(mail.count(b"DKIM-Signature:") == 1 for mail in mails)


def test_a_server_that_nobody_registered_sends_nothing_out(between):
    refused = between.swaks(STRANGER, "Not ours")
    assert refused.returncode == 24
    assert "550 5.7.1" in refused.stdout


def test_a_stranger_s_mail_is_not_signed(between, signing):
    subject = f"Not ours {uuid4()}"
    with smtplib.SMTP(*between.house.smtp, timeout=60, source_address=(STRANGER, 0)) as client:
        client.sendmail("ann@sender.test", ["lee@example.test"], letter(subject))
    assert b"DKIM-Signature" not in between.server.stored("lee@example.test", subject)
