# SPDX-License-Identifier: Apache-2.0
"""Names that are true, false, missing and blocked; rules by sender; and no question where nothing is demanded."""

import pytest

from mailward.checks.reverse_dns.service import compile_rules, objection
from mailward.checks.reverse_dns.settings import Demand, ReverseDnsRule, ReverseDnsSettings
from mailward.egress.dns.service import Dns
from mailward.egress.dns.zone import Zone
from policies import organization

TRUE, FALSE, NAMELESS, TROUBLE, V6, LOST = (
    "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "2001:db8::1", "192.0.2.5",
)  # fmt: skip
V6_PTR = ".".join(reversed("20010db8000000000000000000000001")) + ".ip6.arpa"
ZONE = Zone(
    {
        "1.2.0.192.in-addr.arpa": {"PTR": ["mx.dynamic.test"]},
        "mx.dynamic.test": {"A": [TRUE]},
        "2.2.0.192.in-addr.arpa": {"PTR": ["mx.bank.test"]},
        "mx.bank.test": {"A": ["198.51.100.1"]},
        "5.2.0.192.in-addr.arpa": {"PTR": ["lost.test"]},
        V6_PTR: {"PTR": ["six.test"]},
        "six.test": {"AAAA": [V6]},
    },
    trouble=["4.2.0.192.in-addr.arpa", "lost.test"],
)
STRICT = Demand(refuse_missing=True, refuse_invalid=True)


async def ask(peer, sender="ann@sender.test", **settings):
    questions = []
    chosen = ReverseDnsSettings(**settings)
    policy = organization({"reverse_dns": chosen}, {"reverse_dns": await compile_rules(None, chosen)})
    dns = Dns(ZONE, on_question=lambda *question: questions.append(question))
    refused = await objection(policy, peer, sender, dns.for_feature("reverse_dns"))
    return (refused and (refused.reply.code, refused.reply.status)), questions


@pytest.mark.parametrize(
    ("peer", "answer"),
    [
        (TRUE, None),
        (V6, None),
        (FALSE, (550, "5.7.25")),
        (NAMELESS, (550, "5.7.25")),
        (TROUBLE, (450, "4.7.25")),
        (LOST, (450, "4.7.25")),
    ],
)
async def test_strict_rules(peer, answer):
    assert (await ask(peer, default=STRICT))[0] == answer


async def test_each_demand_stands_alone():
    assert (await ask(FALSE, default=Demand(refuse_missing=True)))[0] is None
    assert (await ask(NAMELESS, default=Demand(refuse_invalid=True)))[0] is None


@pytest.mark.parametrize("settings", [{}, {"default": STRICT, "enabled": False}])
async def test_nothing_is_asked_where_nothing_is_demanded(settings):
    assert await ask(NAMELESS, **settings) == (None, [])


@pytest.mark.parametrize(
    ("sender", "refused"),
    [
        ("ann@partner.test", False),
        ("ann@a.b.partner.test", True),
        ("ann@ok.b.partner.test", False),
        ("", False),
        ("x@else.test", True),
    ],
)
async def test_the_most_specific_rule_counts_and_notices_have_their_own(sender, refused):
    rules = (
        ReverseDnsRule(sender_domain="partner.test"),
        ReverseDnsRule(sender_domain="*.partner.test", refuse_missing=True),
        ReverseDnsRule(sender_domain="OK.b.partner.test"),
    )
    answer, _ = await ask(NAMELESS, sender, default=STRICT, rules=rules)
    assert bool(answer) is refused


async def test_blocked_names_and_exceptions_that_must_be_true():
    assert (await ask(TRUE, blocked_names=("dynamic.test",)))[0] == (550, "5.7.1")
    assert (await ask(TRUE, blocked_names=("*.dynamic.test",), excepted_names=("mx.dynamic.test",)))[0] is None
    assert (await ask(FALSE, blocked_names=("bank.test",), excepted_names=("mx.bank.test",)))[0] == (550, "5.7.1")
    assert (await ask(V6, blocked_names=("dynamic.test",)))[0] is None
