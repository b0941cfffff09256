# SPDX-License-Identifier: Apache-2.0
"""Senders who could be answered, who could not, and when nobody knows."""

import pytest

from mailward.checks.sender_filter.compiled import Members, SenderLists
from mailward.checks.sender_filter.service import domain_objection
from mailward.checks.sender_filter.settings import SenderFilterSettings
from mailward.contract.dns import MailExchange
from mailward.egress.dns.service import Dns
from mailward.egress.dns.zone import Zone
from policies import organization

ZONE = Zone(
    {
        "mx.test": {"MX": [MailExchange(10, "mail.mx.test")]},
        "a.test": {"A": ["192.0.2.1"]},
        "aaaa.test": {"AAAA": ["2001:db8::1"]},
        "null.test": {"MX": [MailExchange(0, "")]},
        "text.test": {"TXT": [b"hello"]},
        "xn--bcher-kva.test": {"A": ["192.0.2.1"]},
    },
    trouble=["trouble.test"],
)


async def ask(sender, *, enabled=True):
    questions = []
    compiled = SenderLists(blocked=Members(), approved=Members(), unproved=Members())
    policy = organization(
        {"sender_filter": SenderFilterSettings(unknown_sender_domain=enabled)}, {"sender_filter": compiled}
    )
    dns = Dns(ZONE, on_question=lambda *question: questions.append(question))
    refused = await domain_objection(policy, sender, dns.for_feature("sender_filter"))
    return refused and (refused.reply.code, refused.reply.status), questions


@pytest.mark.parametrize("domain", ["mx.test", "a.test", "aaaa.test", "A.TEST", "bücher.test"])
async def test_domains_that_can_be_answered_are_taken(domain):
    answer, questions = await ask(f"ann@{domain}")
    assert answer is None
    assert questions


@pytest.mark.parametrize(
    ("domain", "answer"),
    [
        ("nowhere.test", (550, "5.1.8")),
        ("text.test", (550, "5.1.8")),
        ("null.test", (550, "5.7.27")),
        ("a..test", (550, "5.1.8")),
        ("trouble.test", (450, "4.1.8")),
    ],
)
async def test_the_others_are_refused_and_trouble_is_temporary(domain, answer):
    assert (await ask(f"ann@{domain}"))[0] == answer


@pytest.mark.parametrize(("sender", "enabled"), [("", True), ("ann@[192.0.2.1]", True), ("ann@nowhere.test", False)])
async def test_nothing_is_asked_where_there_is_nothing_to_ask(sender, enabled):
    assert await ask(sender, enabled=enabled) == (None, [])
