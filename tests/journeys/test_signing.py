# SPDX-License-Identifier: Apache-2.0
"""A key from its making to its first signature, and a seal on mail that was tagged, through real delivery."""

import json
import os
import subprocess
import sys
from uuid import uuid4

import dkim
import pytest

from gate import Gateway
from house import PASSWORD, ROOT, initialize, letter, running, until
from name_server import NameServer

pytestmark = pytest.mark.xdist_group("signing")

KEYS, RULES = "/api/v1/dkim_signing/keys", "/api/v1/authentication/rules"
RECORDS = {
    ("bank.test", "TXT"): ['"v=spf1 ip4:192.0.2.1 -all"'],
    ("_dmarc.bank.test", "TXT"): ['"v=DMARC1; p=reject"'],
}


@pytest.fixture(scope="module")
def gate(tmp_path_factory, sink):
    folder = tmp_path_factory.mktemp("signing")
    people = folder / "people.csv"
    people.write_text("lee@example.test,Lee\n")
    initialize(folder / "data", next_hop=sink.address, recipients=people)
    with NameServer(RECORDS) as names:
        environment = {
            "MAILWARD_NAME_SERVERS": names.address, "MAILWARD_PROXIES": "127.0.0.1", "MAILWARD_SMTP_PROCESSES": "1",
        }  # fmt: skip
        with running("run", folder / "data", environment=environment) as house:
            house.api.sign_in("admin@example.test", PASSWORD)
            gate = Gateway(house, names)
            gate.settle("dkim_signing", wait_hours=0)
            yield gate


def publish(gate, key) -> None:
    """Put the record into the zone exactly as the API's line for a zone file says it."""
    _, _, strings = key["record"]["zone_line"].partition("( ")
    gate.names.records[key["record"]["name"], "TXT"] = [strings.removesuffix(" )")]


def state(gate, identifier) -> str:
    keys = [key for domain in gate.api.get(KEYS)["items"] for key in domain["keys"]]
    return next(key["state"] for key in keys if key["id"] == identifier)


def test_a_key_waits_for_its_record_signs_is_replaced_and_goes(gate, sink):
    made = gate.api.post(KEYS, {"domain": "example.test"})
    assert made["state"] == "waiting"
    assert gate.api.post(f"{KEYS}/{made['id']}/check", {})["problem"] == "no key was found"
    gate.names.records[made["record"]["name"], "TXT"] = ['"v=DKIM1; k=rsa; p="']
    assert gate.api.post(f"{KEYS}/{made['id']}/check", {})["problem"] == "the key was revoked"
    publish(gate, made)
    assert gate.api.post(f"{KEYS}/{made['id']}/check", {})["state"] == "active"
    assert gate.api.get(KEYS)["items"][0]["signs"] is True
    assert gate.api.request("DELETE", f"{KEYS}/{made['id']}")[0] == 409

    status, _ = gate.api.request("PUT", f"{RULES}/default/dmarc", {"on_reject": "tag", "subject_tag": "[Forged?]"})
    assert status == 200
    sealed = until(lambda: _sealed(gate, sink), seconds=60, what="a sealed mail")
    answers = {
        f"{name}.".encode(): "".join(texts[0].split('"')[1::2]).encode()
        for (name, _), texts in gate.names.records.items()
    }
    cv, sets, why = dkim.ARC(sealed).verify(dnsfunc=lambda name, timeout=5: answers.get(name))
    assert cv == b"pass", why
    assert [one["instance"] for one in sets] == [1]
    assert b"ARC-Authentication-Results: i=1;" in sealed
    assert (
        b"dmarc=fail" in sealed.partition(b"ARC-Authentication-Results")[2].partition(b"\r\nAuthentication-Results")[0]
    )

    retired = gate.api.post(f"{KEYS}/{made['id']}/retire", {})
    assert retired["state"] == "retiring"
    assert retired["removable_at"]
    assert gate.api.request("POST", f"{KEYS}/{made['id']}/retire", {})[0] == 409
    assert gate.api.request("DELETE", f"{KEYS}/{made['id']}")[0] == 204
    assert gate.api.request("DELETE", f"{KEYS}/{made['id']}")[0] == 404


def test_a_clean_mail_carries_no_chain_of_ours(gate, sink):
    subject = f"Lunch {uuid4()}"
    assert gate.send("192.0.2.1", letter(subject, From="Ann <ann@bank.test>"), sender="ann@bank.test")[0] == 250
    assert b"ARC-" not in until(lambda: _arrived(sink, subject), what="delivery")


def test_orders_that_make_no_sense_get_a_clear_answer(gate):
    assert gate.api.request("POST", KEYS, {"domain": "elsewhere.test"})[0] == 404
    assert gate.api.request("POST", KEYS, {"domain": "example.test", "bits": 512})[0] == 400
    assert gate.api.request("POST", KEYS, {"domain": "example.test", "selector": "Not_one"})[0] == 400
    first = gate.api.post(KEYS, {"domain": "example.test", "algorithm": "ed25519", "selector": "mine"})
    assert first["record"]["name"] == "mine._domainkey.example.test"
    assert first["bits"] == 256
    status, answer = gate.api.request("POST", KEYS, {"domain": "example.test", "selector": "mine"})
    assert (status, "mine already" in answer["detail"]) == (400, True)
    assert gate.api.request("DELETE", f"{KEYS}/{first['id']}")[0] == 204
    assert gate.api.request("POST", f"{KEYS}/{uuid4()}/check", {})[0] == 404


def _sealed(gate, sink):
    """A forged mail that was tagged on its way; sealed once the processes know the key and the rule."""
    subject = f"Invoice {uuid4()}"
    if gate.send("203.0.113.66", letter(subject, From="Ann <ann@bank.test>"), sender="x@evil.test")[0] != 250:
        return None
    mail = until(lambda: _arrived(sink, subject), what="delivery")
    return mail if b"ARC-Seal" in mail else None


def _arrived(sink, subject):
    return next((mail for mail in sink.for_recipient("lee@example.test") if subject.encode() in mail), None)


def mailward(gate, *words):
    done = subprocess.run(
        [sys.executable, "-m", "mailward", *words, "--data", gate.house.data],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "MAILWARD_NAME_SERVERS": gate.names.address},
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def _dkim_checks(gate, selector):
    """State and what was found, of a key's record, among all that the DNS says of the domain."""
    status, said, why = mailward(gate, "domain", "show", "example.test", "--dns", "--json")
    assert status == 0, why
    checks = json.loads(said)["dns"]["checks"]
    return [(check["state"], check["found"]) for check in checks if check["name"].startswith(f"{selector}._domainkey.")]


def test_keys_and_rules_on_the_command_line(gate):
    status, line, _ = mailward(gate, "dkim", "make", "example.test", "--selector", "cli", "--algorithm", "ed25519")
    assert (status, line.split()[0]) == (0, "cli._domainkey.example.test.")
    status, said, _ = mailward(gate, "dkim", "check", "example.test", "cli")
    assert (status, said) == (1, "waiting: no key was found\n")
    assert _dkim_checks(gate, "cli") == [("missing", [])]
    gate.names.records["cli._domainkey.example.test", "TXT"] = [line.partition("( ")[2].rstrip().removesuffix(" )")]
    status, said, _ = mailward(gate, "dkim", "check", "example.test", "cli")
    assert (status, said) == (0, "active: the record is right\n")
    [(state, found)] = _dkim_checks(gate, "cli")
    assert (state, found[0].partition(" p=")[0]) == ("ok", "v=DKIM1; k=ed25519;")
    assert "cli" in mailward(gate, "dkim", "list")[1]
    status, _, why = mailward(gate, "dkim", "remove", "example.test", "cli")
    assert (status, why) == (2, "mailward: this key signs; retire it first\n")
    assert mailward(gate, "dkim", "retire", "example.test", "cli")[0] == 0
    assert mailward(gate, "dkim", "remove", "example.test", "cli")[0] == 0
    status, _, why = mailward(gate, "dkim", "make", "elsewhere.test")
    assert (status, why) == (2, "mailward: elsewhere.test is not a domain of this organization\n")

    assert mailward(gate, "authentication", "set", "spf", "on_fail=tag", "--domain", "example.test")[0] == 0
    rules = json.loads(mailward(gate, "authentication", "list", "--json")[1])
    assert next(rule["spf"]["on_fail"] for rule in rules if rule["domain"] == "example.test") == "tag"
    assert mailward(gate, "authentication", "set", "spf", "on_fail=sing")[0] == 2
    assert mailward(gate, "authentication", "set", "spam", "on_fail=tag")[0] == 2
    assert mailward(gate, "authentication", "reset", "spf", "--domain", "example.test")[0] == 0
    assert mailward(gate, "authentication", "reset", "spf", "--domain", "example.test")[0] == 2
