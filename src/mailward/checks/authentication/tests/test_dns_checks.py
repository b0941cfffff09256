# SPDX-License-Identifier: Apache-2.0
"""What is said of a domain's own SPF and DMARC records."""

import pytest

from mailward.checks.authentication.dns_checks import dns_checks
from mailward.contract.dns_check import DnsSurvey
from mailward.contract.gateway import Gateway
from mailward.egress.dns.service import Dns, Zone


async def checked(*lines, trouble=()):
    source = Zone.from_text("\n".join(lines))
    source._trouble = frozenset(trouble)
    survey = DnsSurvey(
        domain="shop.test", gateway=Gateway(), resolver=Dns(source).for_feature("authentication"), scoped=None
    )
    return {check.kind: check for check in await dns_checks(survey)}


def spf(text, name="shop.test"):
    return f'{name}. TXT "{text}"'


LONG = ["v=spf1 " + " ".join(f"a:h{n}.shop.test" for n in range(11)) + " -all"]


@pytest.mark.parametrize(
    ("lines", "state", "words"),
    [
        ((), "missing", "every server"),
        ((spf("v=spf1 ip4:192.0.2.1 -all"),), "ok", ""),
        ((spf("v=spf1 ~all"), spf("v=spf1 -all")), "wrong", "several"),
        ((spf("v=spf1 ip4:nonsense -all"),), "wrong", "in error"),
        ((spf("v=spf1 +all"),), "wrong", "everybody"),
        ((spf("v=spf1 ip4:192.0.2.1"),), "warning", "end it with"),
        ((spf("v=spf1 mx ?all"),), "warning", "end it with"),
        ((spf("v=spf1 ptr -all"),), "warning", "ptr"),
        ((spf("v=spf1 include:none.test -all"),), "wrong", "no SPF record"),
        ((spf("v=spf1 include:p.test -all"), spf("v=spf1 ip4:192.0.2.0/24 -all", "p.test")), "ok", ""),
        ((spf("v=spf1 include:p.test -all"), spf("v=spf1 bogus -all", "p.test")), "wrong", "whose record is in error"),
        ((spf(LONG[0]),), "wrong", "needs 11 look-ups"),
        ((spf("v=spf1 include:p.test mx -all"), spf("v=spf1 a a a a a a -all", "p.test")), "warning", "8 of 10"),
        ((spf("v=spf1 redirect=p.test"), spf("v=spf1 -all", "p.test")), "ok", ""),
        ((spf("v=spf1 include:shop.test -all"),), "wrong", "look-ups"),
        ((spf("v=spf1 include:%{i}.p.test -all"),), "ok", ""),
    ],
)
async def test_spf(lines, state, words):
    check = (await checked(*lines))["spf"]
    assert check.state == state, check
    assert words in check.advice


@pytest.mark.parametrize(
    ("lines", "state", "words"),
    [
        ((), "missing", "p=none"),
        (('_dmarc.shop.test. TXT "v=DMARC1; p=reject"',), "ok", ""),
        (('_dmarc.shop.test. TXT "v=DMARC1; p=none"',), "warning", "only reported"),
        (('_dmarc.shop.test. TXT "v=DMARC1; p=nonsense"',), "wrong", "cannot be understood"),
        (
            ('_dmarc.shop.test. TXT "v=DMARC1; p=reject"', '_dmarc.shop.test. TXT "v=DMARC1; p=none"'),
            "wrong",
            "several",
        ),
        (('_dmarc.test. TXT "v=DMARC1; p=reject; sp=quarantine; psd=n"',), "ok", "inherited from test"),
    ],
)
async def test_dmarc(lines, state, words):
    check = (await checked(*lines))["dmarc"]
    assert check.state == state, check
    assert words in check.advice


async def test_silence_is_unknown():
    found = await checked(trouble=("shop.test", "_dmarc.shop.test"))
    assert {check.state for check in found.values()} == {"unknown"}
