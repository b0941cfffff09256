# SPDX-License-Identifier: Apache-2.0
"""Judge the files of one mail: by name, by true kind, by rule, and the same for all that they contain."""

from collections.abc import Iterable

import msgspec

from mailward.contract.finding import MAX_EVIDENCE, Reason
from mailward.engines.antivirus import names
from mailward.engines.antivirus.budget import Budget, LimitHit
from mailward.engines.antivirus.containers import members
from mailward.engines.antivirus.kinds import extensions, kind_of, shown, words
from mailward.engines.antivirus.rules import Rule, Ruleset, load

__all__ = ["Antivirus", "File", "Rule", "Sighting"]

_SCRIPT_NAMES = words("js jse vbs vbe wsf ps1 hta bat cmd py pl")
_XML_NAMES = frozenset(["xml", "rels", "vml", "bin"])
_NAMED_KINDS = words("pe elf macho class zip gzip bzip2 xz rar 7z ole pdf png jpeg gif macro pdf_objects")
_DISK_NAMES = frozenset(["iso", "img", "vhd", "vhdx", "udf"])


class File(msgspec.Struct, frozen=True, kw_only=True):
    """One decoded part of a mail, or a file found inside one. `body` if it is text that the mail shows
    rather than a file it carries; `place` is for people ("attachment a.zip")."""

    name: str
    data: bytes
    place: str
    body: bool = False
    kind: str = ""
    depth: int = 0


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """The engine's answer: at most one reason per id, and, if something stopped it from seeing
    everything, why, as "limit=<name>: words"."""

    reasons: tuple[Reason, ...] = ()
    failure: str = ""


class Antivirus:
    """The engine. Make it before the workers are forked: it compiles its rules then."""

    def __init__(self, ruleset: Ruleset | None = None) -> None:
        self._rules = ruleset or load()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What can be found by rule, for the health page and the docs."""
        return tuple(self._rules.rules.values())

    def examine(self, files: Iterable[File], raw: bytes) -> Sighting:
        """Judge the decoded `files` of a mail, and its bytes as they came."""
        search = _Search(self._rules)
        waiting = list(files)[::-1]
        waiting.append(File(name="", data=raw, place="mail", body=True, kind="mail"))
        while waiting:
            waiting.extend(search.look(waiting.pop()))
        return Sighting(reasons=tuple(search.reasons.values()), failure=search.failure)


class _Search:
    """The state of one examination."""

    def __init__(self, rules: Ruleset) -> None:
        self._rules = rules
        self._budget = Budget()
        self.reasons: dict[str, Reason] = {}
        self.failure = ""

    def look(self, file: File) -> list[File]:
        """Judge one file; answers the files in it, the last first."""
        kind = file.kind or kind_of(file.data)
        try:
            for reason in self._rules.matches(file.data, kinds=_kinds(file, kind), place=file.place):
                self._note(reason)
        except TimeoutError as error:
            self._fail("limit=scan_seconds", str(error))
        if file.body:
            return []
        for reason in names.suspicions(file.name, kind=kind, place=file.place, archived=file.depth > 0):
            self._note(reason)
        found: list[File] = []
        try:
            self._open(file, kind, found)
        except LimitHit as hit:
            self._fail(f"limit={hit.limit}", str(hit))
        return found[::-1]

    def _open(self, file: File, kind: str, found: list[File]) -> None:
        """Put what lies in `file` into `found`, which keeps what came before a limit was hit."""
        for member in members(file.data, kind=kind, name=file.name or file.place, budget=self._budget):
            self._budget.depth(file.depth + 1, member.name)
            place = f"{file.place} > {shown(member.name)}"[-MAX_EVIDENCE:]
            for reason in names.of_odd(member.odd, member.name, place=place):
                self._note(reason)
            if member.encrypted:
                for reason in names.of_encrypted(member.name, place=place):
                    self._note(reason)
                continue
            inner = "" if member.kind else member.name
            found.append(File(name=inner, data=member.data, place=place, kind=member.kind, depth=file.depth + 1))

    def _note(self, reason: Reason) -> None:
        known = self.reasons.get(reason.id)
        if known is None or reason.weight > known.weight:
            self.reasons[reason.id] = reason

    def _fail(self, limit: str, words: str) -> None:
        if not self.failure:
            self.failure = f"{limit}: {words}"


def _kinds(file: File, kind: str) -> frozenset[str]:
    """The words by which a rule's `where` may mean this file."""
    if file.body:
        return frozenset({"mail" if kind == "mail" else "body"})
    last = (extensions(file.name) or ("",))[-1]
    words = {kind}
    if kind in {"unknown", "html", "script"}:
        words |= _text_kinds(file, kind, last)
    if kind not in _NAMED_KINDS:
        words.add("file")
    if last in _DISK_NAMES:
        words.add("disk")
    return frozenset(words)


def _text_kinds(file: File, kind: str, last: str) -> set[str]:
    head = file.data[:4096].lower()
    words = set()
    if last == "svg" or b"<svg" in head:
        words.add("svg")
    elif kind == "html" or last in {"htm", "html", "shtml", "xhtml", "xht", "mht", "mhtml"}:
        words.add("html_file")
    if last == "hta":
        words.add("hta")
    if last in _SCRIPT_NAMES:
        words.add("script_file")
    if last in _XML_NAMES or b"<?xml" in head:
        words.add("xml")
    return words
