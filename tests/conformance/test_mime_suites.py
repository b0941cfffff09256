# SPDX-License-Identifier: Apache-2.0
"""Other parsers' own test mails, with what those parsers answer.

Where we disagree on purpose the case is listed with the reason; a new disagreement fails.
"""

import json
import re
from collections import Counter
from xml.etree import ElementTree as ET

import pytest

from conformance.mime import versions
from corpora import corpus
from mailward import message
from mailward.message import addresses, preview
from mailward.message.content import read

LATIN = "8-bit subjects are read as windows-1252 instead of U+FFFD"
INSIDE = "binary text is stored by the suite with U+FFFD, or undecoded; ours is decoded"
STALWART = {
    "legacy/010": LATIN,
    "legacy/020": LATIN,
    "legacy/022": LATIN,
    "legacy/027": LATIN,
    "legacy/052": LATIN,
    "legacy/016": "BinHex parts are compared with trailing blanks of the suite",
    "legacy/017": "uuencoded parts are decoded here, left as text there",
    "legacy/026": INSIDE,
    "legacy/048": "uuencoded parts are decoded here, left as text there",
    "malformed/005": "a line that closes the outer multipart closes it here; flagged",
    "malformed/009": "an unclosed inner multipart ends at the outer boundary here (RFC 2046, 5.1.2)",
    "malformed/011": "idem",
    "malformed/012": "idem",
    "malformed/016": "a boundary that comes back later: its parts are seen and flagged, its text stays whole",
    "rfc/000": "the suite keeps the example's words; they are no base64",
    "thirdparty/002": "damaged base64 keeps its rest here",
    "thirdparty/005": "a boundary must begin its line (RFC 2046, 5.1.1)",
    "thirdparty/007": "a local name is no address here; it is kept as the name",
}


def stalwart() -> list:
    return sorted((corpus("conformance") / "stalwart-mail-parser" / "resources" / "eml").glob("*/*.eml"))


def header(part, name):
    found = next((one["value"] for one in part["headers"] if one["name"] == name), None)
    return None if found == "Empty" else found


def bodies(answer):
    for part in answer["parts"]:
        if isinstance(part["body"], dict):
            kind, value = next(iter(part["body"].items()))
            if kind == "Message":
                yield from bodies(value)
            elif kind in {"Text", "Html"}:
                yield squeezed(value)
            elif kind in {"Binary", "InlineBinary"}:
                yield squeezed(bytes(value).decode("latin-1"))


def squeezed(text: str) -> str:
    return "".join(text.split())


def mailboxes(value) -> list[str]:
    kind, found = next(iter(value["Address"].items()))
    boxes = found if kind == "List" else [box for group in found for box in group["addresses"]]
    return [(box["address"] or "").lower() for box in boxes]


def differences(raw: bytes, answer) -> list[str]:
    mail = message.parse(raw)
    root = answer["parts"][0]
    found = []
    subject = header(root, "subject")
    if squeezed(subject["Text"] if subject else "") != squeezed(mail.subject):
        found.append("subject")
    sender = header(root, "from")
    if (mailboxes(sender) if sender else []) != [one.address.lower() for one in mail.senders]:
        found.append("from")
    ours = {squeezed(data.decode("latin-1")) for data in versions(mail)} | {squeezed(part.text()) for part in mail.tree}
    if any(body and body not in ours for body in bodies(answer)):
        found.append("parts")
    return found


def test_stalwart():
    agreed, disagreed = 0, {}
    for path in stalwart():
        for suffix in (".json", ".crlf.json"):
            answer = path.with_name(path.stem + suffix)
            if not answer.exists():
                continue
            raw = path.read_bytes()
            if suffix == ".crlf.json":
                raw = re.sub(rb"\r?\n", b"\r\n", raw)
            differ = differences(raw, json.loads(answer.read_text()))
            agreed += not differ
            if differ:
                disagreed[f"{path.parent.name}/{path.stem}"] = differ
    print(f"\nstalwart: {agreed} answers agree; known disagreements: {sorted(disagreed)}")
    assert set(disagreed) <= set(STALWART), {name: disagreed[name] for name in set(disagreed) - set(STALWART)}
    assert agreed >= 180


def test_mime4j_trees():
    """The expected trees of mime4j's own test mails and of Perl MIME-tools': number and kind of leaves."""
    folders = list((corpus("conformance") / "james-mime4j").rglob("*_decoded.xml"))
    agreed, disagreed = 0, []
    for expected in sorted(folders):
        mail = expected.with_name(expected.name.replace("_decoded.xml", ".msg"))
        if not mail.exists():
            continue
        try:
            tree = ET.parse(expected).getroot()
        except ET.ParseError:
            continue
        want = Counter(len(list(tree.iter(kind))) for kind in ("text-body", "binary-body"))
        leaves = sum(count * number for count, number in want.items())
        ours = [
            part
            for part in message.parse(mail.read_bytes()).parts
            if not part.alternative and part.path.count("/") == 0
        ]
        framed = [part for part in ours if part.raw != part.decode() or part.encoding]
        if leaves == len(ours) or leaves == len({(part.start, part.end) for part in ours}):
            agreed += 1
        else:
            disagreed.append((mail.name, leaves, len(ours), len(framed)))
    print(f"\nmime4j: {agreed} trees agree, {len(disagreed)} differ: {disagreed}")
    assert agreed + len(disagreed) >= 60
    assert agreed / (agreed + len(disagreed)) >= 0.85


MORE = (
    "mimekit-testdata/messages",
    "mimekit-testdata/partial",
    "mimekit-testdata/smime",
    "mikel-mail",
    "mailpit",
    "rspamd-functional",
    "spamassassin-t-data",
    "haraka-test",
    "sublime-emls",
    "james-mime4j",
)


@pytest.mark.parametrize("folder", MORE)
def test_every_mail_is_read_whole(folder):
    """No mail of any suite raises, and every byte of its body is in some part, preamble or epilogue."""
    root = corpus("conformance") / folder
    count = 0
    for path in sorted(root.rglob("*")):
        if path.suffix in {".eml", ".txt", ".msg", ".mail"} and path.is_file() and path.stat().st_size < 1_000_000:
            mail = message.parse(path.read_bytes())
            seen = read(mail)
            assert seen.content.subject == mail.subject[:4000]
            assert len(preview.preview(mail).parts) == len(mail.tree)
            count += 1
    print(f"\n{folder}: {count} mails")
    assert count


def test_isemail_addresses():
    """Addresses that are valid for RFC 5321 or 5322 are read back as they are; none raises."""
    tree = ET.parse(corpus("conformance") / "isemail" / "tests.xml")
    valid = read_back = total = 0
    for test in tree.iter("test"):
        written = test.findtext("address") or ""
        written = "".join(chr(ord(char) - 0x2400) if 0x2400 <= ord(char) < 0x2421 else char for char in written)
        found = addresses.parse_addresses(f"Somebody <{written}>")
        total += 1
        assert len(found) <= 2, written
        if test.findtext("category") in {"ISEMAIL_VALID_CATEGORY", "ISEMAIL_DNSWARN", "ISEMAIL_RFC5321"}:
            valid += 1
            local, _, domain = written.rpartition("@")
            read_back += len(found) == 1 and found[0].address == f"{local}@{domain.lower()}"
    print(f"\nisemail: {read_back} of {valid} valid addresses read back, {total} in all")
    assert valid == 38
    assert read_back / valid >= 0.97
