# SPDX-License-Identifier: Apache-2.0
"""Fuzz everything that strangers write: mails, SPF, DKIM and DMARC records, DNS answers, result fields.

    PYTHONPATH=src python tests/fuzz/fuzz_authentication.py -max_total_time=180 -timeout=10 CORPUS_DIR

A finding is an exception, a fault that the room had to log, a pass for somebody else's domain, or
an input that takes seconds.
"""

import asyncio
import sys
from datetime import UTC, datetime

import atheris

with atheris.instrument_imports(include=["mailward"]):
    from mailward.checks.authentication import service
    from mailward.checks.authentication.results import forged
    from mailward.checks.authentication.spf_record import BadRecord, read_record
    from mailward.checks.authentication.tests.signing import key_record, rsa_key, signed
    from mailward.contract.envelope import Connection, Envelope
    from mailward.egress.dns import wire
    from mailward.egress.dns.service import Dns, Zone

NOW = 1_800_000_000.0
GOOD = signed(b"From: A <a@sender.test>\r\nTo: b@example.test\r\nSubject: hello\r\n\r\nHello\r\n", rsa_key(1024))
KEY = key_record(rsa_key(1024))
LOOP = asyncio.new_event_loop()


class Loud:
    """Takes the place of the log: a fault of ours must end the run."""

    def error(self, event: str, **fields: object) -> None:
        raise AssertionError((event, fields))


def mails(data: atheris.FuzzedDataProvider) -> None:
    """A good mail with octets replaced, or any octets at all, with records that are no better."""
    raw = bytearray(GOOD)
    if data.ConsumeBool():
        for _ in range(data.ConsumeIntInRange(1, 8)):
            place = data.ConsumeIntInRange(0, len(raw))
            raw[place : place + data.ConsumeIntInRange(0, 20)] = data.ConsumeBytes(20)
    else:
        raw = bytearray(data.ConsumeBytes(2000))
    records = {
        "sender.test": {"TXT": [b"v=spf1 " + data.ConsumeBytes(60)], "A": ["192.0.2.1"]},
        "sel._domainkey.sender.test": {"TXT": [KEY if data.ConsumeBool() else b"v=DKIM1; " + data.ConsumeBytes(60)]},
        "_dmarc.sender.test": {"TXT": [b"v=DMARC1; p=" + data.ConsumeBytes(30)]},
    }
    sender = data.ConsumeUnicodeNoSurrogates(40)
    peer = Connection(peer_ip="192.0.2.66", helo=data.ConsumeUnicodeNoSurrogates(20))
    envelope = Envelope(sender=sender, recipients=("b@example.test",), received_at=datetime.now(UTC))
    resolver = Dns(Zone(records)).for_feature("authentication")
    said = LOOP.run_until_complete(service.authenticate(bytes(raw), peer, envelope, resolver, now=NOW))
    field = service.authentication_results(said, authserv_id="mx.example.test", connection=peer, envelope=envelope)
    lines = field.split("\r\n")
    assert all(line.startswith("\t") for line in lines[1:])
    assert len(lines) == 1 + 1 + max(1, len(said.dkim)) + 2
    assert field.isascii()
    assert field.isprintable() or set(field) - set("\r\n\t") == {letter for letter in field if " " <= letter <= "~"}


def answers(data: atheris.FuzzedDataProvider) -> None:
    """Any DNS message."""
    message = data.ConsumeBytes(600)
    for kind in ("TXT", "A", "AAAA", "MX", "PTR"):
        try:
            wire.read(message, "sender.test", kind)
        except wire.Malformed:
            continue


def policies(data: atheris.FuzzedDataProvider) -> None:
    """Any SPF record."""
    try:
        read_record(b"v=spf1 " + data.ConsumeBytes(500))
    except BadRecord:
        return


def fields(data: atheris.FuzzedDataProvider) -> None:
    """Any text before and behind our name: a plain claim is always found."""
    value = data.ConsumeUnicodeNoSurrogates(300)
    forged([(0, "Authentication-Results", value)], "mx.example.test")
    assert forged([(0, "Authentication-Results", "mx.example.test; " + value)], "mx.example.test") == (0,)


def one_input(octets: bytes) -> None:
    data = atheris.FuzzedDataProvider(octets)
    (mails, mails, answers, policies, fields)[data.ConsumeIntInRange(0, 4)](data)


def main() -> None:
    service._log = Loud()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
