# SPDX-License-Identifier: Apache-2.0
"""Where mail leads, over real SMTP: a list that is brought and replaced while mail flows, a DNS list of a name server
of ours, exceptions over the API, and the words of the command line."""

import json
import os
import subprocess
import sys
from itertools import count

import pytest

from gate import Gateway
from house import PASSWORD, ROOT, initialize, letter, running, until
from name_server import NameServer

pytestmark = pytest.mark.xdist_group("web_reputation")

EXCEPTIONS = "/api/v1/web_reputation/exceptions"
PEERS = (f"198.18.{number // 250}.{number % 250 + 1}" for number in count())
"""Each mail comes from another address, so that bad ones make no experience."""
RECORDS = {
    ("sender.test", "A"): ["192.0.2.1"],
    ("test.urls.test", "A"): ["127.0.0.2"],
    ("pills.com.urls.test", "A"): ["127.0.0.2"],
}


@pytest.fixture(scope="module")
def gate(tmp_path_factory, sink):
    folder = tmp_path_factory.mktemp("web_reputation")
    people = folder / "people.csv"
    people.write_text("lee@example.test,Lee\n")
    initialize(folder / "data", next_hop=sink.address, recipients=people)
    with NameServer(RECORDS) as names:
        environment = {"MAILWARD_NAME_SERVERS": names.address, "MAILWARD_PROXIES": "127.0.0.1"}
        with running("run", folder / "data", environment=environment) as house:
            house.api.sign_in("admin@example.test", PASSWORD)
            yield Gateway(house, names)


def command(gate, *words):
    done = subprocess.run(
        [sys.executable, "-m", "mailward", "web-reputation", *words, "--data", gate.house.data, "--json"],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "MAILWARD_NAME_SERVERS": gate.names.address},
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout) if done.stdout.strip() else done.stderr


def arrived(gate, subject, url):
    assert gate.send(next(PEERS), letter(subject, f"Please look: {url}\n"))[0] == 250
    return gate.api.wait_for(f'subject:"{subject}"')


def dns_troubles(gate):
    return {one["zone"]: one["why"] for one in gate.api.get("/api/v1/web_reputation/lists")["dns"]}


def explained(gate, url):
    return gate.api.post("/api/v1/web_reputation/explanation", {"url": url})


def test_a_list_is_brought_and_replaced_while_mail_flows(gate, tmp_path):
    before = arrived(gate, "Before the list", "https://shop.tulips.com/a")
    assert before["verdict"] == "clean"
    feed = tmp_path / "feed.txt"
    feed.write_text("tulips.com\n")
    order = ("import", str(feed), "--name", "flowers", "--category", "phishing")
    status, plan = command(gate, *order)
    assert (status, plan["added"], plan["written"]) == (0, 1, False)
    assert gate.api.get("/api/v1/web_reputation/lists")["local"] == []
    assert command(gate, *order, "--write")[1]["written"]
    until(
        lambda: arrived(gate, "After the list", "https://shop.tulips.com/a")["verdict"] == "web_reputation",
        what="the list",
    )
    mail = gate.api.wait_for("verdict:web_reputation reason:url_listed")
    assert (mail["action"], mail["rule"]["winner"]) == ("quarantine", "Web reputation")
    assert mail["reasons"][0]["evidence"] == "https://shop.tulips.com/a (tulips.com on flowers)"
    assert sum(reason["weight"] for reason in mail["reasons"]) == pytest.approx(mail["score"])
    (state,) = gate.api.get("/api/v1/web_reputation/lists")["local"]
    assert (state["name"], state["entries"], state["trouble"]) == ("flowers", 1, "")
    feed.write_text("roses.com\n")
    assert command(gate, *order, "--write", "--force")[0] == 0
    until(lambda: arrived(gate, "The new list", "https://shop.tulips.com/a")["verdict"] == "clean", what="the new list")


def test_an_approved_address_and_the_word_of_the_command_line(gate, tmp_path):
    feed = tmp_path / "feed.txt"
    feed.write_text("violets.com\n")
    command(gate, "import", str(feed), "--name", "violets", "--category", "malware", "--write")
    found = explained(gate, "hxxps://www.violets[.]com/x")
    assert (found["url"], found["score"], found["band"]) == ("https://www.violets.com/x", 1, "dangerous")
    assert (found["caught"], found["listed"]) == (True, "violets.com on violets")
    assert command(gate, "explain", "https://www.violets.com/x")[0] == 1
    made = gate.api.post(EXCEPTIONS, {"list": "approved", "pattern": "*.Violets.com", "note": "ours"})
    assert made["pattern"] == "*.violets.com"
    found = explained(gate, "https://www.violets.com/x")
    assert (found["caught"], found["source"], found["exception"]["note"]) == (False, "approved", "ours")
    assert command(gate, "explain", "https://www.violets.com/x")[0] == 0
    assert [entry["pattern"] for entry in command(gate, "list")[1]] == ["*.violets.com"]
    assert command(gate, "remove", "*.violets.com")[0] == 0
    assert explained(gate, "https://www.violets.com/x")["caught"]
    assert command(gate, "remove-list", "violets")[0] == 0
    assert command(gate, "remove-list", "violets")[0] == 2


def test_files_of_exceptions_come_with_a_plan_first(gate):
    csv = "pattern,note\npartner.test/a/,since 2020\nco.uk\n"
    order = {"list": "approved", "csv": csv, "dry_run": False}
    plan = gate.api.post(f"{EXCEPTIONS}/import", order)
    assert (plan["written"], plan["problems"][0]["line"]) == (False, 3)
    plan = gate.api.post(f"{EXCEPTIONS}/import", {**order, "csv": csv.replace("co.uk\n", "")})
    assert (plan["written"], plan["added"]) == (True, 1)
    for pattern, kind in (("ab", "keyword"), ("com", "approved")):
        status, answer = gate.api.request("POST", EXCEPTIONS, {"list": kind, "pattern": pattern})
        assert (status, answer["type"].rpartition("/")[2]) == (400, "bad-web-exception")
    status, _ = gate.api.request("POST", "/api/v1/web_reputation/explanation", {"url": "mailto:a@b.test"})
    assert status == 400


def test_a_dns_list_is_tested_asked_by_name_and_untested_when_it_falls_silent(gate):
    entry = {"zone": "urls.test", "category": "spam"}
    gate.settle("web_reputation", lists=[entry])
    arrived(gate, "The first to ask", "http://y.com/")
    until(lambda: dns_troubles(gate) == {"urls.test": ""}, what="the test of the list")
    mail = arrived(gate, "Pills", "https://www.pills.com/secret-path?who=lee")
    assert mail["verdict"] == "web_reputation"
    assert mail["reasons"][0]["id"] == "url_dns_listed"
    asked = {name for name, _ in gate.names.asked if name.endswith("urls.test")}
    assert "pills.com.urls.test" in asked
    assert not any("secret" in name or "lee" in name for name in asked)
    gate.settle("web_reputation", lists=[{**entry, "zone": "silent.test"}], untested="fail")
    arrived(gate, "The first to ask again", "http://z.com/")
    until(lambda: "silent.test" in dns_troubles(gate), what="the test of the list")
    held = arrived(gate, "Nobody knows", "https://www.lilies.com/")
    assert held["verdict"] == "unscannable"
    assert "silent.test" in held["findings"]["web_reputation"]["why"]
    assert explained(gate, "https://www.lilies.com/")["score"] is None
    gate.settle("web_reputation")


def test_levels_say_what_they_catch_by_mistake(gate):
    levels = gate.api.get("/api/v1/web_reputation/levels")
    assert [level["bar"] for level in levels["items"]] == [21, 31, 41, 51, 66, 81]
    assert levels["trained"]
