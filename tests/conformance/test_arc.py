# SPDX-License-Identifier: Apache-2.0
"""The ValiMail suite for validating chains (RFC 8617), and real chains with their keys."""

import pytest
import yaml
from tests.corpora import corpus

from mailward.checks.authentication import arc
from mailward.checks.authentication.canonical import Mail
from mailward.checks.authentication.fields import split
from mailward.egress.dns.service import Dns, Zone


def zone(records) -> Zone:
    return Zone({name.strip(): {"TXT": [text.encode()]} for name, text in records.items()})


def mail(text: str) -> Mail:
    return Mail(split(text.replace("\n", "\r\n").encode("utf-8")))


def cases():
    try:
        path = corpus("conformance") / "arc-valimail" / "tests" / "arc-draft-validation-tests.yml"
    except pytest.skip.Exception:
        return [pytest.param({}, {}, marks=pytest.mark.skip("corpus conformance is absent"))]
    return [
        pytest.param(scenario["txt-records"], test, id=name)
        for scenario in yaml.safe_load_all(path.read_text("utf-8"))
        for name, test in scenario["tests"].items()
    ]


@pytest.mark.parametrize(("records", "test"), cases())
async def test_valimail(records, test):
    """Tests whose expectation is empty (a seal that says cv=fail) must not pass."""
    said = await arc.verify(mail(test["message"]), Dns(zone(records)).for_feature("test"))
    assert said.result == (test["cv"].lower() or "fail"), said


@pytest.mark.parametrize("name", ["001.txt", "002.txt"])
async def test_real_chains(name):
    text = (corpus("conformance") / "stalwart-mail-auth" / "resources" / "arc" / name).read_text("utf-8")
    head, _, message = text.partition("\n\n")
    records = dict(line.split(" ", 1) for line in head.splitlines())
    said = await arc.verify(mail(message), Dns(zone(records)).for_feature("test"))
    assert said.result == "pass", said
    assert said.sealers
    broken = message.replace("Subject: ", "Subject: x", 1)
    assert (await arc.verify(mail(broken), Dns(zone(records)).for_feature("test"))).result == "fail"
