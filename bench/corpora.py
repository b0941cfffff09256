# SPDX-License-Identifier: Apache-2.0
"""The mail that detection is measured on: who sent which file, of what class, in which language.

The corpora lie outside the project, unpacked in the folder that MAILWARD_CORPORA names. What says where
a mail was collected rather than what it is (an archive's list fields and footer, a filter's verdicts) is
masked, so that no weight can learn a source.
"""

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

FOLDER = Path(os.environ.get("MAILWARD_CORPORA", "/work/corpora"))
_CLASSES = {"ham-list": "ham", "ham-bounce": "ham", "phish": "phishing"}
_TRAP_FIELDS = re.compile(
    rb"^(?:X-BeenThere|X-Mailman-Version|Precedence|List-[A-Za-z]+|Errors-To|X-Headers-End|X-Original-To|Delivered-To):[^\n]*\n(?:[ \t][^\n]*\n)*",
    re.MULTILINE | re.IGNORECASE,
)
_TRAP_FOOTER = re.compile(rb"_{40,}\r?\nIndustrypack-devel mailing list\r?\n[^\n]*\r?\n[^\n]*\r?\n?")


class Specimen(msgspec.Struct, frozen=True):
    """One mail of a corpus. `label` is ham, spam, phishing, bec or graymail."""

    source: str
    label: str
    kind: str
    language: str
    cluster: str
    path: str

    def raw(self) -> bytes:
        """The mail, masked."""
        data = Path(self.path).read_bytes()
        if self.source == "templates":
            return _wrapped(self.path, data)
        if self.source == "sourceforge-trap":
            data = _TRAP_FOOTER.sub(b"", _TRAP_FIELDS.sub(b"", data))
            data = data.replace(b"[Industrypack-devel] ", b"").replace(b" via Industrypack-devel", b"")
        if self.source == "phishing_pot":
            data = data.replace(b"phishing@pot", b"sam.target@corpmail.net")
        return data


def specimens(folder: Path = FOLDER) -> list[Specimen]:
    """Every mail of every corpus that is there, in a fixed order."""
    found = [specimen for name in sorted(_SOURCES) if (folder / name).is_dir() for specimen in _listed(folder / name)]
    templates = folder / "templates-html" / "postmark-templates" / "templates-inlined"
    found.extend(
        Specimen("templates", "ham", "transactional", "en", page.parent.name, str(page))
        for page in sorted(templates.rglob("content.html"))
    )
    return found


_SOURCES = ("bayesspam_zh", "bec-rdube", "enron_spam_raw", "lore-openbmc", "notmuch", "phishing_pot", "sisimai-bounces", "sourceforge-trap", "spamassassin")  # fmt: skip


def _listed(folder: Path) -> Iterator[Specimen]:
    with (folder / "manifest.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            path = folder.parent / row["file"] if row["file"].startswith(folder.name) else folder / row["file"]
            kind = row.get("subclass(heuristic)") or row.get("subclass") or ""
            label = "graymail" if kind == "graymail" else _CLASSES.get(row["class"], row["class"])
            language = row.get("lang(heuristic)") or row.get("lang") or "?"
            yield Specimen(folder.name, label, kind, language, row.get("cluster") or row["file"], str(path))


def _wrapped(path: str, page: bytes) -> bytes:
    """A transactional template as a mail of a shop that sends it from and links to its own domain."""
    name = Path(path).parent.name
    filled = page.replace(b"{{action_url}}", b"https://app.shop.example.com/do/1").replace(
        b"{{support_url}}", b"https://shop.example.com/help"
    )
    filled = re.sub(rb"\{\{\s*[\w.]*url[\w.]*\s*\}\}", b"https://shop.example.com/x", filled)
    filled = re.sub(rb"\[([A-Z][\w ]{2,30})\]", rb"Acme Tools", re.sub(rb"\{\{[#/^]?\s*[\w.]+\s*\}\}", b"Acme", filled))
    head = (
        f"Received: from mta1.shop.example.com (mta1.shop.example.com [192.0.2.7]) by mx.corp.example.net; Tue, 3 Mar 2026 09:12:01 +0000\r\n"
        f"From: Acme Tools <notifications@shop.example.com>\r\nTo: Kim Lee <kim.lee@corp.example.net>\r\nSubject: {name.replace('-', ' ').capitalize()}\r\n"
        f"Date: Tue, 3 Mar 2026 09:12:00 +0000\r\nMessage-ID: <20260303.{abs(hash(name)) % 9999}@shop.example.com>\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return head.encode() + filled
