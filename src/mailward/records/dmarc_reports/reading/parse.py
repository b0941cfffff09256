# SPDX-License-Identifier: Apache-2.0
"""The XML of a report, read by expat as it streams: no document type, no entities, bounds on everything.

Real reporters make mistakes; what can be understood is understood, and what was put right is noted. Both
the format of RFC 7489 and that of RFC 9990 are read: elements are known by their local names.
"""

import ipaddress
import re
from collections.abc import Callable
from typing import ClassVar, NoReturn
from xml.parsers import expat

from mailward.contract.dmarc_report import (
    MAX_ROWS,
    Override,
    Permission,
    Published,
    Report,
    Row,
    Signature,
)

MAX_DEPTH = 16
MAX_ELEMENTS = 2_000_000
MAX_TEXT = 500
"""Characters kept of one value."""
MAX_RESULTS = 20
"""DKIM signatures, SPF results or override reasons kept of one row."""
MAX_COUNT = 2**40
MAX_NOTES = 10
MAX_TIME = 2**33
CHUNK = 64 * 1024

_ODD_TAG = re.compile(rb"<(?![?!]|/?[A-Za-z_][\w.:-]*(?:\s+[\w.:-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*\s*/?>)")
_BARE_AMPERSAND = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]{0,200}\?>")
_NUMBER = re.compile(r"-?[0-9]{1,15}")

_PASSED = {"pass", "passed"}
_DISPOSITIONS = {"none", "pass", "quarantine", "reject"}


class NoReport(ValueError):  # noqa: N818 - reads better where it is caught
    """This is no aggregate report, or not to be read. The text is for people."""


class _Fields:
    """The values of one element, by the names of its children."""

    __slots__ = ("texts",)

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")

    def word(self, name: str) -> str:
        return self.texts.get(name, "").lower()


def read_report(xml: bytes) -> Report:
    """One report. Raises `NoReport`."""
    try:
        return _Reader().read(xml)
    except expat.ExpatError as first:
        mended = _mend(xml)
        try:
            return _Reader(["the XML was damaged and was mended"]).read(mended)
        except expat.ExpatError:
            raise NoReport(f"the XML is damaged: {first}") from first


def _mend(xml: bytes) -> bytes:
    """The text again, without what expat cannot read: wrong encodings, control characters, stray < and &."""
    text = _DECLARATION.sub(b"", xml[xml.find(b"<") :])
    text = text.decode("utf-8", "replace").encode()
    return _BARE_AMPERSAND.sub(b"&amp;", _ODD_TAG.sub(b"&lt;", _CONTROL.sub(b"", text)))


class _Reader:
    """Collects one report while expat calls."""

    def __init__(self, notes: list[str] | None = None) -> None:
        self._notes = notes or []
        self._path: list[str] = []
        self._text: list[str] = []
        self._length = self._elements = self._left_out = 0
        self._head, self._dates, self._policy = _Fields(), _Fields(), _Fields()
        self._errors: list[str] = []
        self._rows: list[Row] = []
        self._seen = False
        self._fresh_row()

    def read(self, xml: bytes) -> Report:
        """Raises `NoReport` and `ExpatError`."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        parser.ExternalEntityRefHandler = _refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        start = max(0, xml.find(b"<")) if not xml.startswith((b"\xff\xfe", b"\xfe\xff")) else 0
        try:
            for place in range(start, len(xml), CHUNK):
                parser.Parse(xml[place : place + CHUNK], False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            self._survive(error)
        return self._report()

    def _survive(self, error: expat.ExpatError) -> None:
        """A report that breaks off behind some whole rows is worth its rows."""
        if error.code != expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS] or not self._rows:
            unfinished = expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN]
            if not (self._rows and error.code == unfinished):
                raise error
        self._note("the file breaks off; the rows before that count")

    def _start(self, name: str, _attributes: object) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise NoReport(f"it has more than {MAX_ELEMENTS} elements")
        local = name.rpartition(":")[2].lower()
        if not self._path and local != "feedback":
            raise NoReport("it is XML, but no DMARC aggregate report")
        self._path.append(local)
        if len(self._path) > MAX_DEPTH:
            raise NoReport(f"its elements are nested more than {MAX_DEPTH} deep")
        self._text, self._length = [], 0
        if local == "record":
            self._fresh_row()
        elif local in ("reason", "dkim", "spf") and len(self._path) >= 4:  # noqa: PLR2004 - feedback/record/x/y
            self._item = _Fields()

    def _characters(self, data: str) -> None:
        if self._length < MAX_TEXT:
            self._text.append(data[: MAX_TEXT - self._length])
            self._length += len(data)

    def _end(self, _name: str) -> None:
        local = self._path.pop()
        value = "".join(self._text).strip().replace("\x00", "")
        self._text, self._length = [], 0
        parent = self._path[-1] if self._path else ""
        taken = self._taken.get(parent)
        if taken is not None:
            taken(self, local, value)
        if local == "record":
            self._close_row()
        elif local == "feedback":
            self._seen = True

    def _metadata(self, name: str, value: str) -> None:
        if name == "error" and value and len(self._errors) < MAX_NOTES:
            self._errors.append(value)
        else:
            self._head.texts.setdefault(name, value)

    def _date(self, name: str, value: str) -> None:
        self._dates.texts.setdefault(name, value)

    def _published(self, name: str, value: str) -> None:
        self._policy.texts.setdefault(name, value)

    def _row_field(self, name: str, value: str) -> None:
        self._row.texts.setdefault(name, value)

    def _reason(self, name: str, value: str) -> None:
        self._item.texts.setdefault(name, value)

    def _evaluated(self, name: str, value: str) -> None:
        if name == "reason":
            if (kind := self._item.word("type")) and len(self._overrides) < MAX_RESULTS:
                self._overrides.append(Override(kind, self._item["comment"]))
        else:
            self._row.texts.setdefault(name, value)

    def _authenticated(self, name: str, _value: str) -> None:
        item = self._item
        if name == "dkim" and item.texts and len(self._signatures) < MAX_RESULTS:
            self._signatures.append(Signature(item.word("domain"), item["selector"], item.word("result")))
        elif name == "spf" and item.texts and len(self._permissions) < MAX_RESULTS:
            scope = item.word("scope")
            self._permissions.append(Permission(item.word("domain"), scope or "mfrom", item.word("result")))

    _taken: ClassVar[dict[str, Callable[["_Reader", str, str], None]]] = {
        "report_metadata": _metadata,
        "date_range": _date,
        "policy_published": _published,
        "row": _row_field,
        "identifiers": _row_field,
        "policy_evaluated": _evaluated,
        "reason": _reason,
        "auth_results": _authenticated,
        "dkim": _reason,
        "spf": _reason,
    }

    def _fresh_row(self) -> None:
        self._row, self._item = _Fields(), _Fields()
        self._overrides: list[Override] = []
        self._signatures: list[Signature] = []
        self._permissions: list[Permission] = []

    def _close_row(self) -> None:
        row = self._row
        address, count = _address(row["source_ip"]), _number(row["count"])
        if not address or not 0 < count <= MAX_COUNT:
            self._note("a row without a source address or a count was left out")
            return
        if len(self._rows) >= MAX_ROWS:
            self._left_out += 1
            return
        disposition = row.word("disposition")
        self._rows.append(
            Row(
                source_ip=address,
                count=count,
                disposition=disposition if disposition in _DISPOSITIONS else "none",
                dkim="pass" if row.word("dkim") in _PASSED else "fail",
                spf="pass" if row.word("spf") in _PASSED else "fail",
                header_from=row.word("header_from").rstrip(".") or self._policy.word("domain"),
                envelope_from=row.word("envelope_from"),
                envelope_to=row.word("envelope_to"),
                overrides=tuple(self._overrides),
                signatures=tuple(self._signatures),
                permissions=tuple(self._permissions),
            )
        )

    def _report(self) -> Report:
        head, policy = self._head, self._policy
        domain = policy.word("domain").rstrip(".")
        if not domain:
            raise NoReport("it does not say which domain it is about")
        begin, end = _number(self._dates["begin"]), _number(self._dates["end"])
        if not 0 < begin <= end <= MAX_TIME:
            raise NoReport("it does not say which days it is about")
        if not head["report_id"]:
            self._note("it has no report id")
        if self._left_out:
            self._note(f"{self._left_out} rows beyond {MAX_ROWS} were left out")
        return Report(
            organization=head["org_name"] or head["email"].rpartition("@")[2] or "unknown",
            email=head["email"],
            contact=head["extra_contact_info"],
            report_id=head["report_id"] or f"{begin}.{end}",
            begin=begin,
            end=end,
            published=Published(
                domain=domain, p=policy.word("p"), sp=policy.word("sp"), np=policy.word("np"),
                adkim=policy.word("adkim") or "r", aspf=policy.word("aspf") or "r", fo=policy["fo"],
                testing=policy.word("testing") == "y", pct=policy["pct"],
            ),
            rows=tuple(self._rows),
            errors=tuple(self._errors),
            notes=tuple(self._notes),
        )  # fmt: skip

    def _note(self, words: str) -> None:
        if words not in self._notes and len(self._notes) < MAX_NOTES:
            self._notes.append(words)


def _refuse(*_: object) -> NoReturn:
    raise NoReport("it declares a document type or entities, which no report needs")


def _address(text: str) -> str:
    try:
        address = ipaddress.ip_address(text.strip("[] "))
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address).partition("%")[0]


def _number(text: str) -> int:
    found = _NUMBER.match(text.strip())
    return int(found[0]) if found else 0
