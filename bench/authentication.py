# SPDX-License-Identifier: Apache-2.0
"""What authentication costs per mail: one RSA-2048 signature with SPF and DMARC, and hostile mails.

PYTHONPATH=src python bench/authentication.py
"""

import base64
import datetime
import time

import dkim as dkimpy
import uvloop
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mailward.checks.authentication.service import authenticate, authentication_results
from mailward.contract.envelope import Connection, Envelope
from mailward.egress.dns.answer import Answer
from mailward.egress.dns.service import Dns, Zone

NOW = time.time()
ROUNDS = 2000
PEER = Connection(peer_ip="192.0.2.5", helo="mx.sender.test")
ENVELOPE = Envelope(
    sender="a@sender.test", recipients=("b@example.test",), received_at=datetime.datetime.now(datetime.UTC)
)


class Warm:
    """A zone whose answers may be kept, so that the cache answers as it does in a busy gateway."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone

    async def fetch(self, name: str, kind: str) -> Answer:
        answer = await self._zone.fetch(name, kind)
        return Answer(answer.values, answer.exists, answer.alias, 3600)

    async def close(self) -> None:
        await self._zone.close()


def signed(body: bytes) -> tuple[bytes, bytes]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    received = b"".join(
        b"Received: from h%d.sender.test (h%d.sender.test [192.0.2.%d])\r\n\tby relay; Mon, 1 Jan 2026 00:00:00 +0000\r\n"
        % (number, number, number)
        for number in range(6)
    )
    head = (
        b"From: A <a@sender.test>\r\nTo: b@example.test\r\nSubject: hello\r\nDate: Mon, 1 Jan 2026 00:00:00 +0000\r\n"
    )
    head += b"Message-ID: <1@sender.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n"
    mail = received + head + b"\r\n" + body
    names = [b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type"]
    field = dkimpy.sign(mail, b"sel", b"sender.test", pem, canonicalize=(b"relaxed", b"relaxed"), include_headers=names)
    return field + mail, base64.b64encode(public)


async def measure(name: str, raw: bytes, resolver, rounds: int = ROUNDS) -> None:
    said = await authenticate(raw, PEER, ENVELOPE, resolver, now=NOW)
    start = time.process_time()
    for _ in range(rounds):
        said = await authenticate(raw, PEER, ENVELOPE, resolver, now=NOW)
        authentication_results(said, authserv_id="mx.example.test", connection=PEER, envelope=ENVELOPE)
    cost = (time.process_time() - start) / rounds * 1000
    signatures = sorted({result.result for result in said.dkim})
    print(
        f"{name:44} {len(raw):>9} octets {cost:9.3f} ms  spf={said.spf.result} dkim={signatures} dmarc={said.dmarc.result} arc={said.arc.result}"
    )


async def main() -> None:
    line = b"This is a line of an ordinary mail, of which there are many in a body.\r\n"
    raw, key = signed(line * 110)
    large, large_key = signed(line * 70_000)
    for mail, public in ((raw, key), (large, large_key)):
        zone = Zone(
            {
                "sender.test": {"TXT": [b"v=spf1 ip4:198.51.100.0/24 mx -all"], "MX": []},
                "sel._domainkey.sender.test": {"TXT": [b"v=DKIM1; k=rsa; p=" + public]},
                "_dmarc.sender.test": {"TXT": [b"v=DMARC1; p=reject"]},
            }
        )
        zone = Zone(
            {
                **zone._records,  # noqa: SLF001
                "sender.test": {"TXT": [b"v=spf1 ip4:198.51.100.0/24 a -all"], "A": ["192.0.2.5"]},
            }
        )
        resolver = Dns(Warm(zone)).for_feature("authentication")
        small = mail is raw
        await measure("one RSA-2048 signature, SPF, DMARC", mail, resolver, ROUNDS if small else 20)
        if small:
            await measure("nothing but From", b"From: a@sender.test\r\n\r\nhello\r\n", resolver)
            await hostile(raw, resolver)


async def hostile(raw: bytes, resolver) -> None:
    head, _, body = raw.partition(b"\r\n\r\n")
    field = raw[: raw.index(b"Received:")]
    arc = b"".join(
        b"ARC-Seal: i=%d; a=rsa-sha256; cv=%s; d=sender.test; s=sel; b=AAAA\r\n" % (n, b"none" if n == 1 else b"pass")
        + b"ARC-Message-Signature: i=%d; a=rsa-sha256; c=relaxed/relaxed; d=sender.test; s=sel; h=from; bh=AAAA; b=AAAA\r\n"
        % n
        + b"ARC-Authentication-Results: i=%d; x; none\r\n" % n
        for n in range(1, 51)
    )
    megabyte = 1024 * 1024
    for name, mail in {
        "10 good signatures and 990 more": field * 1000 + raw[len(field) :],
        "50 ARC sets": arc + raw,
        "2,000 fields": b"X: y\r\n" * 1990 + raw,
        "2,000,000 fields": b"X: y\r\n" * 2_000_000 + raw,
        "folded a million times": b"X: y\r\n" + b" z\r\n" * 250_000 + raw,
        "h= of 60,000 octets": raw.replace(b"h=", b"h=" + b"from:" * 12_000, 1),
        "signature of 100,000 tags": b"DKIM-Signature: " + b"a=b;" * 100_000 + b"\r\n" + raw,
        "From of 10,000 quotes": raw.replace(b"From: A", b'From: "' + b'\\"' * 4900, 1),
        "From of 9,000 open brackets": raw.replace(b"From: A", b"From: " + b"(" * 9000, 1),
        "From of 9,000 commas": raw.replace(b"From: A", b"From: " + b"a@b.test," * 1000, 1),
        "1 MB of spaces": head + b"\r\n\r\n" + b" " * megabyte,
        "1 MB of line ends": head + b"\r\n\r\n" + b"\r\n" * (megabyte // 2),
        "1 MB of line ends, one letter": head + b"\r\n\r\n" + b"\r\n" * (megabyte // 2) + b"x",
        "1 MB of CR": head + b"\r\n\r\n" + b"\r\n\r" * (megabyte // 3),
        "1 MB of words and two spaces": head + b"\r\n\r\n" + b"a  " * (megabyte // 3),
        "1 MB of lines of one space": head + b"\r\n\r\n" + b" \r\n" * (megabyte // 3),
        "no end of header, 3 MB": b"a" * 3 * megabyte,
    }.items():
        await measure(name, mail, resolver, 5)


if __name__ == "__main__":
    uvloop.run(main())
