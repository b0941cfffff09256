# SPDX-License-Identifier: Apache-2.0
"""Mailboxes of a header field, read as mail readers show them: leniently, once over, and capped.

The grammar is RFC 5322 with what is seen in the wild: missing quotes, missing angle brackets, groups,
source routes, comments as names, encoded words inside quotes. What a strict reader would not accept is
read anyway and named in `oddities`.
"""

import re

import msgspec

from mailward.contract.mail import Address
from mailward.message import encoded_words
from mailward.message.limits import MAX_ADDRESSES

_SPECIAL = re.compile(r'["(),:;<>]')
_LIKE_ADDRESS = re.compile(r"[^\s<>\"@(),:;]{1,64}@[^\s<>\"@(),:;.]{1,63}\.[^\s<>\"@(),:;]")
_MAX_COMMENT_DEPTH = 50
_KEPT = "\ufdd0"
"""Stands for a space inside a quoted local part while words are split at spaces."""


class Mailboxes(msgspec.Struct, frozen=True):
    """The mailboxes read, what was odd in words, and whether the cap cut the list."""

    addresses: tuple[Address, ...]
    oddities: tuple[str, ...] = ()
    cut: bool = False


def parse_addresses(value: str, limit: int = MAX_ADDRESSES) -> tuple[Address, ...]:
    """The mailboxes of an unfolded field value (encoded words still encoded). Never raises; linear."""
    return read(value, limit).addresses


def read(value: str, limit: int = MAX_ADDRESSES) -> Mailboxes:
    """As `parse_addresses`, with the oddities met."""
    reader = _Reader(value, limit)
    reader.run()
    return Mailboxes(tuple(reader.found), tuple(dict.fromkeys(reader.oddities)), reader.cut)


class _Reader:
    """One pass over a field. `words` is the phrase so far, `angle` the text between angle brackets."""

    def __init__(self, value: str, limit: int) -> None:
        self.value = value
        self.limit = limit
        self.found: list[Address] = []
        self.oddities: list[str] = []
        self.cut = False
        self.words: list[str] = []
        self.comment = ""
        self.angle: str | None = None
        self.quotes_close = True
        self.comments_close = True
        self.angles_close = True
        self.in_group = False

    def run(self) -> None:
        value = self.value
        at = 0
        size = len(value)
        while at < size and not self.cut:
            special = _SPECIAL.search(value, at)
            if special is None:
                self.words.append(value[at:])
                break
            stop = special.start()
            if stop > at:
                self.words.append(value[at:stop])
            at = self.take(special[0], stop)
        self.flush()

    def take(self, mark: str, at: int) -> int:
        """Act on the special character at `at`; answers where to go on."""
        if mark == '"':
            return self.quoted(at)
        if mark == "(":
            return self.commented(at)
        if mark == "<":
            return self.angled(at)
        if mark == ",":
            self.flush()
        elif mark == ";":
            self.flush()
            if not self.in_group:
                self.oddities.append("a semicolon between addresses")
            self.in_group = False
        elif mark == ":" and not self.in_group and "@" not in "".join(self.words) and self.angle is None:
            self.words = []
            self.in_group = True
        else:
            self.words.append(mark)
        return at + 1

    def quoted(self, at: int) -> int:
        out: list[str] = []
        scan = at + 1
        value = self.value
        close = scan - 1
        while self.quotes_close:
            if close < scan:
                close = value.find('"', scan)
            if close < 0:
                self.quotes_close = False
                break
            escape = value.find("\\", scan, close)
            if escape < 0:
                out.append(value[scan:close])
                behind = value[close + 1 : close + 2]
                text = "".join(out)
                self.words.append(f'"{text.replace(" ", _KEPT)}"' if behind in {"@", "."} else text)
                return close + 1
            out.append(value[scan:escape])
            out.append(value[escape + 1 : escape + 2])
            scan = escape + 2
        self.oddities.append("a quote that never closes")
        return at + 1

    def commented(self, at: int) -> int:
        value = self.value
        depth = 0
        scan = at
        while self.comments_close:
            opening = value.find("(", scan)
            closing = value.find(")", scan)
            if closing < 0 or depth > _MAX_COMMENT_DEPTH:
                self.comments_close = False
                break
            if 0 <= opening < closing:
                depth += 1
                scan = opening + 1
                continue
            depth -= 1
            scan = closing + 1
            if depth <= 0:
                self.comment = value[at + 1 : scan - 1].strip()
                self.words.append(" ")
                return scan
        self.oddities.append("a comment that never closes")
        self.words.append("(")
        return at + 1

    def angled(self, at: int) -> int:
        close = self.value.find(">", at) if self.angles_close else -1
        comma = self.value.find(",", at, close if close >= 0 else None)
        if close < 0:
            self.angles_close = False
            self.oddities.append("an angle bracket that never closes")
            close = comma if comma >= 0 else len(self.value)
        inner = self.value[at + 1 : close]
        if "<" in inner:
            self.oddities.append("angle brackets inside angle brackets")
            inner = inner.rpartition("<")[2]
        if self.angle is not None:
            self.oddities.append("two addresses in angle brackets")
            if "@" in inner:
                self.flush()
        if self.angle is None or "@" in inner:
            self.angle = inner
        return close + 1

    def flush(self) -> None:
        """The end of one mailbox."""
        phrase = " ".join("".join(self.words).split())
        angle, comment = self.angle, self.comment
        self.words, self.angle, self.comment = [], None, ""
        if angle is None and not phrase and not comment:
            return
        if len(self.found) >= self.limit:
            self.cut = True
            return
        if angle is not None:
            self.found.append(Address(_decoded(phrase or comment), self.cleaned(angle)))
            return
        if "=?" in phrase:
            decoded = _decoded(phrase)
            if _LIKE_ADDRESS.search(decoded) and "@" not in phrase:
                self.oddities.append("an address inside an encoded word")
            phrase = decoded
        if phrase.count("@") == 1:
            words = phrase.split()
            bare = next(word for word in words if "@" in word)
            rest = " ".join(word for word in words if word is not bare)
            if rest:
                self.oddities.append("words around an address without angle brackets")
            self.found.append(Address(rest or _decoded(comment), self.cleaned(bare)))
        elif "@" in phrase:
            self.found.append(Address(_decoded(comment), self.cleaned(phrase)))
        else:
            self.found.append(Address(phrase, ""))

    def cleaned(self, text: str) -> str:
        """An address as written, the domain in lower case; routes, spaces and comments taken out."""
        written = text
        if "(" in text:
            text = _without_comments(text)
        text = text.strip()
        if text.startswith("@") and ":" in text:
            text = text.rpartition(":")[2]
            self.oddities.append("a source route")
        if "=?" in text:
            text = _decoded(text)
            self.oddities.append("an encoded word inside an address")
        if not text.startswith('"') and (" " in text or "\t" in text):
            text = "".join(text.split())
            self.oddities.append("spaces inside an address")
        text = text.removeprefix("mailto:")
        local, at, domain = text.rpartition("@")
        if at and "@" in local and not local.startswith('"'):
            self.oddities.append("an address with several @")
        if not at or not domain:
            if written.strip():
                self.oddities.append("an address without a domain")
            return ""
        return f"{local}@{domain.lower().rstrip('.')}".replace(_KEPT, " ")


def _without_comments(text: str) -> str:
    out: list[str] = []
    depth = 0
    for character in text:
        if character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
        elif not depth:
            out.append(character)
    return "".join(out)


def _decoded(text: str) -> str:
    return " ".join(encoded_words.decode(text).split()) if text else text
