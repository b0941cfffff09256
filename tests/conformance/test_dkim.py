# SPDX-License-Identifier: Apache-2.0
"""DKIM against vectors with recorded keys (RFC 6376 and 8463, Stalwart's, MimeKit's) and against dkimpy."""

import re

import dkim as dkimpy
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.corpora import corpus

from mailward.checks.authentication import dkim
from mailward.checks.authentication.canonical import Mail
from mailward.checks.authentication.fields import split
from mailward.checks.authentication.tests.signing import key_record, private_pem, rsa_key, signed
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


async def test_rfc8463():
    """The example of RFC 8463, appendix A, with both its signatures; as it stands in MimeKit's data."""
    message = (corpus("conformance") / "mimekit-testdata" / "dkim" / "rfc8463-example.msg").read_bytes()
    _, records = stalwart("001.txt")
    results = await verified(message, records)
    assert [(result.result, result.algorithm) for result in results] == [
        ("pass", "ed25519-sha256"),
        ("pass", "rsa-sha256"),
    ]


@pytest.mark.parametrize("name", ["gmail.msg", "related.msg", "multipart-no-end-boundary.msg"])
async def test_mimekit(name):
    folder = corpus("conformance") / "mimekit-testdata" / "dkim"
    lines = (folder / "gmail.pub").read_text().splitlines()
    key = "".join(line for line in lines if "-----" not in line)
    records = {"20120113._domainkey.gmail.com": f"v=DKIM1; k=rsa; p={key}".encode()}
    message = (folder / name).read_bytes()
    assert [result.result for result in await verified(message, records)] == ["pass"]
    broken = re.sub(rb"(?m)^Subject: ", b"Subject: Re: ", message, count=1)
    assert [result.result for result in await verified(broken, records)] == ["fail"]


async def test_spamassassin():
    """Old mails signed with rsa-sha1 or without a key that is still there: read, and never a pass."""
    paths = sorted((corpus("conformance") / "spamassassin-t-data" / "dkim").glob("test-*.msg"))
    assert len(paths) > 30
    for path in paths:
        results = await verified(path.read_bytes(), {})
        assert {result.result for result in results} <= {"policy", "permerror", "fail"}, path
        assert all(result.why for result in results)


NAMES = [b"from", b"to", b"subject", b"date", b"x-odd"]
values = st.text(st.sampled_from('ab \t;:=<>@."\\()%'), max_size=40)
bodies = st.lists(
    st.sampled_from([b"a", b" ", b"\t", b"\r\n", b"  \r\n", b"\r\n\r\n", b".", b"\xe4", b"word"]), max_size=30
)
forms = st.sampled_from([b"simple", b"relaxed"])


@st.composite
def mails(draw):
    fields = [b"From: a@sender.test"]
    for name in draw(st.lists(st.sampled_from([b"To", b"SUBJECT", b"Date", b"X-Odd", b"X-Odd"]), max_size=6)):
        fold = draw(st.sampled_from([b"", b"\r\n ", b"\r\n\t"]))
        fields.append(name + draw(st.sampled_from([b":", b": ", b":\t"])) + b"x" + fold + draw(values).strip().encode())
    return b"\r\n".join(fields) + b"\r\n\r\n" + b"".join(draw(bodies)) + b"\r\n"


def said_by_dkimpy(raw: bytes, record: bytes) -> bool:
    return dkimpy.verify(raw, dnsfunc=lambda name, timeout=5: record)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mails(), forms, forms)
async def test_what_dkimpy_signs_we_verify(raw, header, body):
    key = rsa_key(1024)
    field = dkimpy.sign(
        raw, b"sel", b"sender.test", private_pem(key), canonicalize=(header, body), include_headers=list(NAMES)
    )
    results = await verified(field + raw, {"sel._domainkey.sender.test": key_record(key)}, now=4e9)
    assert results[0].result in ("pass", "policy"), results
    if results[0].result == "policy":  # a field twice, of which one is signed
        assert "more often" in results[0].why


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mails(), forms, forms, st.data())
async def test_of_a_changed_mail_both_say_the_same(raw, header, body, data):
    key = rsa_key(1024)
    record = key_record(key)
    good = signed(raw, key, c=f"{header.decode()}/{body.decode()}", h=":".join(name.decode() for name in NAMES))
    assert said_by_dkimpy(good, record)
    place = data.draw(st.integers(0, len(good) - 1))
    changed = good[:place] + data.draw(st.sampled_from([b"", b" ", b"a", b"\r\n", b";", b"\t"])) + good[place + 1 :]
    assume(not {b"\r", b"\n"} & set(re.findall(rb"\r(?!\n)|(?<!\r)\n", changed)))  # SMTP refuses them
    ours = await verified(changed, {"sel._domainkey.sender.test": record}, now=4e9)
    try:
        theirs = said_by_dkimpy(changed, record)
    except (dkimpy.DKIMException, IndexError):  # a first line that begins with a space is too much for it
        theirs = False
    if ours and ours[0].result == "pass":
        assert theirs, changed
    elif theirs:
        assert ours[0].result in ("policy", "permerror"), (ours, changed)
