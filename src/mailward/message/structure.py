# SPDX-License-Identifier: Apache-2.0
"""The MIME tree, under every reading at once.

Two mail readers may cut one mail in two ways: by the first boundary or the second, by one Content-Type
or the other, with or without a part behind the closing line. Each way that yields something is
followed (union scanning); the likeliest makes the tree, the others give parts marked `alternative`,
and the disagreement is noted. Work is bounded by the caps of `limits`, whatever the nesting.
"""

import re
from copy import copy

import msgspec

from mailward.contract.mail import Ambiguity, AmbiguityKind
from mailward.message import parameters, transfer
from mailward.message.boundaries import GUESS, PART_HEADER, Cut, candidates, cut, is_delimiter
from mailward.message.headers import Block, block, unfold
from mailward.message.limits import (
    MAX_AMBIGUITIES,
    MAX_DEPTH,
    MAX_DETAIL,
    MAX_PARTS,
    MAX_READINGS,
    MAX_SPLIT_BASE,
    MAX_SPLIT_FACTOR,
    MAX_UNWRAPPED,
)
from mailward.message.parameters import Value
from mailward.message.parts import Part, clean_name, encodings, undo
from mailward.message.places import Place

_WITH_MESSAGE = frozenset({"message/rfc822", "message/global", "message/news"})
_PIECEMEAL = frozenset({"message/partial", "message/external-body"})
_BLANKISH = re.compile(rb"\n(?:[ \t\v\f\x00]+\r?\n|\r\r)")
_BROKEN = ("no parameter", "behind a quoted", "with spaces, quotes", "never closes", "out of order")
_MAX_RESUMED = 50
_MIN_RESUMED = 3
_OUTSIDE = 900
_ENCODED = frozenset({"base64", "quoted-printable"})
_UNENCODED = frozenset({"", "7bit", "8bit", "binary"})
_TEXT = Value("text/plain", {})
_MESSAGE = Value("message/rfc822", {})
_NEAR = 300


class Structure:
    """The tree of one mail. `parts` holds every entity in order, containers included."""

    def __init__(self, raw: bytes, root: Block) -> None:
        self.raw = raw
        self.parts: list[Part] = []
        self.ambiguities: list[Ambiguity] = []
        self.limits: dict[str, None] = dict.fromkeys(root.limits)
        self._budget = MAX_SPLIT_BASE + MAX_SPLIT_FACTOR * len(raw)
        self._seen: set[tuple[int, int, int, str]] = set()
        self._declared: dict[bytes, None] = {}
        self._near: list[tuple[str, bytes]] = []
        self._unwrapped: list[bytes] = []
        self._entity(raw, 0, len(raw), Place("", depth=0, alternative=False, inner=True), given=root)
        self._resumed()
        for place, line in self._near:
            if not any(is_delimiter(line, boundary) for boundary in self._declared):
                self._note(AmbiguityKind.ODD_BOUNDARY, place, "a line that almost is a boundary: " + _quote(line))

    def _resumed(self) -> None:
        """Boundaries that come back inside a text: a reader that knows all of them cuts there."""
        for part in [part for part in self.parts if not part.container and part.content_type.startswith("text/")]:
            for boundary in tuple(self._declared)[:_MAX_RESUMED]:
                if len(boundary) < _MIN_RESUMED or part.source.find(b"\n--" + boundary, part.start, part.end) < 0:
                    continue
                at = Place(part.path, depth=1, alternative=True)
                done = self._delimit(part, at, boundary=boundary)
                hidden = [(start, end) for start, end in done.ranges if PART_HEADER.match(part.source, start, end)]
                if hidden:
                    self._note(AmbiguityKind.HIDDEN_PART, at.words, "a boundary of another part: " + _quote(boundary))
                for number, (start, end) in enumerate(hidden, 1):
                    self._entity(part.source, start, end, at.child(number, alternative=True))

    def _note(self, kind: AmbiguityKind, place: str, detail: str = "") -> None:
        if len(self.ambiguities) < MAX_AMBIGUITIES:
            self.ambiguities.append(Ambiguity(kind, place, detail[:MAX_DETAIL]))

    def _limit(self, name: str, place: str) -> None:
        if name not in self.limits:
            self.limits[name] = None
            self._note(AmbiguityKind.LIMIT, place, name)

    def _entity(
        self, source: bytes, start: int, end: int, at: Place, given: Block | None = None, default: Value = _TEXT
    ) -> None:
        """Read one entity: its header, then whatever its types make of its body."""
        if len(self.parts) >= MAX_PARTS:
            self._limit("parts", at.words)
            return
        head = given or block(source, start, end)
        for kind, detail in head.oddities:
            self._note(kind, at.words, detail)
        for name in head.limits:
            self._limit(name, at.words)
        part = Part(path=at.leaf_path, source=source, start=head.body_start, end=end)
        part.headers = head.headers
        part.alternative = at.alternative
        types, dispositions, codings = self._declarations(head)
        readings = self._types(types, at, default)
        self._describe(part, readings, dispositions, codings, at)
        self._body(part, readings, at, odd=bool(head.oddities))
        if given is None and not at.alternative:
            self._early_body(part, head, start, at)
        elif given is not None and _blank_line(source, start, head.body_start) >= 0:
            self._note(AmbiguityKind.ODD_HEADER, at.words, "a line of blanks inside the header")

    def _declarations(self, head: Block) -> tuple[list[bytes], list[bytes], list[bytes]]:
        types: list[bytes] = []
        dispositions: list[bytes] = []
        codings: list[bytes] = []
        told = [(header.key, header.value) for header in head.headers if header.key.startswith("content-")]
        for key, value in [*told, *head.hidden]:
            if key == "content-type":
                types.append(value)
            elif key == "content-disposition":
                dispositions.append(value)
            elif key == "content-transfer-encoding":
                codings.append(value)
        return types[:MAX_READINGS], dispositions[:MAX_READINGS], codings

    def _types(self, types: list[bytes], at: Place, default: Value) -> list[Value]:
        """The declared types, likeliest first; `default` if there is none."""
        if not types:
            return [default]
        readings = [parameters.parse(raw) for raw in types]
        if len({(value.main, value.boundaries) for value in readings}) > 1:
            self._note(AmbiguityKind.TWO_CONTENT_TYPES, at.words, " | ".join(value.main for value in readings))
        for value in readings:
            if value.odd and (value.main.startswith(("multipart", "message")) or "odd type" in value.odd):
                self._note(AmbiguityKind.ODD_PARAMETER, at.words, value.odd)
            elif "multipart" in value.main and not value.main.startswith("multipart/"):
                self._note(AmbiguityKind.ODD_PARAMETER, at.words, "an odd type: " + value.main)
        if not readings[0].main:
            readings[0] = msgspec.structs.replace(readings[0], main=default.main)
        return readings

    def _describe(
        self, part: Part, readings: list[Value], dispositions: list[bytes], codings: list[bytes], at: Place
    ) -> None:
        main = readings[0]
        part.content_type = main.main
        part.parameters = main.parameters
        part.charset = main.parameters.get("charset", "")
        names: list[str] = []
        odd_names = [value.odd for value in readings if value.names and value.odd]
        for raw in dispositions:
            value = parameters.parse(raw)
            part.disposition = part.disposition or value.main
            if value.odd:
                odd_names.append(value.odd)
            names.extend(value.names)
        for value in readings:
            names.extend(value.names)
        if names:
            part.names = tuple(dict.fromkeys(name for name in map(clean_name, names) if name))
            part.name = part.names[0] if part.names else ""
            if odd_names and any(cause in odd_names[0] for cause in _BROKEN):
                self._note(AmbiguityKind.ODD_PARAMETER, at.words, odd_names[0])
            if len({name.rpartition(".")[2].lower() for name in part.names if "." in name}) > 1:
                self._note(AmbiguityKind.TWO_NAMES, at.words, " | ".join(part.names))
        if codings:
            part.encodings, odd = encodings(codings, part.source[part.start : min(part.end, part.start + _NEAR)])
            part.encoding = part.encodings[0]
            for kind, detail in odd:
                self._note(kind, at.words, detail)
        part.content_id = next(
            (unfold(header.value).strip("<> ") for header in part.headers if header.key == "content-id"), ""
        )

    def _body(self, part: Part, readings: list[Value], at: Place, *, odd: bool) -> None:
        """Follow every reading of the body; the first that yields something is the part's nature."""
        if at.depth >= MAX_DEPTH:
            self._limit("depth", at.words)
            self._add(part)
            return
        done = False
        plain: list[Value] = []
        for value in readings:
            here = at if not done else at.aside()
            if "multipart" in value.main:
                done = self._multipart(part, value, here) or done
            elif value.main in _WITH_MESSAGE:
                done = self._message(part, here) or done
            elif value.main in _PIECEMEAL:
                self._note(AmbiguityKind.PARTIAL, at.words, value.main)
            else:
                plain.append(value)
        if not done:
            self._add(part)
            known = "/" in readings[0].main and not any(value.odd for value in readings)
            if not known or odd or readings[0].main.startswith("multipart"):
                self._guess(part, at)
        elif plain:
            self._also(part, plain[0], at)

    def _also(self, part: Part, value: Value, at: Place) -> None:
        """The whole body as readers see it who take its other type, which has no parts."""
        whole = copy(part)
        whole.path = at.leaf_path
        whole.container, whole.alternative = False, True
        whole.content_type, whole.parameters = value.main, value.parameters
        whole.charset = value.parameters.get("charset", "")
        self.parts.append(whole)

    def _add(self, part: Part) -> None:
        key = (id(part.source), part.start, part.end, part.encoding)
        if part.alternative and key in self._seen:
            return
        self._seen.add(key)
        self.parts.append(part)
        if part.content_type.startswith("text/") and not part.container:
            self._enclosed(part)

    def _enclosed(self, part: Part) -> None:
        source = part.source
        if source.find(b"begin ", part.start, part.end) < 0 and source.find(b"begin-base64 ", part.start, part.end) < 0:
            return
        for number, (name, data) in enumerate(transfer.enclosed(part.decode()), 1):
            inside = Part(path=f"{part.path}.{number}", source=source, start=part.start, end=part.end)
            inside.content_type = "application/octet-stream"
            inside.disposition = "attachment"
            inside.name = clean_name(name)
            inside.names = (inside.name,)
            inside.alternative = part.alternative
            self.parts.append(inside.given(data))

    def _message(self, part: Part, at: Place) -> bool:
        """An attached message, encoded or not."""
        part.container = True
        self._add(part)
        inner = at.inside(part.path)
        plain = part.encoding in _UNENCODED
        if plain or len(part.encodings) > 1:
            self._entity(part.source, part.start, part.end, inner)
        for encoding in part.encodings:
            if encoding not in _UNENCODED:
                self._unwrap(part, encoding, inner if encoding == part.encoding else inner.aside(), message=True)
        return True

    def _unwrap(self, part: Part, encoding: str, at: Place, *, message: bool) -> bytes | None:
        if len(self._unwrapped) >= MAX_UNWRAPPED:
            self._limit("unwrapped", at.words)
            return None
        data = undo(part.raw, encoding).data
        self._unwrapped.append(data)
        if message:
            self._entity(data, 0, len(data), at)
        return data

    def _multipart(self, part: Part, value: Value, at: Place) -> bool:
        """Split by every boundary that occurs; False if none does."""
        tried = candidates(value)[:MAX_READINGS]
        sources: list[bytes | None] = [None]
        if part.encoding in _ENCODED:
            sources.append(self._unwrap(part, part.encoding, at, message=False))
        hits = 0
        for source in sources:
            for boundary in tried if source or source is None else ():
                done = self._delimit(part, at, boundary=boundary, source=source)
                if not done.ranges:
                    continue
                hits += 1
                if source is not None:
                    self._note(AmbiguityKind.ENCODED_MULTIPART, at.words, part.encoding)
                if not part.container:
                    part.container = True
                    part.path = at.container_path
                    self._add(part)
                self._children(value, part.source if source is None else source, done, at if hits == 1 else at.aside())
        if hits > 1:
            self._note(AmbiguityKind.TWO_BOUNDARIES, at.words, " | ".join(_quote(one) for one in tried))
        return hits > 0

    def _children(self, value: Value, source: bytes, done: Cut, at: Place) -> None:
        default = _MESSAGE if value.main == "multipart/digest" else _TEXT
        for number, (start, end) in enumerate(done.ranges, 1):
            self._entity(source, start, end, at.child(number, alternative=number > done.closed_after), default=default)
        if not done.closed:
            self._note(AmbiguityKind.UNTERMINATED, at.words, "no closing boundary")
        if done.closed and len(done.ranges) > done.closed_after:
            self._note(AmbiguityKind.HIDDEN_PART, at.words, "parts behind the closing boundary")
        for number, (where, start, end) in enumerate(done.outside()):
            found = PART_HEADER.search(source, start, end) if end > start else None
            if found is not None:
                self._note(AmbiguityKind.HIDDEN_PART, at.words, f"a part header {where} the parts")
                self._entity(source, found.start(), end, at.aside().child(_OUTSIDE + number, alternative=True))

    def _delimit(self, part: Part, place: Place, *, boundary: bytes, source: bytes | None = None) -> Cut:
        """Cut the part's body (or `source`, its decoded form) by one boundary, within the budget."""
        whole = source is not None
        source = part.source if source is None else source
        start, end = (0, len(source)) if whole else (part.start, part.end)
        self._budget -= end - start
        if self._budget < 0:
            self._limit("splitting", place.words)
            return Cut(start, end)
        done = cut(source, start, end, boundary)
        if done.limit:
            self._limit(done.limit, place.words)
        if done.ranges:
            self._declared[boundary] = None
        self._near.extend((place.words, line) for line in done.near[: MAX_AMBIGUITIES - len(self._near)])
        return done

    def _guess(self, part: Part, at: Place) -> None:
        """Look for parts in a body whose header was odd, or named no boundary that occurs."""
        found = GUESS.search(part.source, part.start, part.end)
        if found is None:
            return
        self._note(AmbiguityKind.ODD_BOUNDARY, at.words, "parts without a declared boundary: " + _quote(found[1]))
        done = self._delimit(part, at, boundary=found[1].rstrip())
        aside = at.aside()
        for number, (start, end) in enumerate(done.ranges, 1):
            self._entity(part.source, start, end, aside.child(number, alternative=True))

    def _early_body(self, part: Part, head: Block, start: int, at: Place) -> None:
        """Some readers end the header at a line of blanks or at one that is no field, others skip an empty
        line before it: what those see."""
        source = part.source
        if not head.headers and PART_HEADER.match(source, head.body_start, part.end):
            self._note(AmbiguityKind.HIDDEN_PART, at.words, "a part header behind an empty line")
            self._entity(source, head.body_start, part.end, at.aside())
            return
        if head.junk_at >= 0:
            self._note(AmbiguityKind.HIDDEN_PART, at.words, "a line of text inside the part header")
        blank = _blank_line(source, max(start - 1, 0), head.body_start)
        if 0 <= blank < head.body_start:
            self._note(AmbiguityKind.ODD_HEADER, at.words, "a line of blanks inside the header")
        for begin in (blank, head.junk_at):
            if 0 <= begin < head.body_start:
                early = copy(part)
                early.start = begin
                early.alternative = True
                self._add(early)


def _quote(data: bytes) -> str:
    return data[:MAX_DETAIL].decode("utf-8", "replace").strip()


def _blank_line(source: bytes, start: int, end: int) -> int:
    """Where the line behind the first line of blanks begins, which some readers take for an empty one; -1 if
    there is none."""
    found = _BLANKISH.search(source, start, end)
    if found is not None:
        return found.end()
    cr = source.find(b"\r\r\n", start, end)
    return cr + 3 if cr >= 0 else -1
