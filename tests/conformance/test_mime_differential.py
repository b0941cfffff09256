# SPDX-License-Identifier: Apache-2.0
"""Ours beside the standard library and fast-mail-parser on real mail, and what real ham is flagged for.

Neither of the two is right about everything (they lose attachments that mail readers show), so the bars
stand below 100 %; what must not happen is that they see something and we do not.
"""

import email
import email.policy
import hashlib
import warnings
from collections import Counter
from email.utils import parseaddr

import fast_mail_parser
import pytest

from conformance.mime import sample, versions
from mailward import message

MAIL = {
    "spamassassin": ("ham", "spam"),
    "phishing_pot": ("phish",),
    "notmuch": ("ham",),
    "sisimai-bounces": ("ham-bounce",),
    "sourceforge-trap": ("spam", "phish", "ham-list"),
    "bayesspam_zh": ("ham", "spam"),
}
HAM = {
    "lore-openbmc": ("ham*",),
    "enron_spam_raw": ("ham*", "graymail"),
    "spamassassin": ("ham*", "graymail"),
    "notmuch": ("ham*",),
    "sisimai-bounces": ("ham*",),
    "bayesspam_zh": ("ham*",),
    "sourceforge-trap": ("ham*",),
}
MAX_FLAGGED = 0.001
SAMPLE = 1_500


@pytest.fixture(scope="module")
def mails():
    return [path.read_bytes() for path in sample(MAIL, SAMPLE)]


@pytest.fixture(scope="module")
def with_files():
    """Mails that carry files, of which a plain sample has few."""
    raws = (path.read_bytes() for path in sample({"lore-openbmc": ("ham-list",), **MAIL}, 20_000))
    return [raw for raw in raws if b"filename" in raw or b"Disposition: attachment" in raw][:600]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def letters(data: bytes) -> str:
    """The digest without white space: that parser rewrites line ends."""
    return digest(b"".join(data.split()))


def squeezed(text: str) -> str:
    return "".join(text.split())


def stdlib_attachments(raw: bytes) -> list[bytes]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parsed = email.message_from_bytes(raw, policy=email.policy.compat32)
        return [
            part.get_payload(decode=True) or b""
            for part in parsed.walk()
            if not part.is_multipart() and (part.get_filename() or part.get_content_disposition() == "attachment")
        ]


def test_attachments_as_the_standard_library_sees_them(with_files):
    expected = missed = same = 0
    for raw in with_files:
        theirs = stdlib_attachments(raw)
        mail = message.parse(raw)
        ours = {digest(data) for data in versions(mail)}
        expected += len(theirs)
        missed += sum(digest(data) not in ours for data in theirs)
        files = [part for part in mail.parts if part.name or part.disposition == "attachment"]
        same += len(theirs) == sum(not part.alternative for part in files)
    print(
        f"\nstdlib: {expected} attachments, {missed} not seen by us; same number in {same} of {len(with_files)} mails"
    )
    assert expected > 150
    assert missed <= expected * 0.01
    assert same / len(with_files) >= 0.98


def test_sender_and_subject_as_the_standard_library_reads_them(mails):
    agreed = Counter()
    for raw in mails:
        parsed = email.message_from_bytes(raw, policy=email.policy.compat32)
        mail = message.parse(raw)
        theirs = parseaddr(str(parsed.get("from", "")).replace("\n", "").replace("\r", ""))[1]
        ours = mail.senders[0].address if mail.senders else ""
        agreed["from"] += theirs.lower() == ours.lower() or ("@" not in theirs and not ours)
        try:
            subject = str(email.header.make_header(email.header.decode_header(str(parsed.get("subject", "")))))
        except (LookupError, UnicodeError, ValueError):
            subject = mail.subject
        agreed["subject"] += squeezed(subject) == squeezed(mail.subject) or "\ufffd" in subject
    print(f"\nstdlib: {dict(agreed)} of {len(mails)}")
    # The rest is `name@host" <other@host>` and the like, where the standard library reports the name.
    assert agreed["from"] / len(mails) >= 0.985
    assert agreed["subject"] / len(mails) >= 0.985


def test_as_fast_mail_parser_sees_them(mails):
    agreed, count, expected, missed = Counter(), 0, 0, 0
    for raw in mails:
        try:
            theirs = fast_mail_parser.parse_email(raw)
        except Exception:  # noqa: BLE001 - it gives up on mails that readers show
            continue
        count += 1
        mail = message.parse(raw)
        agreed["subject"] += squeezed(theirs.subject or "") == squeezed(mail.subject)
        ours = {letters(data) for data in versions(mail)}
        ours |= {letters(part.decode()) for part in mail.tree} | {letters(part.text().encode()) for part in mail.tree}
        files = [bytes(one.content) for one in theirs.attachments]
        expected += len(files)
        missed += sum(letters(data) not in ours for data in files)
    print(f"\nfast-mail-parser: {count} mails, {dict(agreed)}, {expected} attachments, {missed} not seen by us")
    assert count > len(mails) * 0.9
    assert agreed["subject"] / count >= 0.97
    assert missed <= max(3, expected * 0.02)


def test_ham_is_hardly_ever_flagged():
    chosen = sample(HAM, 5_000)
    kinds: Counter[str] = Counter()
    flagged = []
    for path in chosen:
        notes = message.parse(path.read_bytes()).suspicious
        kinds.update({note.kind.value for note in notes})
        if notes:
            flagged.append(f"{path.parent.name}/{path.name}: {notes[0].kind.value}")
    print(f"\n{len(flagged)} of {len(chosen)} ham mails flagged: {dict(kinds)} {flagged}")
    assert len(chosen) == 5_000
    assert len(flagged) <= len(chosen) * MAX_FLAGGED
