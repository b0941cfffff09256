# SPDX-License-Identifier: Apache-2.0
"""TLS in the whole product: peers that must encrypt, servers behind us that must, and certificates that change."""

import gzip
import json
import shutil
import smtplib
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from cryptography import x509

from authority import Authority
from house import PASSWORD, ROOT, initialize, letter, running, until
from sink import Sink

pytestmark = pytest.mark.xdist_group("tls")

PEERS = "/api/v1/tls_peers/peers"
HOST = "mx.example.test"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    with Sink() as sink:
        initialize(folder / "data", next_hop=sink.address)
        environment = {"MAILWARD_HOSTNAME": HOST}
        with running("run", folder / "data", environment=environment) as house:
            house.sink = sink
            house.api.sign_in("admin@example.test", PASSWORD)
            yield house


def client_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def rcpt(house, sender, *, newest=None):
    """What RCPT is answered; `newest` of TLS, or in clear text."""
    with smtplib.SMTP(*house.smtp, local_hostname="mail.sender.test", timeout=60) as client:
        if newest:
            context = client_context()
            context.maximum_version = newest
            client.starttls(context=context)
        client.ehlo()
        client.mail(sender)
        code, text = client.rcpt("lee@example.test")
        return code, text.decode()


def names_now(house):
    """The names in the certificate that the gateway shows."""
    with smtplib.SMTP(*house.smtp, timeout=60) as client:
        client.starttls(context=client_context())
        held = x509.load_der_x509_certificate(client.sock.getpeercert(binary_form=True))
    return held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)


def reload(house):
    words = [sys.executable, "-m", "mailward", "reload", "--data", house.data, "--json"]
    done = subprocess.run(
        words,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin", "MAILWARD_HOSTNAME": HOST},
    )
    return done.returncode, json.loads(done.stdout)


def certificate_health(house):
    return next(c for c in house.api.get("/api/v1/health")["checks"] if c["name"] == "certificates")


def test_a_peer_that_must_encrypt(house):
    house.api.post(PEERS, {"direction": "inbound", "peer": "secret.test", "level": "mandatory", "minimum": "1.3"})
    code, text = until(lambda: (found := rcpt(house, "ann@secret.test"))[0] != 250 and found)
    assert code == 530
    assert text.startswith("5.7.0 example.test takes this mail only encrypted: TLS 1.3, by STARTTLS")
    code, text = rcpt(house, "ann@secret.test", newest=ssl.TLSVersion.TLSv1_2)
    assert code == 550
    assert text.startswith("5.7.10 ")
    assert rcpt(house, "ann@secret.test", newest=ssl.TLSVersion.TLSv1_3)[0] == 250
    assert rcpt(house, "ann@open.test")[0] == 250


def test_a_server_behind_us_that_must_encrypt_gets_nothing_in_clear_text(house):
    """The mail waits; as soon as the demand is gone it goes."""
    entry = house.api.post(PEERS, {"direction": "outbound", "peer": "example.test", "level": "mandatory"})
    subject = "Behind closed doors"

    def deferred():
        message = house.api.wait_for(f'subject:"{subject}"')
        return "offers no TLS" in json.dumps(message)

    house.send(letter(subject))
    until(deferred, seconds=60, what="the deferral")
    assert house.sink.for_recipient("lee@example.test") == []
    status, _ = house.api.request("DELETE", f"{PEERS}/{entry['id']}")
    assert status == 204


def test_certificates_change_while_mail_comes_in(house, authority):
    folder = house.data / "certificates"
    folder.mkdir()
    assert names_now(house) == [HOST]
    assert certificate_health(house)["status"] == "ok"
    with smtplib.SMTP(*house.smtp, timeout=60) as visitor:
        visitor.ehlo()
        for made in authority.issue(HOST, "second.example.test", file="host", days=20):
            shutil.copy(made, folder / made.name)
        status, report = reload(house)
        assert (status, report["reloaded"], report["faults"]) == (0, True, [])
        until(lambda: names_now(house) == [HOST, "second.example.test"])
        assert visitor.noop()[0] == 250
    assert "in 19 days" in certificate_health(house)["detail"]

    (folder / "host.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    status, report = reload(house)
    assert (status, report["reloaded"]) == (1, False)
    assert "host.pem" in report["faults"][0]
    assert names_now(house) == [HOST, "second.example.test"]
    health = certificate_health(house)
    assert (health["status"], "stays in use" in health["detail"]) == ("degraded", True)

    for made in authority.issue(HOST, "third.example.test", file="host", days=90):
        shutil.copy(made, folder / made.name)
    until(lambda: names_now(house) == [HOST, "third.example.test"], seconds=60, what="the look at the files")
    assert certificate_health(house)["status"] == "ok"


def test_a_report_that_comes_by_mail_is_read_and_not_delivered(house):
    house.change("tls_reports", {"report_address": "tls-reports@example.test"})
    day = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d")
    report = {
        "organization-name": "Sender Ltd", "report-id": "journey-1",
        "date-range": {"start-datetime": f"{day}T00:00:00Z", "end-datetime": f"{day}T23:59:59Z"},
        "policies": [
            {
                "policy": {"policy-type": "no-policy-found", "policy-domain": "example.test"},
                "summary": {"total-successful-session-count": 7, "total-failure-session-count": 0},
            }
        ],
    }  # fmt: skip
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = (
        "tls@sender.test",
        "tls-reports@example.test",
        "Report Domain: example.test",
    )
    mail.set_content("A report.")
    mail.add_attachment(
        gzip.compress(json.dumps(report).encode()), maintype="application", subtype="tlsrpt+gzip", filename="r.json.gz"
    )
    house.send(mail.as_bytes(), to=("tls-reports@example.test",))
    overview = until(lambda: house.api.get("/api/v1/tls_reports/overview")["items"], seconds=60, what="the reading")
    assert [(row["domain"], row["sessions"], row["failure"]) for row in overview] == [("example.test", 7, "")]
    assert house.sink.for_recipient("tls-reports@example.test") == []
    for path in ("/api/v1/tls_reports/received", "/api/v1/tls_reports/sent"):
        house.api.get(path)


def command(house, *words):
    done = subprocess.run(
        [sys.executable, "-m", "mailward", "tls", *words, "--data", house.data],
        capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin", "MAILWARD_HOSTNAME": HOST},
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_the_command_line_does_it_too(house, tmp_path):
    assert command(house, "add", "*.Bank.test", "--level", "mandatory_dane", "--note", "Contract 7")[0] == 0
    assert command(house, "add", "192.0.2.0/24", "--direction", "inbound", "--level", "mandatory")[0] == 0
    status, out, _ = command(house, "peers")
    assert status == 0
    dane = next(c for c in house.api.get("/api/v1/health")["checks"] if c["name"] == "dane")
    assert (dane["status"], "MAILWARD_DNS_VALIDATES" in dane["cure"]) == ("degraded", True)
    assert "*.bank.test" in out
    assert "(others)" in out
    assert command(house, "remove", "192.0.2.0/24", "--direction", "inbound")[0] == 0
    status, _, error = command(house, "remove", "192.0.2.0/24", "--direction", "inbound")
    assert (status, "there is no inbound peer" in error) == (2, True)
    for wrong in (
        ("add", "*", "--level", "mandatory"),
        ("add", "x.test", "--level", "so so"),
        ("bring", "/nowhere"),
        ("remove", "x", "--direction", "up"),
    ):
        status, _, error = command(house, *wrong)
        assert status == 2, wrong
        assert error.startswith("mailward: ") or "--direction" in error, wrong
    file = tmp_path / "peers.csv"
    file.write_text("peer,level\npartner.test,verified\n")
    assert "nothing was changed" in command(house, "import", str(file))[1]
    assert "1 added, 0 changed" in command(house, "import", str(file), "--write")[1]
    file.write_text("partner.test,sometimes\n")
    assert command(house, "import", str(file), "--write")[0] == 1
    status, out, _ = command(house, "mta-sts", "example.test", "--mode", "testing", "--mx", "mx.example.test")
    assert status == 0
    assert '_mta-sts.example.test. TXT "v=STSv1; id=' in out
    assert command(house, "mta-sts", "stranger.test", "--mode", "testing")[0] == 2
    assert json.loads(command(house, "certificates", "--json")[1])["faults"] == []
    assert command(house, "policies")[0] == 0
    assert command(house, "reports")[0] == 0
    (tmp_path / "report.json").write_text("{}")
    status, _, error = command(house, "bring", str(tmp_path / "report.json"))
    assert (status, "RFC 8460" in error) == (2, True)


def test_nobody_to_reload(tmp_path):
    words = [sys.executable, "-m", "mailward", "reload", "--data", tmp_path]
    done = subprocess.run(
        words,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 69
    assert "no Mailward runs" in done.stderr
