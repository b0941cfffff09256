# SPDX-License-Identifier: Apache-2.0
"""The SPF record as it should be, as it is, and the words to copy."""

from contextlib import asynccontextmanager

import pytest

from mailward.checks.outbound import dns_checks as room
from mailward.checks.outbound.dns_checks import dns_checks
from mailward.contract.dns import DnsTrouble
from mailward.contract.dns_check import DnsState, DnsSurvey
from mailward.contract.gateway import Gateway


class Connector:
    domain = "*"


@asynccontextmanager
async def scoped():
    yield None


class Names:
    def __init__(self, *texts):
        self.texts = texts

    async def txt(self, _):
        if self.texts == ("trouble",):
            raise DnsTrouble("no answer")
        return tuple(text.encode() for text in self.texts)


async def ask(monkeypatch, *texts, connectors=(Connector,)):
    async def known(_):
        return list(connectors)

    monkeypatch.setattr(room.store, "connectors", known)
    survey = DnsSurvey(
        domain="example.test", gateway=Gateway(hostname="gate.test"), resolver=Names(*texts), scoped=scoped
    )
    return await dns_checks(survey)


@pytest.mark.parametrize(
    ("texts", "state", "expected"),
    [
        ((), DnsState.MISSING, "v=spf1 a:gate.test ~all"),
        (("hello", "v=spf10 -all"), DnsState.MISSING, "v=spf1 a:gate.test ~all"),
        (("v=spf1 mx -all",), DnsState.WRONG, "v=spf1 mx a:gate.test -all"),
        (("v=spf1 mx",), DnsState.WRONG, "v=spf1 mx a:gate.test"),
        (("V=SPF1 redirect=_spf.test",), DnsState.WRONG, "V=SPF1 a:gate.test redirect=_spf.test"),
        (("v=spf1 A:Gate.test -all",), DnsState.OK, "v=spf1 A:Gate.test -all"),
        (("v=spf1 +a:gate.test ?all",), DnsState.OK, "v=spf1 +a:gate.test ?all"),
        (("v=spf1 a:gate.test -all", "v=spf1 mx -all"), DnsState.WRONG, "v=spf1 a:gate.test -all"),
        (("trouble",), DnsState.UNKNOWN, "v=spf1 a:gate.test ~all"),
    ],
)
async def test_the_record_is_judged_and_made_right(monkeypatch, texts, state, expected):
    [check] = await ask(monkeypatch, *texts)
    assert (check.state, check.expected) == (state, (expected,))
    assert bool(check.advice) is (state is not DnsState.OK)


async def test_a_domain_that_does_not_send_is_not_asked_about(monkeypatch):
    assert await ask(monkeypatch, connectors=()) == ()
