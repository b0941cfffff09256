# SPDX-License-Identifier: Apache-2.0
import asyncio
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from mailward.checks.authentication import service
from mailward.checks.authentication.feature import FEATURE
from mailward.checks.authentication.hooks import examine
from mailward.checks.authentication.settings import AuthenticationSettings
from mailward.checks.authentication.tests.signing import key_record, rsa_key, signed
from mailward.contract.authentication import Authentication, DkimResult, DmarcResult, SpfResult
from mailward.contract.check import Examination, Facts, View
from mailward.contract.data import DataItem
from mailward.contract.dns import DnsTrouble
from mailward.contract.envelope import Connection, Envelope
from mailward.contract.finding import Clear, Failed, Skipped
from mailward.egress.dns.service import Dns, Zone

NOW = 1_800_000_000.0
PEER = Connection(peer_ip="192.0.2.1", helo="mx.sender.test")
MAIL = b"From: A <a@sender.test>\r\nTo: b@example.test\r\nSubject: hello\r\n\r\nHello\r\n"
RECORDS = {
    "sender.test": {"TXT": [b"v=spf1 ip4:192.0.2.1 -all"]},
    "mx.sender.test": {"TXT": [b"v=spf1 ip4:192.0.2.1 -all"]},
    "sel._domainkey.sender.test": {"TXT": [key_record(rsa_key())]},
    "_dmarc.sender.test": {"TXT": [b"v=DMARC1; p=reject"]},
}


def envelope(sender="a@sender.test") -> Envelope:
    return Envelope(sender=sender, recipients=("b@example.test",), received_at=datetime.now(UTC))


async def said_of(raw, *, sender="a@sender.test", trouble=(), peer=PEER):
    resolver = Dns(Zone(RECORDS, trouble=trouble)).for_feature("authentication")
    return await service.authenticate(raw, peer, envelope(sender), resolver, now=NOW)


async def test_all_pass():
    said = await said_of(signed(MAIL))
    assert said.evaluated
    assert (said.spf.result, said.dkim[0].result, said.dmarc.result, said.arc.result) == (
        "pass",
        "pass",
        "pass",
        "none",
    )
    assert said.dmarc.aligned == ("spf", "dkim")


async def test_null_sender_goes_by_helo():
    said = await said_of(MAIL, sender="")
    assert (said.spf.scope, said.spf.domain, said.spf.result) == ("helo", "mx.sender.test", "pass")
    assert said.dmarc.aligned == ("spf",)


async def test_dns_trouble_is_never_a_fail():
    said = await said_of(signed(MAIL), trouble=[*RECORDS])
    assert [said.spf.result, said.dkim[0].result, said.dmarc.result] == ["temperror"] * 3
    said = await said_of(signed(MAIL), trouble=["sender.test", "sel._domainkey.sender.test"])
    assert said.dmarc.result == "temperror"
    said = await said_of(signed(MAIL), trouble=["sender.test"])
    assert said.dmarc.result == "pass"


async def test_a_dead_resolver_ends_in_time(monkeypatch):
    class Dead:
        async def txt(self, name):
            await asyncio.sleep(3600)

        a = aaaa = mx = ptr = exists = txt

    monkeypatch.setattr(service, "SIGNATURE_SECONDS", 0.05)
    monkeypatch.setattr(service, "POLICY_SECONDS", 0.05)
    async with asyncio.timeout(5):
        said = await service.authenticate(signed(MAIL), PEER, envelope(), Dead(), now=NOW)
    assert [said.spf.result, said.dkim[0].result, said.dmarc.result, said.arc.result] == ["temperror"] * 3 + ["none"]


async def test_late_keys_make_dmarc_unsure_not_failed(monkeypatch):
    class Slow(Zone):
        async def fetch(self, name, kind):
            if "_domainkey" in name:
                await asyncio.sleep(3600)
            return await super().fetch(name, kind)

    monkeypatch.setattr(service, "SIGNATURE_SECONDS", 0.05)
    resolver = Dns(Slow(RECORDS)).for_feature("authentication")
    evil = Connection(peer_ip="203.0.113.9", helo="x.test")
    said = await service.authenticate(signed(MAIL), evil, envelope(), resolver, now=NOW)
    assert (said.spf.result, said.dkim[0].result, said.dmarc.result) == ("fail", "temperror", "temperror")


async def test_a_fault_of_ours_is_temporary_and_logged():
    class Faulty:
        async def txt(self, name):
            raise RuntimeError("boom")

        a = aaaa = mx = ptr = exists = txt

    with capture_logs() as logs:
        said = await service.authenticate(signed(MAIL), PEER, envelope(), Faulty(), now=NOW)
    assert [said.spf.result, said.dkim[0].result, said.dmarc.result] == ["temperror"] * 3
    assert {entry["event"] for entry in logs} == {"authentication.broke"}
    with capture_logs() as logs:
        said = await service.authenticate(None, PEER, envelope(), Faulty(), now=NOW)
    assert said.dmarc.result == "temperror"
    assert logs[0]["step"] == "whole"


async def test_cancelling_stops_the_questions():
    started = []

    class Slow:
        async def txt(self, name):
            started.append(name)
            await asyncio.sleep(3600)

        a = aaaa = mx = ptr = exists = txt

    task = asyncio.create_task(service.authenticate(signed(MAIL), PEER, envelope(), Slow(), now=NOW))
    await asyncio.sleep(0.01)
    assert started
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"\r\n\r\n", b"\x00" * 100, b"From:", b":\r\n:\r\n", b"\n\n", b"\r"])
async def test_any_bytes_have_a_result(raw):
    said = await said_of(raw)
    assert said.dmarc.result == "permerror"


async def test_a_peer_without_address():
    said = await said_of(MAIL, peer=Connection(peer_ip="", helo=""))
    assert said.spf.result == "none"


def view(said: Authentication, sender="a@sender.test") -> View:
    return View(facts=Facts(authentication=said, envelope=envelope(sender)), examination=Examination())


def test_hook_names_what_was_found():
    said = Authentication(
        evaluated=True,
        spf=SpfResult(result="fail", domain="sender.test", why="says -all"),
        dkim=(
            DkimResult(result="policy", domain="sender.test", partial=True),
            DkimResult(result="fail", domain="x.test"),
        ),
        dmarc=DmarcResult(result="fail", domain="sender.test", policy="reject"),
    )
    finding = examine(view(said), AuthenticationSettings())
    assert isinstance(finding, Clear)
    assert [reason.id for reason in finding.reasons] == ["dmarc_fail", "spf_fail", "dkim_partial", "dkim_broken"]
    assert {reason.weight for reason in finding.reasons} == {0.0}
    quiet = AuthenticationSettings(spf=False, dkim=False, skip_null_sender=True)
    assert examine(view(said, sender=""), quiet) == Clear(())


def test_hook_outcomes():
    passed = Authentication(
        evaluated=True,
        spf=SpfResult(result="pass"),
        dkim=(DkimResult(result="pass"),),
        dmarc=DmarcResult(result="pass"),
    )
    assert examine(view(passed), AuthenticationSettings()) == Clear(())
    assert examine(view(passed), AuthenticationSettings(enabled=False)) == Skipped("switched off")
    assert isinstance(examine(view(Authentication()), AuthenticationSettings()), Skipped)
    late = Authentication(evaluated=True, spf=SpfResult(result="temperror"), dmarc=DmarcResult(result="temperror"))
    finding = examine(view(late), AuthenticationSettings())
    assert isinstance(finding, Failed)
    assert finding.temporary


def test_disclosure_covers_the_questions():
    assert FEATURE.disclosure.permits(frozenset({DataItem.AUTHENTICATION_DOMAIN, DataItem.SENDER_IP}))
    assert not FEATURE.disclosure.permits(frozenset({DataItem.SUBJECT}))


async def test_every_question_is_witnessed():
    asked = []
    dns = Dns(Zone(RECORDS), on_question=lambda *question: asked.append(question))
    await service.authenticate(signed(MAIL), PEER, envelope(), dns.for_feature("authentication"), now=NOW)
    assert ("authentication", "sender.test", "TXT") in asked
    assert ("authentication", "_dmarc.sender.test", "TXT") in asked
    assert {feature for feature, *_ in asked} == {"authentication"}


async def test_a_refused_question_is_not_an_answer():
    def refuse(feature, name, kind):
        raise DnsTrouble("the feature is switched off")

    dns = Dns(Zone(RECORDS), on_question=refuse)
    said = await service.authenticate(signed(MAIL), PEER, envelope(), dns.for_feature("authentication"), now=NOW)
    assert said.dmarc.result == "temperror"
