# SPDX-License-Identifier: Apache-2.0
"""What authentication costs per mail: one RSA-2048 signature with SPF and DMARC, and hostile mails.

PYTHONPATH=src python bench/authentication.py
"""

import base64
import time
from datetime import UTC, datetime

import dkim as dkimpy
import uvloop
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mailward.checks.authentication.service import authenticate, authentication_results
from mailward.contract.dns import Resolver
from mailward.contract.envelope import Connection, Envelope
from mailward.egress.dns.answer import Answer
from mailward.egress.dns.service import Dns, Zone

NOW = time.time()
ROUNDS = 300
BATCHES = 12
MEGABYTE = 1024 * 1024
PEER = Connection(peer_ip="192.0.2.5", helo="mx.sender.test")
ENVELOPE = Envelope(sender="a@sender.test", recipients=("b@example.test",), received_at=datetime.now(UTC))
LINE = b"This is a line of an ordinary mail, of which there are many in a body.\r\n"
NAMES = [b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type"]


class Warm:
    """A zone whose answers may be kept, so that the cache answers as it does in a busy gateway."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone

    async def fetch(self, name: str, kind: str) -> Answer:
        answer = await self._zone.fetch(name, kind)
        return Answer(answer.values, answer.exists, answer.alias, 3600)

    async def close(self) -> None:
        await self._zone.close()


def resolver_of(key: rsa.RSAPrivateKey) -> Resolver:
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    zone = Zone(
        {
            "sender.test": {"TXT": [b"v=spf1 ip4:198.51.100.0/24 a -all"], "A": ["192.0.2.5"]},
            "sel._domainkey.sender.test": {"TXT": [b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)]},
            "_dmarc.sender.test": {"TXT": [b"v=DMARC1; p=reject"]},
        }
    )
    return Dns(Warm(zone)).for_feature("authentication")


def signed(body: bytes, key: rsa.RSAPrivateKey) -> bytes:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    date = b"Mon, 5 Jan 2026 10:00:00 +0000"
    received = b"".join(
        b"Received: from h%d.sender.test (h%d.sender.test [192.0.2.%d])\r\n\tby relay.test; %s\r\n" % (n, n, n, date)
        for n in range(6)
    )
    head = b"From: A <a@sender.test>\r\nTo: b@example.test\r\nSubject: hello\r\nDate: " + date + b"\r\n"
    head += b"Message-ID: <1@sender.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n"
    mail = received + head + b"\r\n" + body
    form = (b"relaxed", b"relaxed")
    return dkimpy.sign(mail, b"sel", b"sender.test", pem, canonicalize=form, include_headers=NAMES) + mail


def calibrate(key: rsa.RSAPrivateKey) -> None:
    """What one bare RSA-2048 verification costs here and now, to read the rest against."""
    data, public = key.sign(b"x", padding.PKCS1v15(), hashes.SHA256()), key.public_key()
    costs = []
    for _ in range(BATCHES):
        start = time.process_time()
        for _ in range(ROUNDS):
            public.verify(data, b"x", padding.PKCS1v15(), hashes.SHA256())
        costs.append((time.process_time() - start) / ROUNDS * 1000)
    print(f"one bare RSA-2048 verification: best {min(costs):.3f} ms, median {sorted(costs)[BATCHES // 2]:.3f} ms")


async def measure(name: str, raw: bytes, resolver: Resolver, *, rounds: int = ROUNDS, batches: int = BATCHES) -> None:
    said = await authenticate(raw, PEER, ENVELOPE, resolver, now=NOW)
    costs = []
    for _ in range(batches):
        start = time.process_time()
        for _ in range(rounds):
            said = await authenticate(raw, PEER, ENVELOPE, resolver, now=NOW)
            authentication_results(said, authserv_id="mx.example.test", connection=PEER, envelope=ENVELOPE)
        costs.append((time.process_time() - start) / rounds * 1000)
    signatures = "/".join(sorted({result.result for result in said.dkim})) or "-"
    results = f"spf={said.spf.result} dkim={signatures} dmarc={said.dmarc.result} arc={said.arc.result}"
    best, median = min(costs), sorted(costs)[batches // 2]
    print(f"{name:36}{len(raw):>10} octets  best {best:8.3f}  median {median:8.3f} ms  {results}")


def hostile(raw: bytes) -> dict[str, bytes]:
    head = raw[: raw.index(b"\r\n\r\n") + 4]
    field = raw[: raw.index(b"Received:")]
    arc = b"".join(
        b"ARC-Seal: i=%d; a=rsa-sha256; cv=%s; d=sender.test; s=sel; b=AAAA\r\n"
        b"ARC-Message-Signature: i=%d; a=rsa-sha256; d=sender.test; s=sel; h=from; bh=AAAA; b=AAAA\r\n"
        b"ARC-Authentication-Results: i=%d; x; none\r\n" % (n, b"none" if n == 1 else b"pass", n, n)
        for n in range(1, 51)
    )
    return {
        "1,000 good signatures": field * 1000 + raw[len(field) :],
        "50 ARC sets": arc + raw,
        "2,000 fields": b"X: y\r\n" * 1980 + raw,
        "2,000,000 fields": b"X: y\r\n" * 2_000_000 + raw,
        "folded 250,000 times": b"X: y\r\n" + b" z\r\n" * 250_000 + raw,
        "h= of 60,000 octets": raw.replace(b"h=", b"h=" + b"from:" * 12_000, 1),
        "signature of 100,000 tags": b"DKIM-Signature: " + b"a=b;" * 100_000 + b"\r\n" + raw,
        "From of 4,900 quoted quotes": raw.replace(b"From: A", b'From: "' + b'\\"' * 4900, 1),
        "From of 9,000 open brackets": raw.replace(b"From: A", b"From: " + b"(" * 9000, 1),
        "From of 1,000 addresses": raw.replace(b"From: A", b"From: " + b"a@b.test," * 1000, 1),
        "1 MB of spaces": head + b" " * MEGABYTE,
        "1 MB of line ends": head + b"\r\n" * (MEGABYTE // 2),
        "1 MB of line ends, one letter": head + b"\r\n" * (MEGABYTE // 2) + b"x",
        "1 MB of CR LF CR": head + b"\r\n\r" * (MEGABYTE // 3),
        "1 MB of LF CR": head + b"x\n" + b"\r\n" * (MEGABYTE // 2),
        "1 MB of words and two spaces": head + b"a  " * (MEGABYTE // 3),
        "1 MB of lines of one space": head + b" \r\n" * (MEGABYTE // 3),
        "no end of header, 3 MB": b"a" * 3 * MEGABYTE,
    }


async def main() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    calibrate(key)
    raw, resolver = signed(LINE * 110, key), resolver_of(key)
    await measure("one RSA-2048 signature, SPF, DMARC", raw, resolver)
    await measure("SPF and DMARC, no signature", raw[raw.index(b"Received:") :], resolver)
    await measure("the same, 5 MB", signed(LINE * 70_000, key), resolver, rounds=3, batches=3)
    for name, mail in hostile(raw).items():
        await measure(name, mail, resolver, rounds=3, batches=3)


if __name__ == "__main__":
    uvloop.run(main())
