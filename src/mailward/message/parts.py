# SPDX-License-Identifier: Apache-2.0
"""One entity of a mail: what it says it is, and its bytes, decoded only when somebody asks."""

import re

from mailward.contract.mail import Ambiguity, AmbiguityKind
from mailward.message import charsets, encoded_words, transfer
from mailward.message.headers import Header, unfold
from mailward.message.limits import MAX_DETAIL, MAX_NAME

_PLAIN_ENCODINGS = frozenset({"7bit", "8bit", "binary", ""})
_SYNONYMS = {
    "7-bit": "7bit",
    "7bits": "7bit",
    "7 bit": "7bit",
    "8-bit": "8bit",
    "8bits": "8bit",
    "8 bit": "8bit",
    "none": "7bit",
    "bit7": "7bit",
    "uuencode": "uuencode",
    "x-uuencode": "uuencode",
    "x-uue": "uuencode",
    "uue": "uuencode",
    "x-uu": "uuencode",
    "x-yencode": "uuencode",
    "yenc": "uuencode",
    "base64": "base64",
    "quoted-printable": "quoted-printable",
}
_COMMENT = re.compile(r"\([^()]*\)")
_BASE64_BODY = re.compile(rb"\s*(?:[A-Za-z0-9+/]{40,}\r?\n){2}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


class Part:
    """One entity. `path` is its dotted MIME path; `content_type` is in lower case; `disposition` is
    "attachment", "inline" or empty; `name` is the likeliest file name and `names` every version of it;
    `encoding` is the likeliest transfer encoding and `encodings` all that some reader might apply;
    `alternative` marks an entity that only some readers see; `container` one that holds others."""

    __slots__ = (
        "_decoded",
        "alternative",
        "charset",
        "container",
        "content_id",
        "content_type",
        "disposition",
        "encoding",
        "encodings",
        "end",
        "headers",
        "name",
        "names",
        "parameters",
        "path",
        "source",
        "start",
    )

    def __init__(self, *, path: str, source: bytes, start: int, end: int, content_type: str = "text/plain") -> None:
        self.path = path
        self.source = source
        self.start = start
        self.end = end
        self.content_type = content_type
        self.headers: tuple[Header, ...] = ()
        self.parameters: dict[str, str] = {}
        self.disposition = ""
        self.name = ""
        self.names: tuple[str, ...] = ()
        self.encodings: tuple[str, ...] = ("",)
        self.encoding = ""
        self.charset = ""
        self.content_id = ""
        self.alternative = False
        self.container = False
        self._decoded: transfer.Decoded | None = None

    @property
    def raw(self) -> bytes:
        """The body as it stands in the mail."""
        return self.source[self.start : self.end]

    @property
    def base(self) -> str:
        """The path that the numbers of a container's parts are put behind."""
        return "" if self.path == "0" else self.path.removesuffix(".0")

    @property
    def attached(self) -> bool:
        """Whether a reader shows it as a file rather than as text of the mail."""
        return bool(self.disposition == "attachment" or self.name or not self.content_type.startswith("text/"))

    def decode(self) -> bytes:
        """The bytes under the likeliest transfer encoding; computed once, never raises."""
        return self.decoded.data

    def text(self) -> str:
        """The decoded bytes as text, under the declared charset."""
        return charsets.decode(self.decode(), self.charset)

    @property
    def others(self) -> tuple[bytes, ...]:
        """What the bytes become for readers of another opinion; usually nothing."""
        versions = [*self.decoded.others, *(undo(self.raw, encoding).data for encoding in self.encodings[1:])]
        return tuple(dict.fromkeys(version for version in versions if version and version != self.decode()))

    @property
    def decoded(self) -> transfer.Decoded:
        """The bytes with the notes of the decoding."""
        if self._decoded is None:
            self._decoded = undo(self.raw, self.encoding)
        return self._decoded

    def given(self, data: bytes) -> "Part":
        """This part with bytes that need no decoding: a file taken out of a text."""
        self._decoded = transfer.Decoded(data)
        return self


def undo(raw: bytes, encoding: str) -> transfer.Decoded:
    """`raw` with one transfer encoding undone."""
    if encoding == "base64":
        return transfer.base64(raw)
    if encoding == "quoted-printable":
        return transfer.quoted_printable(raw)
    if encoding == "uuencode":
        return transfer.uuencoded(raw)
    return transfer.Decoded(raw)


def encodings(values: list[bytes], body: bytes) -> tuple[tuple[str, ...], list[tuple[AmbiguityKind, str]]]:
    """The transfer encodings that readers might apply, likeliest first, and what was odd.

    `values` are the raw Content-Transfer-Encoding fields of the part; `body` its first bytes.
    """
    if not values:
        return ("",), []
    found: list[str] = []
    odd: list[tuple[AmbiguityKind, str]] = []
    for value in values[:5]:
        text = unfold(value).lower()
        known = text if text in _PLAIN_ENCODINGS else _SYNONYMS.get(text)
        if known is not None:
            found.append(known)
            continue
        text = encoded_words.decode(text).replace("\\", "")
        word = _COMMENT.sub("", text).strip(" \"';,\v\f")
        known = word if word in _PLAIN_ENCODINGS else _SYNONYMS.get(word)
        found.append(known if known is not None else "")
        found.extend(name for name in ("base64", "quoted-printable", "uuencode") if name in text and name != known)
        odd.append((AmbiguityKind.ODD_ENCODING, text[:MAX_DETAIL]))
        if _BASE64_BODY.match(body):
            found.append("base64")
    distinct = list(dict.fromkeys("" if name in _PLAIN_ENCODINGS else name for name in found))
    if odd and len(distinct) > 1 and distinct[0] == "":
        distinct = [*distinct[1:], ""]
    if len(values) > 1 and len(distinct) > 1:
        odd.append((AmbiguityKind.TWO_ENCODINGS, " | ".join(name or "none" for name in distinct)))
    return tuple(distinct), odd


def clean_name(name: str) -> str:
    """A file name as it may be shown: without folders, control and direction characters."""
    name = _CONTROL.sub("", name).replace("\\", "/")
    return name.rstrip("/").rpartition("/")[2].strip(" \"'")[:MAX_NAME]


def junk(part: Part) -> Ambiguity | None:
    """The ambiguity of a part's transfer encoding, which is only known once it was decoded."""
    cause = part.decoded.junk
    if not cause:
        return None
    base64 = part.encoding == "base64"
    if not base64 and (not part.attached or part.content_type.startswith(("text/", "message/"))):
        return None  # a bare "=" in text is careless, and hides nothing
    kind = AmbiguityKind.JUNK_IN_BASE64 if base64 else AmbiguityKind.JUNK_IN_QUOTED_PRINTABLE
    return Ambiguity(kind, f"part {part.path}", cause)
