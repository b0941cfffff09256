# SPDX-License-Identifier: Apache-2.0
"""Mail that leaves, over real SMTP: registered servers on loopback addresses of their own, a name server and the
world's mail server of ours, two SMTP processes; and everything that must not be relayed."""

import email
import json
import os
import smtplib
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import dkim
import pytest

from house import PASSWORD, ROOT, House, initialize, letter, running, until
from name_server import NameServer
from sink import Sink

pytestmark = pytest.mark.xdist_group("outbound")

CONNECTORS, PAUSES = "/api/v1/outbound/connectors", "/api/v1/outbound/pauses"
SERVER, OFFICE, OFFICE_2, STRANGER = "127.0.0.2", "127.0.1.7", "127.0.1.8", "127.0.0.9"
RECORDS = {
    ("far.test", "MX"): ["10 mx.far.test."],
    ("mx.far.test", "A"): ["127.0.0.1"],
    ("sender.test", "A"): ["192.0.2.1"],
}
EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*\n"
CLOUDS = """
[office]
title = "Office cloud"
networks = ["127.0.1.0/24"]
header = "X-Tenant-Id"
"""


class Gateway:
    """The product between its organization's servers and the world."""

    def __init__(self, house: House, world: Sink, home: Sink) -> None:
        self.house, self.api, self.world, self.home = house, house.api, world, home

    def talk(self, peer: str) -> smtplib.SMTP:
        client = smtplib.SMTP(local_hostname="exchange.internal", timeout=60, source_address=(peer, 0))
        client.connect(*self.house.smtp)
        client.ehlo()
        return client

    def rcpt(self, peer: str, *, sender: str = "ann@example.test", to: str = "x@far.test") -> tuple[int, str]:
        """The answer to MAIL or RCPT, whichever refuses first."""
        with self.talk(peer) as client:
            code, text = client.docmd(f"MAIL FROM:<{sender}>")
            if code == 250:
                code, text = client.docmd(f"RCPT TO:<{to}>")
            return code, text.decode()

    def send(
        self, peer: str, subject: str, text: str = "Shall we?\n", *, sender: str = "ann@example.test",
        to: tuple[str, ...] = ("x@far.test",), **headers: str,
    ) -> tuple[int, str]:  # fmt: skip
        headers = {"From": sender or "postmaster@example.test", "To": to[0], **headers}
        with self.talk(peer) as client:
            client.mail(sender)
            for recipient in to:
                code, answer = client.rcpt(recipient)
                if code != 250:
                    return code, answer.decode()
            code, answer = client.data(letter(subject, text, **headers))
            return code, answer.decode()

    def register(self, peer: str = SERVER, **values) -> dict:
        """A connector, once both processes know it."""
        values = {"name": f"server {time.monotonic_ns()}", "networks": [peer], **values}
        made = self.api.post(CONNECTORS, values)
        self.everywhere(250, peer=peer)
        return made

    def settle(self, **settings) -> None:
        self.house.change("outbound", settings)

    def everywhere(self, code: int, *, peer: str = SERVER, sender: str = "ann@example.test") -> None:
        """RCPT is answered so in all processes. Which one takes a connection is the kernel's choice: ask until it
        was so ten times in a row."""
        answers: list[tuple[int, str]] = []

        def often() -> bool:
            answers.append(self.rcpt(peer, sender=sender))
            return [answer for answer, _ in answers[-10:]] == [code] * 10

        try:
            until(often, seconds=60)
        except AssertionError as exc:
            raise AssertionError(f"no {code} everywhere: {answers[-3:]}") from exc

    def refusal(self, sender: str) -> str:
        """What the sender is told by the process that answers; "" if that process has not heard of it yet."""
        code, text = self.rcpt(SERVER, sender=sender)
        return text if code != 250 else ""

    def arrived(self, subject: str, *, at: Sink | None = None) -> email.message.Message:
        def find():
            mails = [email.message_from_bytes(received.mail) for received in (at or self.world).received]
            return next((mail for mail in mails if mail["Subject"] == subject), None)

        return until(find, seconds=60, what=f"{subject!r} to arrive")


@pytest.fixture(scope="module")
def names():
    with NameServer(RECORDS) as names:
        yield names


@pytest.fixture(scope="module")
def gate(tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("outbound")
    clouds = folder / "clouds.toml"
    clouds.write_text(CLOUDS)
    with Sink() as home, Sink() as world:
        initialize(folder / "data", next_hop=home.address)
        environment = {
            "MAILWARD_NAME_SERVERS": names.address, "MAILWARD_SMTP_PROCESSES": "2", "MAILWARD_CLOUDS": str(clouds),
            "MAILWARD_MX_PORT": str(world.address[1]), "MAILWARD_MX_INSIDE": "127.0.0.0/8",
            "MAILWARD_HOSTNAME": "gate.test",
        }  # fmt: skip
        with running("run", folder / "data", environment=environment) as house:
            house.api.sign_in("admin@example.test", PASSWORD)
            yield Gateway(house, world, home)


@pytest.fixture(scope="module")
def registered(gate) -> Gateway:
    gate.register()
    return gate


TRICKS = [
    ("ann@sender.test", "x@far.test"),
    ("ann@example.test", "x@far.test"),
    ("", "x@far.test"),
    ("ann@example.test", "x%far.test@example.test"),
    ("ann@example.test", '"x%far.test"@example.test'),
    ("ann@example.test", '"x@far.test"@example.test'),
    ("ann@example.test", "far.test!x@example.test"),
    ("ann@example.test", "@example.test:x@far.test"),
    ("ann@example.test", "@example.test,@other.test:x@far.test"),
    ("ann@example.test", "x@far.test@example.test"),
    ("ann@example.test", "x@sub.example.test"),
    ("ann@example.test", "x@example.test.far.test"),
    ("ann@sub.example.test", "x@far.test"),
    ("ann@example.test", "x@[127.0.0.1]"),
    ("ann@example.test", "x@[IPv6:::1]"),
    ("ann@example.test", "<x@far.test>"),
    ("ann@example.test", "x@far.test> NOTIFY=NEVER ORCPT=rfc822;<y@example.test"),
    ("ann%example.test@sender.test", "x@far.test"),
    ('"ann@example.test"@sender.test', "x@far.test"),
]


@pytest.mark.parametrize(("sender", "to"), TRICKS)
def test_it_is_no_open_relay(gate, sender, to):
    code, text = gate.rcpt(STRANGER, sender=sender, to=to)
    assert 500 <= code < 600, text
    assert text[:2] == "5."


@pytest.mark.parametrize(
    ("sender", "to"),
    [trick for trick in TRICKS if trick not in (("ann@example.test", "x@far.test"), ("", "x@far.test"))],
)
def test_a_registered_server_cannot_be_tricked_either(registered, sender, to):
    outside = to.endswith((".far.test", "sub.example.test")) or to.startswith("x@far.test> NOTIFY=NEVER ")
    if outside and sender == "ann@example.test":
        return  # ordinary domains of the outside, for one who may send there
    code, text = registered.rcpt(SERVER, sender=sender, to=to)
    assert 500 <= code < 600, text


def test_a_registered_server_s_mail_leaves_and_tells_the_world_nothing_about_the_inside(registered):
    code, text = registered.send(
        SERVER, "To the world", X_Mailward_Verdict="clean", X_Mailward_Connector="some secret",
        Authentication_Results="gate.test; spf=pass", X_Own="stays",
    )  # fmt: skip
    assert code == 250, text
    mail = registered.arrived("To the world")
    assert not [name for name in mail if name.lower().startswith(("x-mailward", "authentication-results"))]
    assert mail["X-Own"] == "stays"
    [received] = [" ".join(field.split()) for field in mail.get_all("Received")]
    assert received.startswith("from example.test by gate.test with ESMTP id ")
    assert not [word for word in (SERVER, "exchange.internal", "127.") if word in received]
    row = registered.api.wait_for('subject:"To the world" direction:out status:delivered', seconds=60)
    assert (row["direction"], row["recipient"], row["verdict"]) == ("out", "x@far.test", "clean")
    kinds = [event["kind"] for event in row["timeline"]]
    assert "authenticated" not in kinds
    assert {"accepted", "scanned", "decided", "delivered"} <= set(kinds)
    assert not registered.api.find('subject:"To the world" direction:in')


@pytest.mark.parametrize(
    ("sender", "author"),
    [
        ("ann@example.test", "boss@victim.test"),
        ("ann@example.test", "ann@example.test, boss@victim.test"),
        ("ann@example.test", "ann@sub.example.test"),
        ("", "MAILER-DAEMON@victim.test"),
    ],
)
def test_from_must_be_the_organization_s_own(registered, sender, author):
    subject = f"Not mine {author} {bool(sender)}"
    code, text = registered.send(SERVER, subject, sender=sender, From=author)
    assert (code, text[:5]) == (550, "5.7.1"), text
    if sender:
        rows = until(lambda: registered.api.find(f"sender:{sender} direction:out status:rejected"), what="the record")
        assert rows[0]["direction"] == "out"
    assert not [received for received in registered.world.received if subject.encode() in received.mail]


def test_notices_without_a_sender_leave_for_a_few_recipients(registered):
    code, text = registered.send(SERVER, "Undelivered", sender="", From="Mailer <postmaster@example.test>")
    assert code == 250, text
    registered.arrived("Undelivered")
    many = tuple(f"x{number}@far.test" for number in range(11))
    code, text = registered.send(SERVER, "Undelivered to all", sender="", to=many)
    assert (code, text[:5]) == (550, "5.5.3")


def test_one_mail_for_the_inside_and_the_outside_is_judged_once_for_each(registered):
    code, text = registered.send(SERVER, "For both", to=("lee@example.test", "x@far.test"))
    assert code == 250, text
    inside = registered.arrived("For both", at=registered.home)
    assert "spf=pass" in inside["Authentication-Results"]
    assert inside["X-Mailward-Verdict"] == "clean"
    assert registered.arrived("For both")["X-Mailward-Verdict"] is None
    rows = until(lambda: (found := registered.api.find('subject:"For both"')) and len(found) == 2 and found)
    assert {(row["recipient"], row["direction"]) for row in rows} == {
        ("lee@example.test", "in"), ("x@far.test", "out"),
    }  # fmt: skip


def test_a_virus_does_not_leave_and_can_be_looked_at_in_quarantine(registered):
    code, _ = registered.send(SERVER, "An invoice", EICAR, sender="bob@example.test")
    assert code == 250
    row = registered.api.wait_for('subject:"An invoice" direction:out')
    assert (row["verdict"], row["status"]) == ("malware", "quarantined")
    assert registered.api.find('rule:"Outbound malware"')
    assert not [received for received in registered.world.received if b"EICAR" in received.mail]


def test_what_is_released_leaves_signed_by_the_outbound_route_and_once(registered, names):
    """Two administrators press the button at the same time, and one of them once more."""
    registered.house.change("dkim_signing", {"wait_hours": 0})
    key = registered.api.post("/api/v1/dkim_signing/keys", {"domain": "example.test"})
    strings = key["record"]["zone_line"].partition("( ")[2].removesuffix(" )")
    names.records[key["record"]["name"], "TXT"] = [strings]
    began = time.time()
    assert registered.api.post(f"/api/v1/dkim_signing/keys/{key['id']}/check", {})["state"] == "active"
    registered.house.goes_by_changes_since(began)
    assert registered.send(SERVER, "Held on its way out", EICAR, sender="gil@example.test")[0] == 250
    row = registered.api.wait_for('subject:"Held on its way out" status:quarantined', seconds=60)
    order = {"action": "release", "selection": {"ids": [row["id"]]}}
    with ThreadPoolExecutor(2) as pool:
        orders = [pool.submit(registered.api.post, "/api/v1/quarantine/actions", order) for _ in range(2)]
        outcomes = [made.result()["results"][0]["outcome"] for made in orders]
    assert sorted(outcomes) == ["already_released", "released"]
    mail = registered.arrived("Held on its way out")
    assert registered.api.post("/api/v1/quarantine/actions", order)["results"][0]["outcome"] == "already_released"
    delivered = registered.api.wait_for('subject:"Held on its way out" status:delivered', seconds=60)
    assert [event["kind"] for event in delivered["timeline"]].count("delivered") == 1
    [received] = [got for got in registered.world.received if b"Subject: Held on its way out" in got.mail]
    assert (received.sender, received.recipients) == ("gil@example.test", ("x@far.test",))
    answers = {f"{key['record']['name']}.".encode(): "".join(strings.split('"')[1::2]).encode()}
    assert dkim.verify(received.mail, dnsfunc=lambda name, timeout=5: answers.get(name))
    assert not [name for name in mail if name.lower().startswith("x-mailward")], "the world learns nothing of us"
    assert not registered.home.for_recipient("x@far.test")


def test_a_sender_ip_rule_leaves_the_organization_s_own_servers_alone(registered):
    """Mail among colleagues by way of a registered server; a stranger who borrows the name is still refused."""
    began = time.time()
    path, rule = "/api/v1/authentication/rules/default/sender_ip", {
        "matches": [{"domain": "example.test", "networks": ["203.0.113.0/24"]}], "on_mismatch": "reject",
    }  # fmt: skip
    assert registered.api.request("PUT", path, rule)[0] == 200
    registered.house.goes_by_changes_since(began)
    try:
        code, text = registered.send(SERVER, "Among colleagues", to=("lee@example.test",))
        assert code == 250, text
        registered.arrived("Among colleagues", at=registered.home)
        row = registered.api.wait_for('subject:"Among colleagues" direction:in status:delivered', seconds=60)
        assert "a registered server of your own brings it" in json.dumps(row)
        code, text = registered.send(STRANGER, "Not a colleague", to=("lee@example.test",))
        assert (code, "not among the addresses" in text) == (550, True), text
    finally:
        assert registered.api.request("PUT", path, {"matches": []})[0] == 200


def test_behind_a_shared_cloud_only_the_tenant_s_proof_counts(gate):
    gate.register(
        OFFICE, networks=[], cloud="office", proof="header", header="X-Tenant-Id", value="tenant-1", name="office"
    )
    assert gate.send(OFFICE_2, "From our tenant", X_Tenant_Id="tenant-1")[0] == 250
    gate.arrived("From our tenant")
    for subject, headers in (
        ("No tenant", {}),
        ("Another tenant", {"X_Tenant_Id": "tenant-2"}),
        ("Not one tenant's From", {"X_Tenant_Id": "tenant-1", "From": "boss@victim.test"}),
    ):
        code, text = gate.send(OFFICE, subject, **headers)
        assert (code, text[:5]) == (550, "5.7.1"), subject
        assert not [received for received in gate.world.received if subject.encode() in received.mail]
    status, answer = gate.api.request("POST", CONNECTORS, {"name": "sneaky", "networks": [OFFICE]})
    assert (status, "choose a proof" in answer["detail"]) == (400, True)


def test_a_secret_proves_the_tenant_and_stays_here(gate):
    made = gate.register("127.0.2.2", networks=["127.0.2.0/24"], proof="secret", name="relay")
    assert gate.send("127.0.2.9", "Without the secret")[0] == 550
    code, text = gate.send("127.0.2.9", "With the secret", X_Mailward_Connector=made["secret"])
    assert code == 250, text
    gate.arrived("With the secret")
    assert not [mail for mail in gate.world.received if made["secret"].encode() in mail.mail]


def test_limits_hold_over_all_processes(registered):
    registered.settle(per_sender={"most": 20, "seconds": 600})
    try:
        answers = [registered.rcpt(SERVER, sender="cid@example.test")[0] for _ in range(20)]
        assert answers.count(250) == 20
        registered.everywhere(450, sender="cid@example.test")
        code, text = registered.rcpt(SERVER, sender="cid@example.test")
        assert (code, text[:5]) == (450, "4.7.1")
        assert "at most 20 recipients within 600 seconds" in text
        assert registered.rcpt(SERVER, sender="dan@example.test")[0] == 250
    finally:
        registered.settle()


def test_a_sender_who_was_taken_over_is_paused_everywhere_told_of_and_lifted(registered):
    registered.settle(burst=0)
    for number in range(5):
        assert registered.send(SERVER, f"Invoice {number}", EICAR, sender="eve@example.test")[0] == 250
        registered.api.wait_for(f'subject:"Invoice {number}"')
    registered.everywhere(450, sender="eve@example.test")
    text = until(lambda: registered.refusal("eve@example.test"))
    assert text[:5] == "4.7.1"
    assert "its recent outgoing mail looked like spam" in text
    assert registered.rcpt(SERVER, sender="fay@example.test")[0] == 250
    [pause] = until(lambda: [row for row in registered.api.get(PAUSES)["items"] if row["sender"] == "eve@example.test"])
    assert pause["why"].startswith("5 of its mails within an hour")
    alert = registered.arrived("Outgoing mail is paused: eve@example.test", at=registered.home)
    assert alert["To"] == "admin@example.test"
    assert registered.api.find('subject:"Outgoing mail is paused" direction:out')
    until(lambda: registered.api.find("sender:eve@example.test status:rejected direction:out"), what="the record")
    registered.api.post(f"{PAUSES}/{pause['id']}/lift", {})
    registered.everywhere(250, sender="eve@example.test")
    registered.settle()


def test_a_burst_to_very_many_is_stopped_on_the_way(registered):
    registered.settle(burst=30)
    try:
        with registered.talk(SERVER) as client:
            client.mail("gus@example.test")
            answers = [client.rcpt(f"x{number}@far.test")[0] for number in range(60)]
        assert (answers.count(250), answers.count(450)) == (30, 30)
        [pause] = until(
            lambda: [row for row in registered.api.get(PAUSES)["items"] if row["sender"] == "gus@example.test"]
        )
        assert pause["reason"] == "burst"
    finally:
        registered.settle()


def test_recipients_who_do_not_exist_pause_their_sender(registered):
    registered.settle(unknown=5)
    try:
        nobody = tuple(f"nobody{number}@far.test" for number in range(6))
        registered.world.answers |= dict.fromkeys(nobody, "550 5.1.1 no such person")
        assert registered.send(SERVER, "To nobody", sender="hal@example.test", to=nobody)[0] == 250
        [pause] = until(
            lambda: [row for row in registered.api.get(PAUSES)["items"] if row["sender"] == "hal@example.test"],
            seconds=60,
        )
        assert (pause["reason"], "do not exist" in pause["why"]) == ("unknown", True)
        registered.everywhere(450, sender="hal@example.test")
    finally:
        registered.settle()


def test_the_command_line_does_it_too(gate):
    def mailward(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mailward", "outbound", *words, "--data", str(gate.house.data)],
            capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )  # fmt: skip

    made = mailward("add", "from the terminal", "--network", "127.0.4.4")
    assert (made.returncode, made.stdout) == (0, "from the terminal may send for all domains\n"), made.stderr
    gate.everywhere(250, peer="127.0.4.4")
    assert "127.0.4.4" in mailward("list").stdout
    names = [one["name"] for one in json.loads(mailward("list", "--json").stdout)["connectors"]]
    assert "from the terminal" in names
    wrong = mailward("add", "x", "--network", "127.0.0.0/8")
    assert (wrong.returncode, "choose a proof" in wrong.stderr) == (2, True)
    assert mailward("remove", "from the terminal").returncode == 0
    gate.everywhere(550, peer="127.0.4.4")
    nobody = mailward("lift", "nobody@example.test")
    assert (nobody.returncode, "is not paused" in nobody.stderr) == (2, True)


def test_when_outbound_is_off_or_the_server_is_removed_nothing_leaves(gate):
    made = gate.register("127.0.3.3")
    gate.settle(enabled=False)
    try:
        gate.everywhere(550, peer="127.0.3.3")
    finally:
        gate.settle()
    gate.everywhere(250, peer="127.0.3.3")
    gate.api.request("DELETE", f"{CONNECTORS}/{made['connector']['id']}")
    gate.everywhere(550, peer="127.0.3.3")
