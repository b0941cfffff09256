# SPDX-License-Identifier: Apache-2.0
"""What the rules want done with each outcome, and what spares a mail."""

import msgspec
import pytest

from mailward.checks.authentication.compiled import DEFAULT, Rulebook
from mailward.checks.authentication.rules import DkimRule, DmarcRule, IpMatch, Method, SenderIpRule, SpfRule
from mailward.checks.authentication.rulings import Mail, rulings, unanswered, vouched
from mailward.checks.authentication.sealed_results import read_sealed
from mailward.contract.authentication import (
    ArcResult,
    Authentication,
    DkimResult,
    DmarcResult,
    Sealed,
    SpfResult,
)
from mailward.contract.decision import Action
from mailward.policy.decide import refusal_of

METHODS = {SenderIpRule: Method.SENDER_IP, SpfRule: Method.SPF, DkimRule: Method.DKIM, DmarcRule: Method.DMARC}
SPF_PASS = SpfResult(result="pass", domain="bank.test")
SPF_FAIL = SpfResult(result="fail", domain="bank.test")
SIGNED = DkimResult(result="pass", domain="bank.test")
BROKEN = DkimResult(result="fail", domain="bank.test", why="the body was changed after it was signed")
FORWARDED = ArcResult(
    result="pass", sealers=("stranger.test", "relay.test"), seen=(Sealed(), Sealed(dmarc="pass", author="bank.test"))
)


def dmarc(result="fail", policy="reject", **more):
    return DmarcResult(
        result=result,
        domain="bank.test",
        organizational_domain="bank.test",
        policy=policy,
        why="nothing aligned",
        **more,
    )


def said(spf=SPF_PASS, dmarc_result=None, dkim=(), arc=None):
    return Authentication(
        evaluated=True, spf=spf, dkim=dkim, dmarc=dmarc_result or dmarc("pass"), arc=arc or ArcResult()
    )


def judge(
    results, *rules, sender="ann@bank.test", peer="192.0.2.7", sealers=("relay.test",), chance=0, own_server=False
):
    book = Rulebook({(DEFAULT, METHODS[type(rule)]): rule for rule in rules})
    mail = Mail(said=results, peer_ip=peer, sender=sender, trusted_sealers=frozenset(sealers), own_server=own_server)
    return rulings(mail, book.of("example.test"), chance=lambda: chance)


def action(results, *rules, **more):
    made = judge(results, *rules, **more)
    return made[-1].action if made else Action.ACCEPT


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (said(), Action.ACCEPT),
        (said(SPF_FAIL, dmarc("none", "")), Action.REJECT),
        (said(SPF_FAIL, dmarc("pass"), (SIGNED,)), Action.ACCEPT),
        (said(SPF_FAIL, dmarc("none", ""), (SIGNED,)), Action.ACCEPT),
        (said(SpfResult(result="softfail", domain="bank.test")), Action.ACCEPT),
        (said(SpfResult(result="temperror", domain="bank.test")), Action.ACCEPT),
        (said(SpfResult(), dmarc(policy="reject")), Action.REJECT),
        (said(SpfResult(), dmarc(policy="quarantine")), Action.QUARANTINE),
        (said(SpfResult(), dmarc(policy="none")), Action.ACCEPT),
        (said(SpfResult(), dmarc("none", "")), Action.ACCEPT),
        (said(SpfResult(), dmarc(policy="reject", testing=True)), Action.QUARANTINE),
        (said(SpfResult(), dmarc(policy="quarantine", testing=True)), Action.ACCEPT),
        (said(SpfResult(), dmarc("temperror")), Action.ACCEPT),
        (said(SpfResult(), DmarcResult(result="permerror", why="there are several From fields")), Action.QUARANTINE),
        (said(SpfResult(), dmarc("none", ""), (BROKEN,)), Action.ACCEPT),
    ],
)
def test_the_defaults(results, expected):
    assert action(results) is expected


def test_forwarded_mail_is_protected_by_a_trusted_sealer():
    forwarded = said(SPF_FAIL, dmarc(policy="reject"), (BROKEN,), FORWARDED)
    made = judge(forwarded)
    assert {ruling.action for ruling in made} == {Action.ACCEPT}
    assert all("relay.test saw DMARC pass" in ruling.why for ruling in made)
    assert action(forwarded, sealers=("other.test",)) is Action.REJECT


def test_a_sealer_vouches_only_for_what_it_saw_itself():
    def who(sealers, seen, trusted=("relay.test", "second.test"), result="pass"):
        arc = ArcResult(result=result, sealers=sealers, seen=seen)
        return vouched(Mail(said=said(arc=arc), peer_ip="", sender="", trusted_sealers=frozenset(trusted)))

    passed, failed = Sealed(dmarc="pass", author="bank.test"), Sealed(dmarc="fail", author="bank.test")
    assert who(("relay.test",), (passed,)) == "relay.test"
    assert who(("relay.test", "second.test"), (passed, failed)) == "relay.test"
    assert who(("relay.test",), (passed,), result="fail") == ""
    assert who(("relay.test",), (Sealed(dmarc="pass", author="evil.test"),)) == ""
    assert who(("evil.test", "relay.test"), (passed, failed)) == "", "a stranger's first seal proves nothing"
    assert who(("relay.test", "evil.test"), (passed, passed)) == "", "nobody knows what the stranger did after it"
    assert who(("relay.test", "evil.test", "second.test"), (passed, passed, failed)) == ""
    assert who((), ()) == ""


def test_sampling_is_one_step_milder_and_can_be_switched_off():
    half = said(SpfResult(), dmarc(policy="reject", percent=50))
    assert action(half, chance=49) is Action.REJECT
    assert action(half, chance=50) is Action.QUARANTINE
    assert action(half, DmarcRule(sampling=False), chance=50) is Action.REJECT
    assert action(said(SpfResult(), dmarc(testing=True)), DmarcRule(sampling=False)) is Action.REJECT


def test_bounces_are_spared_only_if_that_is_wanted_and_never_without_an_author():
    bounce = said(SpfResult(result="none", scope="helo"), dmarc(policy="reject"))
    assert action(bounce, sender="") is Action.REJECT
    assert action(bounce, DmarcRule(skip_null_sender=True), sender="") is Action.ACCEPT
    assert action(bounce, DmarcRule(skip_null_sender=True)) is Action.REJECT
    nobody = said(SpfResult(), DmarcResult(result="permerror", why="there are several From fields"))
    assert action(nobody, DmarcRule(skip_null_sender=True), sender="") is Action.QUARANTINE


def test_sender_ip_match_stands_in_for_spf():
    rule = SenderIpRule(matches=(IpMatch(domain="bank.test", networks=("192.0.2.0/24", "2001:db8::/32")),))
    forged = said(SPF_FAIL, dmarc(policy="reject"))
    assert action(forged, rule) is Action.ACCEPT
    assert action(forged, rule, peer="2001:db8::9") is Action.ACCEPT
    made = judge(said(), rule, peer="198.51.100.1")
    assert [(m.rule, m.action) for m in made] == [("Sender IP match (default)", Action.QUARANTINE)]
    below = SenderIpRule(matches=(IpMatch(domain="*.bank.test", networks=("192.0.2.0/24",)),))
    assert action(said(), below, peer="198.51.100.1") is Action.ACCEPT, "*. does not name the domain itself"


def test_a_registered_server_of_the_organization_needs_no_place_in_its_own_list():
    """What anybody else brings in the domain's name still does."""
    rule = SenderIpRule(matches=(IpMatch(domain="bank.test", networks=("203.0.113.0/24",)),), on_mismatch="reject")
    demand = DkimRule(enforced=("bank.test",), on_unproven_peer="reject")
    [ruling] = judge(said(), rule, own_server=True)
    assert ruling.action is Action.ACCEPT
    assert "not among the addresses" in ruling.why
    assert ruling.why.endswith("a registered server of your own brings it")
    assert action(said(), demand, own_server=True) is Action.ACCEPT
    assert action(said(), rule) is action(said(), demand) is Action.REJECT


def test_dkim_looks_at_the_authors_signatures_only():
    rule = DkimRule(on_fail="quarantine")
    assert action(said(dkim=(BROKEN,)), rule) is Action.QUARANTINE
    assert action(said(dkim=(BROKEN, SIGNED)), rule) is Action.ACCEPT
    stranger = DkimResult(result="fail", domain="mailer.test")
    assert action(said(dkim=(stranger,)), rule) is Action.ACCEPT
    below = DkimResult(result="fail", domain="news.bank.test")
    assert action(said(dkim=(below,)), rule) is Action.QUARANTINE
    partial = DkimResult(result="pass", domain="bank.test", partial=True)
    assert action(said(dkim=(partial,)), rule) is Action.QUARANTINE, "l= earns nothing"


def test_ignored_peers_beat_enforced_ones():
    failing = said(SpfResult(), dmarc("none", ""))
    assert action(failing, DmarcRule(enforced=("bank.test",))) is Action.QUARANTINE
    assert action(failing, DmarcRule(enforced=("192.0.2.0/24",))) is Action.QUARANTINE
    assert action(failing, DmarcRule(enforced=("bank.test",), ignored=("192.0.2.7",))) is Action.ACCEPT
    elsewhere = {"sender": "x@mailer.test"}
    assert action(failing, DmarcRule(enforced=("bank.test",)), **elsewhere) is Action.QUARANTINE
    assert action(failing, DmarcRule(enforced=("bank.test",), match_header=False), **elsewhere) is Action.ACCEPT
    assert action(said(), DkimRule(enforced=("*.test",))) is Action.QUARANTINE
    assert action(said(dkim=(SIGNED,)), DkimRule(enforced=("*.test",))) is Action.ACCEPT
    assert action(said(SPF_FAIL, dmarc("none", "")), SpfRule(ignored=("bank.test",))) is Action.ACCEPT


def test_a_trusted_sealer_does_not_speak_for_an_enforced_peer():
    forwarded = said(SpfResult(), dmarc(policy="reject"), (BROKEN,), FORWARDED)
    assert action(forwarded, DmarcRule(enforced=("bank.test",))) is Action.QUARANTINE


def test_the_first_order_that_holds_a_mail_ends_the_row_and_tags_add_up():
    both = said(SPF_FAIL, dmarc(policy="reject"))
    assert [m.rule for m in judge(both, SpfRule(on_fail="quarantine"))] == ["SPF (default)"]
    tagged = judge(both, SpfRule(on_fail="tag", subject_tag="[SPF]"), DmarcRule(on_reject="tag", subject_tag="[DMARC]"))
    assert [m.subject_tag for m in tagged] == ["[SPF]", "[DMARC]"]


def test_a_domain_has_rules_of_its_own_and_the_default_for_the_rest():
    book = Rulebook(
        {
            (DEFAULT, Method.SPF): SpfRule(on_fail="delete"),
            ("one.test", Method.DMARC): DmarcRule(on_reject="tag"),
        }
    )
    assert book.of("one.test").rules.spf.on_fail == "delete"
    assert book.of("one.test").rules.dmarc.on_reject == "tag"
    assert book.of("two.test").rules.dmarc.on_reject == "reject"
    assert (book.of("one.test").name(Method.DMARC), book.of("one.test").name(Method.SPF)) == (
        "DMARC (one.test)", "SPF (default)",
    )  # fmt: skip


def test_trouble_is_never_a_final_refusal():
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"on_temperror": "reject"}, DmarcRule)
    made = judge(said(SpfResult(), dmarc("temperror")), DmarcRule(on_temperror="defer"))
    refused = refusal_of([made])
    assert (refused.reply.code, refused.reply.status[0]) == (451, "4")
    dead = Authentication(
        evaluated=True,
        spf=SpfResult(result="temperror"),
        dmarc=dmarc("temperror"),
        dkim=(DkimResult(result="temperror"),),
    )
    assert unanswered(dead)
    assert not unanswered(said())


def test_a_mail_is_refused_only_if_everybody_refuses_it():
    rejected = judge(said(SpfResult(), dmarc()))
    accepted = judge(said())
    reply = refusal_of([rejected, rejected]).reply
    assert (reply.code, reply.status) == (550, "5.7.26")
    assert "bank.test" in reply.text
    assert "p=reject" in reply.text
    assert refusal_of([rejected, accepted]) is None
    assert refusal_of([]) is None


@pytest.mark.parametrize("entry", ["10.0.0.1/24", "not a domain", "*@x.test", "*.", "300.1.1.1", "2001:db8::/200"])
def test_a_peer_that_cannot_be_read_is_refused_with_a_sentence(entry):
    with pytest.raises(msgspec.ValidationError, match="is n"):
        msgspec.convert({"ignored": [entry]}, DmarcRule)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b" i=1; mx.relay.test; spf=pass (x) smtp.mailfrom=a@bank.test; dmarc=pass (p=REJECT dis=NONE) header.from=bank.test",
         Sealed(dmarc="pass", author="bank.test")),
        (b" i=1; mx.relay.test 1;\r\n\tdmarc=fail action=none header.from=Bank.test", Sealed(dmarc="fail", author="bank.test")),
        (b" i=1; mx.relay.test; dmarc=pass header.from=evil.test; dmarc=pass header.from=bank.test", Sealed()),
        (b' i=1; mx.relay.test; spf=pass smtp.mailfrom="; dmarc=pass header.from=bank.test"', Sealed()),
        (b" i=1; mx.relay.test; spf=pass (; dmarc=pass header.from=bank.test)", Sealed()),
        (b" i=1; mx.relay.test; spf=pass (; dmarc=pass header.from=bank.test", Sealed()),
        (b' i=1; mx.relay.test; spf=pass ("); dmarc=pass header.from=bank.test; x=(")', Sealed()),
        (b" i=1; mx.relay.test; dmarc=pass header.from=bank.test header.from=evil.test", Sealed()),
        (b" i=1; mx.relay.test; dmarc=pass", Sealed()),
        (b" i=1; dmarc=pass header.from=bank.test", Sealed()),
        (b" i=1; none", Sealed()),
        (b"\xff" * 100, Sealed()),
        (b" i=1; m; " + b"a" * 9000, Sealed()),
    ],
)  # fmt: skip
def test_what_a_sealer_saw_is_read_strictly(value, expected):
    assert read_sealed(value) == expected
