# SPDX-License-Identifier: Apache-2.0
"""Who may come in, over real SMTP: peers from everywhere (announced by the PROXY protocol), a name server of our
own, and lists that are changed over the API while mail flows."""

import smtplib
from itertools import count

import pytest

from gate import Gateway
from house import PASSWORD, initialize, letter, running, until
from mailward.checks.ip_reputation.tests import country_file
from name_server import NameServer

pytestmark = pytest.mark.xdist_group("connection")

ADDRESSES, SENDERS = "/api/v1/ip_reputation/addresses", "/api/v1/sender_filter/senders"
HOSTS = (f"198.18.{number // 250}.{number % 250 + 1}" for number in count())
RECORDS = {
    ("sender.test", "A"): ["192.0.2.1"],
    ("proved.test", "TXT"): ['"v=spf1 ip4:198.18.0.0/15 -all"'],
    ("proved.test", "A"): ["192.0.2.1"],
    ("2.0.0.127.list.test", "A"): ["127.0.0.2"],
    ("66.100.51.198.list.test", "A"): ["127.0.0.2"],
    ("67.100.51.198.list.test", "A"): ["127.255.255.254"],
    ("2.0.0.127.hijacked.test", "A"): ["203.0.113.1"],
    ("1.0.0.127.hijacked.test", "A"): ["203.0.113.1"],
    ("66.100.51.198.hijacked.test", "A"): ["203.0.113.1"],
    ("1.113.0.203.in-addr.arpa", "PTR"): ["mx.true.test."],
    ("mx.true.test", "A"): ["203.0.113.1"],
    ("2.113.0.203.in-addr.arpa", "PTR"): ["mx.false.test."],
    ("mx.false.test", "A"): ["192.0.2.77"],
}


@pytest.fixture(scope="module")
def gate(tmp_path_factory, sink):
    folder = tmp_path_factory.mktemp("connection")
    people, countries = folder / "people.csv", folder / "countries.mmdb"
    people.write_text("lee@example.test,Lee\nsam@example.test,Sam\n")
    countries.write_bytes(country_file.write({"192.0.2.0/24": "NL", "203.0.113.0/24": "DE"}))
    initialize(folder / "data", next_hop=sink.address, recipients=people)
    with NameServer(RECORDS) as names:
        environment = {
            "MAILWARD_NAME_SERVERS": names.address, "MAILWARD_PROXIES": "127.0.0.1", "MAILWARD_GEOIP": str(countries),
            "MAILWARD_SMTP_PROCESSES": "1",
        }  # fmt: skip
        with running("run", folder / "data", environment=environment) as house:
            house.api.sign_in("admin@example.test", PASSWORD)
            yield Gateway(house, names)


def peer() -> str:
    """An address that nobody had before."""
    return next(HOSTS)


def test_a_stranger_s_mail_comes_in_and_not_one_question_is_asked_about_the_address(gate):
    code, _ = gate.send(peer(), letter("From a stranger"))
    assert code == 250
    assert not [name for name, _ in gate.names.asked if name.endswith(("list.test", "in-addr.arpa"))]


def test_a_blocked_network_is_refused_at_rcpt_and_recorded_and_let_in_again(gate):
    entry = gate.add(ADDRESSES, network="198.51.100.0/28", note="flood")
    until(lambda: gate.rcpt("198.51.100.3")[0] == 550, what="the block")
    code, text = gate.rcpt("198.51.100.3", sender="blocked@sender.test")
    assert (code, text[:5]) == (550, "5.7.1")
    assert "198.51.100.3 is blocked" in text
    refused = gate.api.wait_for("from:blocked@sender.test")
    assert refused["recipients"][0]["status"] == "rejected" if "recipients" in refused else refused
    approved = gate.add(ADDRESSES, network="198.51.100.3", list="approved")
    until(lambda: gate.rcpt("198.51.100.3")[0] == 250, what="the approval")
    assert gate.rcpt("198.51.100.4")[0] == 550
    for identifier in (entry, approved):
        gate.api.request("DELETE", f"{ADDRESSES}/{identifier}")
    until(lambda: gate.rcpt("198.51.100.4")[0] == 250, what="the end of the block")


def test_ipv6_peers_are_blocked_too(gate):
    gate.add(ADDRESSES, network="2001:db8:bad::/48")
    until(lambda: gate.rcpt("2001:db8:bad::25")[0] == 550, what="the block")
    assert gate.rcpt("2001:db8:900d::25")[0] == 250


def test_countries_block_lists_and_their_faults(gate):
    lists = [{"zone": "list.test", "help": "https://list.test/?{ip}"}, {"zone": "hijacked.test"}]
    gate.settle("ip_reputation", blocked_countries=["NL"], lists=lists)
    try:
        code, text = gate.rcpt("192.0.2.5")
        assert (code, "(NL)" in text) == (550, True)
        assert gate.rcpt("203.0.113.9")[0] == 250
        until(lambda: gate.rcpt("198.51.100.66")[0] == 550, what="the test of the lists")
        assert "https://list.test/?198.51.100.66" in gate.rcpt("198.51.100.66")[1]
        assert not [name for name, _ in gate.names.asked if name == "66.100.51.198.hijacked.test"]
        line = until(lambda: _health(gate, "block lists", "degraded"), what="the health line")
        assert "hijacked.test: it answers 203.0.113.1" in line["detail"]
        assert gate.rcpt("198.51.100.67")[0] == 250, "an error code is no listing"
        assert gate.rcpt("198.51.100.66")[0] == 250, "and the list that reports errors is not asked any more"
        assert until(lambda: "list.test: it reports an error" in _health(gate, "block lists", "degraded")["detail"])
    finally:
        gate.settle("ip_reputation", enabled=False, blocked_countries=["NL"], lists=lists)
    gate.names.asked.clear()
    assert gate.rcpt("192.0.2.5")[0] == 250
    assert not [name for name, _ in gate.names.asked if name.endswith(("list.test", "hijacked.test"))]
    gate.settle("ip_reputation")


def _health(gate, name, status):
    return next(
        (c for c in gate.api.get("/api/v1/health")["checks"] if (c["name"], c["status"]) == (name, status)), None
    )


def test_an_address_that_sends_malware_must_wait_and_is_shown(gate):
    gate.settle("ip_reputation", dynamic_level=4)
    eicar = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*\n"
    bad = peer()
    assert gate.send(bad, letter("An invoice", eicar))[0] == 250
    code, text = gate.rcpt(bad)
    assert (code, text[:5]) == (450, "4.7.1"), text
    assert "too much unwanted mail" in text
    assert until(lambda: gate.api.get("/api/v1/ip_reputation/penalties")["items"], seconds=30)[0]["site"] == bad
    gate.settle("ip_reputation")


def test_a_blocked_sender_is_refused_for_the_person_who_blocks_it(gate):
    gate.add(SENDERS, pattern="*@*.evil.test", target="lee@example.test")
    until(lambda: gate.rcpt(peer(), sender="eve@mail.evil.test")[0] == 550, what="the block")
    assert gate.rcpt(peer(), sender="eve@mail.evil.test", to="sam@example.test")[0] == 250
    code, text = gate.send(peer(), letter("Block me", From="Eve <eve@mail.evil.test>"))
    assert (code, text[:5]) == (550, "5.7.1"), "From is looked at too"
    code, _ = gate.send(
        peer(), letter("For two", From="Eve <eve@mail.evil.test>"), to=("lee@example.test", "sam@example.test")
    )
    assert code == 250
    actions = {row["recipient"]: row["action"] for row in until(lambda: _pair(gate, "For two"))}
    assert actions == {"lee@example.test": "quarantine", "sam@example.test": "deliver"}


def _pair(gate, subject):
    rows = gate.api.find(f'subject:"{subject}"')
    return rows if len(rows) == 2 else None


def test_an_approval_counts_only_for_a_proved_sender(gate):
    for pattern in ("friend@proved.test", "friend@sender.test"):
        gate.add(SENDERS, pattern=pattern, list="approved")
    gate.add(SENDERS, pattern="anybody@sender.test", list="approved", unauthenticated=True)
    gate.settle("ip_reputation", blocked_countries=["DE"], block_all_except=False)
    gate.names.records["1.113.0.203.spf.test", "A"] = ["192.0.2.1"]
    gate.names.records["proved.test", "TXT"] = ['"v=spf1 ip4:203.0.113.0/24 -all"']
    until(lambda: gate.rcpt("203.0.113.9", sender="anybody@sender.test")[0] == 250, what="the approval")
    assert gate.rcpt("203.0.113.9", sender="friend@sender.test")[0] == 550, "the name alone proves nothing"
    assert gate.rcpt("203.0.113.9", sender="friend@proved.test")[0] == 250
    gate.settle("ip_reputation")


def test_unknown_sender_domains_are_refused_and_trouble_is_temporary(gate):
    gate.settle("sender_filter", unknown_sender_domain=True)
    assert gate.rcpt(peer())[0] == 250
    code, text = gate.rcpt(peer(), sender="ann@nowhere.test")
    assert (code, text[:5]) == (550, "5.1.8")
    assert "nowhere.test does not exist" in text
    gate.names.failing.add("trouble.test")
    assert gate.rcpt(peer(), sender="ann@trouble.test")[0] == 450
    assert gate.rcpt(peer(), sender="")[0] == 250, "notices have no domain"
    gate.settle("sender_filter")


def test_reverse_names_are_demanded_where_a_rule_says_so(gate):
    strict = {"refuse_missing": True, "refuse_invalid": True}
    gate.settle("reverse_dns", rules=[{"sender_domain": "sender.test", **strict}])
    assert gate.rcpt("203.0.113.1")[0] == 250
    assert gate.rcpt("203.0.113.2")[1].startswith("5.7.25")
    assert gate.rcpt("203.0.113.3")[0] == 550
    assert gate.rcpt("203.0.113.3", sender="ann@proved.test")[0] == 250
    gate.names.failing.add("4.113.0.203.in-addr.arpa")
    assert gate.rcpt("203.0.113.4")[0] == 450
    gate.settle("reverse_dns")


def test_too_much_is_asked_to_come_again(gate):
    gate.settle("rate_limits", per_sender={"most": 3, "seconds": 60})
    answers = [gate.rcpt(peer(), sender="flood@sender.test") for _ in range(4)]
    assert [code for code, _ in answers] == [250, 250, 250, 450]
    assert answers[-1][1].startswith("4.7.1 too much mail from this sender")
    assert gate.rcpt(peer(), sender="calm@sender.test")[0] == 250
    gate.settle("rate_limits")


def test_who_guesses_addresses_is_shut_out(gate):
    gate.settle("rate_limits", unknown_recipients={"most": 5, "seconds": 60}, penalty_seconds=60)
    guesser = peer()
    with gate.peer(guesser) as client:
        client.mail("ann@sender.test")
        codes = [client.rcpt(f"guess{number}@example.test")[0] for number in range(6)]
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.rcpt("lee@example.test")
            client.noop()
    assert codes == [550] * 5 + [421]
    with pytest.raises(smtplib.SMTPConnectError) as refused, gate.peer(guesser):
        pass
    assert refused.value.smtp_code == 421
    assert gate.rcpt(peer())[0] == 250
    gate.settle("rate_limits")
