# SPDX-License-Identifier: Apache-2.0
"""DKIM against vectors with recorded keys: RFC 6376 and 8463, Stalwart's, MimeKit's."""

import re

import pytest
from tests.corpora import corpus

from mailward.checks.authentication import dkim
from mailward.checks.authentication.canonical import Mail
from mailward.checks.authentication.fields import split
from mailward.egress.dns.service import Dns, Zone

NOW = 1_700_000_000.0


def mail(raw: bytes) -> Mail:
    return Mail(split(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")))


async def verified(raw: bytes, records, now: float = NOW):
    zone = Zone({name: {"TXT": [text]} for name, text in records.items()})
    return await dkim.verify(mail(raw), Dns(zone).for_feature("test"), now=now)


def stalwart(name):
    data = (corpus("conformance") / "stalwart-mail-auth" / "resources" / "dkim" / name).read_bytes()
    head, _, message = data.replace(b"\r\n", b"\n").partition(b"\n\n")
    return message, {line.split(b" ", 1)[0].decode(): line.split(b" ", 1)[1] for line in head.splitlines()}


@pytest.mark.parametrize("name", [f"00{number}.txt" for number in range(1, 7)])
async def test_stalwart(name):
    message, records = stalwart(name)
    made = re.search(rb"[ ;\t]t=(\d+)", message)
    now = float(made[1]) + 60 if made else NOW
    results = await verified(message, records, now)
    assert results
    assert all(result.result == "pass" for result in results), results
    changed = await verified(message.rstrip() + b" and more\n", records, now)
    assert {result.result for result in changed} == {"fail"}
    assert {result.why for result in changed} == {"the body was changed after it was signed"}
