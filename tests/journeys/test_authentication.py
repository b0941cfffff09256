# SPDX-License-Identifier: Apache-2.0
"""Authentication rules over real SMTP: what is refused, held, tagged or let in, and what is then on record."""

from pathlib import Path
from uuid import uuid4

import pytest

import mailward.checks.authentication
from gate import Gateway
from house import PASSWORD, initialize, letter, running, until
from mailward.checks.authentication.tests.signing import key_record, rsa_key, signed
from name_server import NameServer

pytestmark = pytest.mark.xdist_group("authentication")

CASES = sorted((Path(mailward.checks.authentication.__file__).parent / "tests" / "cases").glob("a*.eml"))
RULES = "/api/v1/authentication/rules"
GOOD, BAD = "192.0.2.1", "203.0.113.66"
TEXTS = {
    "bank.test": "v=spf1 ip4:192.0.2.1 -all",
    "_dmarc.bank.test": "v=DMARC1; p=reject",
    "cautious.test": "v=spf1 ip4:192.0.2.1 ?all",
    "_dmarc.cautious.test": "v=DMARC1; p=quarantine",
    "plain.test": "v=spf1 ip4:192.0.2.1 -all",
    "evil.test": "v=spf1 ip4:203.0.113.66 -all",
    "_dmarc.evil.test": "v=DMARC1; p=none",
}


def _strings(text: str) -> str:
    return " ".join(f'"{text[start : start + 200]}"' for start in range(0, len(text), 200))


@pytest.fixture(scope="module")
def gate(tmp_path_factory, sink):
    folder = tmp_path_factory.mktemp("authentication")
    people = folder / "people.csv"
    people.write_text("lee@example.test,Lee\nsam@example.test,Sam\n")
    initialize(folder / "data", next_hop=sink.address, recipients=people)
    records = {(name, "TXT"): [f'"{text}"'] for name, text in TEXTS.items()}
    for domain in ("bank.test", "evil.test", "plain.test"):
        records[f"sel._domainkey.{domain}", "TXT"] = [_strings(key_record(rsa_key()).decode())]
    with NameServer(records) as names:
        environment = {
            "MAILWARD_NAME_SERVERS": names.address, "MAILWARD_PROXIES": "127.0.0.1", "MAILWARD_SMTP_PROCESSES": "1",
        }  # fmt: skip
        with running("run", folder / "data", environment=environment) as house:
            house.api.sign_in("admin@example.test", PASSWORD)
            yield Gateway(house, names)


def mail_of(domain: str, subject: str, **headers: str) -> bytes:
    return letter(subject, From=f"Ann <ann@{domain}>", **headers)


def test_what_the_author_s_domain_asks_to_reject_is_refused_with_the_reason_and_recorded(gate):
    subject = f"Invoice {uuid4()}"
    code, text = gate.send(BAD, mail_of("bank.test", subject), sender="ann@evil.test")
    assert (code, text[:6]) == (550, "5.7.26")
    assert "bank.test" in text
    assert "p=reject" in text
    row = gate.api.wait_for(f'subject:"{subject}"')
    assert (row["status"], row["rule"]["winner"]) == ("rejected", "DMARC (default)")
    assert row["authentication"]["dmarc"]["result"] == "fail"
    assert row["rule"]["matched"][0]["check"] == "authentication"
    assert row["timeline"][-1]["detail"]["status"] == "5.7.26"


def test_quarantine_is_obeyed_and_honest_mail_comes_in(gate):
    subject = f"Terms {uuid4()}"
    assert gate.send(BAD, mail_of("cautious.test", subject), sender="ann@cautious.test")[0] == 250
    row = gate.api.wait_for(f'subject:"{subject}"')
    assert (row["status"], row["rule"]["winner"]) == ("quarantined", "DMARC (default)")
    held = gate.api.get("/api/v1/quarantine?limit=50")["items"]
    assert next(item for item in held if item["subject"] == subject)["reason"] == "authentication"
    subject = f"Lunch {uuid4()}"
    assert gate.send(GOOD, mail_of("bank.test", subject), sender="ann@bank.test")[0] == 250
    until(lambda: gate.api.find(f'subject:"{subject}" status:delivered'), what="delivery")


def test_spf_fail_is_refused_unless_a_signature_proves_the_author(gate):
    plain = mail_of("plain.test", "Plain")
    code, text = gate.send(BAD, plain, sender="ann@plain.test")
    assert (code, text[:6]) == (550, "5.7.23")
    subject = f"Forwarded {uuid4()}"
    forwarded = signed(mail_of("plain.test", subject), d="plain.test")
    assert gate.send(BAD, forwarded, sender="ann@plain.test")[0] == 250
    row = gate.api.wait_for(f'subject:"{subject}"')
    assert row["rule"]["matched"][0]["why"].endswith("a DKIM signature of plain.test's domain holds")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_no_trick_with_from_is_delivered_as_the_bank(gate, path):
    """V19: with everything about evil.test in order, no mail that shows bank.test reaches its reader."""
    raw = path.read_bytes().replace(b"\n", b"\r\n")
    expected = raw.split(b"X-Expect: ", 1)[1].split(b"\r\n", 1)[0].decode()
    raw = raw if raw.startswith(b" ") else signed(raw, d="evil.test", h="from:to:subject")
    code, text = gate.send(BAD, raw, sender=f"{path.stem}@evil.test")
    assert code in (250, 550, 554), text
    if code != 250:
        return
    row = gate.api.wait_for(f"sender:{path.stem}@evil.test")
    if expected in ("fail", "permerror"):
        assert row["status"] == "quarantined", (row["status"], row["rule"])
    else:
        assert (
            row["authentication"]["dmarc"]["domain"] != "bank.test"
            or row["authentication"]["dmarc"]["result"] != "pass"
        )


def test_a_domain_s_own_rule_goes_before_the_default_and_can_be_taken_back(gate):
    def forged(subject: str = "Forged") -> int:
        return gate.send(BAD, mail_of("bank.test", subject), sender="ann@evil.test")[0]

    rule = {"on_reject": "tag", "subject_tag": "[Forged?]"}
    assert gate.api.request("PUT", f"{RULES}/example.test/dmarc", rule)[0] == 200
    until(lambda: forged() == 250, what="the new rule")
    subject = f"Own rule {uuid4()}"
    assert forged(subject) == 250
    row = gate.api.wait_for(f'subject:"{subject}"')
    assert row["edits"]["subject_tag"] == "[Forged?]"
    assert row["rule"]["matched"][0]["rule"] == "DMARC (example.test)"
    assert gate.api.request("DELETE", f"{RULES}/default?method=dmarc")[0] == 409
    assert gate.api.request("PUT", f"{RULES}/elsewhere.test/dmarc", {})[0] == 404
    assert gate.api.request("PUT", f"{RULES}/default/spf", {"ignored": ["10.0.0.1/8"]})[0] == 400
    assert gate.api.request("PUT", f"{RULES}/default/spf", {"on_temperror": "reject"})[0] == 400
    assert gate.api.request("DELETE", f"{RULES}/example.test?method=dmarc")[0] == 204
    until(lambda: forged() == 550, what="the default")


def test_dead_dns_asks_to_come_again_and_never_refuses_for_good(gate):
    names = gate.names
    before = dict(names.records)
    domain = f"d{uuid4().hex[:8]}.test"
    names.records[domain, "TXT"] = ['"v=spf1 -all"']
    names.failing.update({domain, f"_dmarc.{domain}", "_dmarc.test"})
    try:
        code, text = gate.send(BAD, mail_of(domain, "Dead"), sender=f"ann@{domain}")
        assert (code, text[:5]) == (451, "4.4.3")
    finally:
        names.records = before
        names.failing.clear()
