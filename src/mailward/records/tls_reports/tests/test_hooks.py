# SPDX-License-Identifier: Apache-2.0
"""Three cases a check must know: a mail it looks at, one it skips, and the switch."""

from mailward.records.tls_reports.hooks import examine
from mailward.records.tls_reports.settings import TlsReportsSettings
from mailward.contract.check import Examination, Facts, View
from mailward.contract.finding import Clear, Skipped
from mailward.contract.mail import Address, Content


def view(**content):
    return View(facts=Facts(), examination=Examination(content=Content(**content)))


def test_an_ordinary_mail_is_clear():
    assert examine(view(senders=(Address("Ann", "ann@sender.test"),)), TlsReportsSettings()) == Clear()


def test_a_mail_without_a_sender_is_skipped():
    assert isinstance(examine(view(), TlsReportsSettings()), Skipped)


def test_switched_off_it_does_nothing():
    assert examine(view(), TlsReportsSettings(enabled=False)) == Skipped("switched off")
