# SPDX-License-Identifier: Apache-2.0
"""DNS lists as they are really served: rbldnsd and nsd behind an unbound of the operator's. Only a good answer of a
list that is well counts; what a resolver invents, a list that refuses us and one that died keep nobody away."""

import os
import shutil
import tempfile
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from gate import Gateway
from house import PASSWORD, initialize, letter, running, until
from zone_servers import nsd, rbldnsd, unbound

pytestmark = [
    pytest.mark.xdist_group("dns_lists"),
    pytest.mark.skipif(not shutil.which("rbldnsd") or os.geteuid() != 0, reason="needs rbldnsd, and root to start it"),
]

LISTED_4, LISTED_6 = "198.51.100.66", "2001:db8:bad::25"
HOME, CLEAN_4, CLEAN_6 = "198.51.100.130", "198.51.100.1", "2001:db8:900d::25"
TEST_4 = "127.0.0.2 :2:test\n"
TEST_6 = "::ffff:7f00:2 :2:test\n"
LISTS = {
    "list.test": (
        f"{TEST_4}198.51.100.64/28 :127.0.0.4:seen in traps\n198.51.100.128/28 :127.0.0.10:homes\n",
        f"{TEST_6}2001:db8:bad::/48 :127.0.0.3:rented by spammers\n",
    ),
    "refusing.test": ("0.0.0.0/0 :127.255.255.254:ask from a resolver of your own\n", TEST_6),
    "sold.test": ("0.0.0.0/0 :2:everybody\n", TEST_6),
}
MOODY = {"moody.test": (f"{TEST_4}198.51.100.64/28 :127.0.0.2:listed\n", TEST_6)}
ZONES = {
    "sender.test": "@ A 192.0.2.1\n",
    "plain.test": "2.0.0.127 A 127.0.0.2\n66.100.51.198 A 127.0.0.2\n",
    "closed.test": "@ A 192.0.2.9\n",
}
HIJACKED = ('local-zone: "hijacked.test" redirect', 'local-data: "hijacked.test A 203.0.113.1"')
"""As a provider's resolver does it that shows advertisements for what does not exist."""
DEAD_PORT = 9


class Operator(Gateway):
    """The gateway, and the list server that the operator of moody.test may stop."""

    moody: ExitStack

    def lists(self, *zones: str, **values) -> None:
        self.settle("ip_reputation", lists=[{"zone": zone, **values} for zone in zones])

    def trouble(self, zone: str) -> str:
        """What the health page says about a list; nothing if it is well."""
        lines = self.api.get("/api/v1/health")["checks"]
        return next(line["detail"] for line in lines if line["name"] == "block lists").partition(f"{zone}: ")[2]


@pytest.fixture(scope="module")
def gate(tmp_path_factory, sink):
    data = tmp_path_factory.mktemp("dns_lists") / "data"
    people = data.parent / "people.csv"
    people.write_text("lee@example.test,Lee\n")
    initialize(data, next_hop=sink.address, recipients=people)
    with ExitStack() as stack, ExitStack() as moody:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/tmp", prefix="dns-lists-")))
        folder.chmod(0o755)  # rbldnsd reads as nobody
        zones = stack.enter_context(nsd(folder, ZONES))
        lists = stack.enter_context(rbldnsd(folder, LISTS))
        other = moody.enter_context(rbldnsd(folder, MOODY))
        stubs = {**dict.fromkeys(ZONES, zones.port), **dict.fromkeys(LISTS, lists), "moody.test": other}
        resolver = stack.enter_context(unbound(folder, {**stubs, "dead.test": DEAD_PORT}, *HIJACKED))
        environment = {
            "MAILWARD_NAME_SERVERS": f"127.0.0.1:{resolver}", "MAILWARD_PROXIES": "127.0.0.1",
            "MAILWARD_SMTP_PROCESSES": "1",
        }  # fmt: skip
        with running("run", data, environment=environment) as house:
            house.api.sign_in("admin@example.test", PASSWORD)
            gate = Operator(house, zones)
            gate.moody = moody
            yield gate


def test_a_listed_address_is_refused_with_the_list_s_answer_in_both_families(gate):
    gate.lists("list.test", help="https://list.test/?{ip}")
    until(lambda: gate.rcpt(LISTED_4)[0] == 550, what="the first test of the list")
    code, text = gate.rcpt(LISTED_4, sender="listed@sender.test")
    assert (code, text[:5]) == (550, "5.7.1")
    assert f"{LISTED_4} is on the block list list.test (answer 127.0.0.4); see https://list.test/?{LISTED_4}" in text
    assert "(answer 127.0.0.3)" in gate.rcpt(LISTED_6)[1]
    assert gate.rcpt(LISTED_6)[0] == 550
    for clean in (CLEAN_4, CLEAN_6):
        assert gate.send(clean, letter(f"From {clean}"))[0] == 250
    assert gate.api.wait_for("from:listed@sender.test")["status"] == "rejected"


def test_only_the_answers_that_the_operator_named_mean_listed(gate):
    gate.lists("list.test")
    until(lambda: gate.rcpt(HOME)[0] == 550, what="the homes as listed")
    gate.lists("list.test", codes=["127.0.0.2-127.0.0.4"], temporary=True)
    code, text = until(lambda: (answer := gate.rcpt(LISTED_4))[0] == 450 and answer, what="the new codes")
    assert (code, text[:5]) == (450, "4.7.1")
    assert gate.rcpt(HOME)[0] == 250, "127.0.0.10 was not named"


@pytest.mark.parametrize(
    ("zone", "why"),
    [
        ("refusing.test", "it reports an error (127.255.255.254)"),
        ("sold.test", "it lists everybody, or somebody answers in its place"),
        ("hijacked.test", "it answers 203.0.113.1, which no list does"),
        ("closed.test", "it does not list its test entry 127.0.0.2"),
        ("dead.test", "it does not answer"),
        ("gone.test", "it does not list its test entry 127.0.0.2 (no such name)"),
    ],
)
def test_a_list_that_is_not_well_keeps_nobody_away_and_is_named(gate, zone, why):
    gate.lists(zone, "plain.test")
    until(lambda: gate.rcpt(LISTED_4)[1].count("plain.test"), seconds=60, what="the test of both lists")
    assert why in until(lambda: gate.trouble(zone), seconds=60, what=f"a word about {zone}")
    assert gate.rcpt(LISTED_6)[0] == 250, "a plain zone in nsd lists no such address"
    assert gate.rcpt(CLEAN_4)[0] == 250
    assert not gate.trouble("plain.test")


def test_a_list_that_dies_while_it_is_used_is_left_out_and_mail_goes_on(gate):
    gate.lists("moody.test")
    until(lambda: gate.rcpt(LISTED_4)[0] == 550, what="the first test of the list")
    gate.moody.close()
    clean = (f"198.51.100.{number}" for number in count(1))
    assert [gate.rcpt(next(clean))[0] for _ in range(5)] == [250] * 5
    assert "it did not answer 5 times in a row" in until(lambda: gate.trouble("moody.test"), seconds=60)
    assert gate.rcpt(LISTED_4)[0] == 250, "what cannot be known is no listing"
    assert gate.send(next(clean), letter("In spite of a dead list"))[0] == 250
