# SPDX-License-Identifier: Apache-2.0
"""Mails that show one author to the reader and another to the checker (the "composition kills" family).

Each case is sent from evil.test's own server with evil.test's own good signature; its X-Expect field
says the DMARC result. What matters is that bank.test never passes.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailward.checks.authentication.service import authenticate, authentication_results
from mailward.checks.authentication.tests.signing import key_record, rsa_key, signed
from mailward.contract.envelope import Connection, Envelope
from mailward.egress.dns.service import Dns, Zone

CASES = sorted((Path(__file__).parent / "cases").glob("a*.eml"))
NOW = 1_800_000_000.0
PEER = Connection(peer_ip="192.0.2.66", helo="mx.evil.test")
ZONE = Zone(
    {
        "evil.test": {"TXT": [b"v=spf1 ip4:192.0.2.66 -all"], "A": ["192.0.2.66"]},
        "sel._domainkey.evil.test": {"TXT": [key_record(rsa_key())]},
        "_dmarc.evil.test": {"TXT": [b"v=DMARC1; p=none"]},
        "bank.test": {"TXT": [b"v=spf1 ip4:198.51.100.1 -all"], "A": ["198.51.100.1"]},
        "_dmarc.bank.test": {"TXT": [b"v=DMARC1; p=reject"]},
    }
)


def test_there_are_cases():
    assert len(CASES) >= 30


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
async def test_case(path):
    raw = path.read_bytes().replace(b"\n", b"\r\n")
    expected = raw.split(b"X-Expect: ", 1)[1].split(b"\r\n", 1)[0].decode()
    envelope = Envelope(sender="a@evil.test", recipients=("lee@example.test",), received_at=datetime.now(UTC))
    if not raw.startswith(b" "):  # a signature above would make the first line its continuation
        raw = signed(raw, d="evil.test", h="from:to:subject")
    said = await authenticate(raw, PEER, envelope, Dns(ZONE).for_feature("test"), now=NOW)
    assert said.spf.result == "pass"
    assert said.dmarc.result == expected, said.dmarc
    assert said.dmarc.result != "pass" or said.dmarc.domain == "evil.test"
    field = authentication_results(said, authserv_id="mx.example.test", connection=PEER, envelope=envelope)
    assert "dmarc=pass" not in field or "header.from=evil.test" in field
    assert field.count("dmarc=") == 1
    assert all(line.startswith("\t") for line in field.split("\r\n")[1:])
