# SPDX-License-Identifier: Apache-2.0
"""The mails of noxxi's mime-is-broken: a virus or a file name, hidden in ways that some reader undoes.

The rule is union scanning: each payload is seen under some reading, or the mail is flagged. None is silent.
"""

import io
import re
import zipfile
from collections import Counter

import pytest

from conformance.mime import versions
from corpora import corpus
from mailward import message
from mailward.contract.mail import AmbiguityKind

ABOUT = re.compile(rb"X-Payload-Id: (\S+) +valid\((\d)\)")
EICAR = b"X5O!P%@AP[4" + rb"\PZX54(P^)7CC)7}$EICAR"
PLAIN_FROM = {AmbiguityKind.UNREADABLE_FROM}
"""These mails have no real sender; being flagged for that does not count."""
NO_SUCH_NAME = {"fname-ctype.png"}
"""A control without a trick: its file is called file.png for every reader."""


def has_eicar(data: bytes) -> bool:
    if EICAR in data:
        return True
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(EICAR in archive.read(name) for name in archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError, KeyError):
        return False


def outcomes(folder, seen) -> dict[str, tuple[int, str]]:
    found = {}
    for path in sorted((corpus("conformance") / "mime-is-broken" / folder).glob("*.eml")):
        raw = path.read_bytes()
        about = ABOUT.search(raw)
        assert about is not None, path
        mail = message.parse(raw)
        flagged = any(note.kind not in PLAIN_FROM for note in mail.suspicious)
        outcome = "seen" if seen(mail) else "flagged" if flagged else "silent"
        found[about[1].decode()] = (int(about[2]), outcome)
    return found


def test_no_content_is_silent():
    found = outcomes("hide-content.d", lambda mail: any(map(has_eicar, versions(mail))))
    print("\nhidden content:", Counter(outcome for _, outcome in found.values()), "of", len(found))
    assert len(found) > 200
    assert [name for name, (_, outcome) in found.items() if outcome == "silent"] == []
    legal = {name for name, (validity, _) in found.items() if validity >= 2}
    assert {name for name in legal if found[name][1] != "seen"} == set(), "what the standard allows must be read"
    assert sum(outcome == "seen" for _, outcome in found.values()) >= len(found) * 0.9


def test_no_name_is_silent():
    def seen(mail):
        return any(name.endswith(".zip") and "file" in name for part in mail.parts for name in part.names)

    found = outcomes("hide-filename.d", seen)
    print("\nhidden names:", Counter(outcome for _, outcome in found.values()), "of", len(found))
    assert len(found) > 100
    assert {name for name, (_, outcome) in found.items() if outcome == "silent"} == NO_SUCH_NAME
    assert sum(outcome == "seen" for _, outcome in found.values()) >= len(found) * 0.9


@pytest.mark.parametrize("folder", ["hide-content.d", "hide-filename.d"])
def test_controls_are_not_flagged(folder):
    """Mails of the highest validity play no trick, and nothing may be said against them."""
    for path in sorted((corpus("conformance") / "mime-is-broken" / folder).glob("*.eml")):
        raw = path.read_bytes()
        about = ABOUT.search(raw)
        if about is not None and about[2] == b"3":
            notes = [note for note in message.parse(raw).suspicious if note.kind not in PLAIN_FROM]
            assert notes == [], about[1]
