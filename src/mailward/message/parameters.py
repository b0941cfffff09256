# SPDX-License-Identifier: Apache-2.0
"""Values with parameters (Content-Type, Content-Disposition), read strictly and loosely at once.

`type/subtype; name=value` is where mail readers differ most: comments, quotes that never close,
spaces around "=", escapes, RFC 2231 pieces in any order, a parameter given twice. So the value is read
by the grammar first; then a second reader takes everything that looks like `name = value` wherever it
stands. Where both agree the value is plain; where they do not, all versions are kept.
"""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

import msgspec

from mailward.message import charsets, encoded_words
from mailward.message.headers import unfold
from mailward.message.limits import MAX_PARAMETER_BYTES, MAX_PARAMETERS

_PLAIN = re.compile(r'[\w.+-]+(?:/[\w.+-]+)?(?:; ?[A-Za-z-]+=(?:"[^"\\]*"|[A-Za-z0-9._+/:=-]*))*;?\Z', re.ASCII)
_PLAIN_PARAMETER = re.compile(r'; ?([A-Za-z-]+)=(?:"([^"\\]*)"|([^";]*))', re.ASCII)
_PIECE = re.compile(r"\s*([^\s=;\"']{1,80}?)\s*=\s*", re.ASCII)
_LOOSE = {
    name: re.compile(rf"{name}(\*[0-9]*\*?)?[\s\"']*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^;\s]*))", re.IGNORECASE | re.ASCII)
    for name in ("boundary", "filename", "name")
}
_TOKEN = re.compile(r"[\w!#$%&*+.^`{|}~-]+", re.ASCII)
_TYPE = re.compile(r"([\w!#$%&*+.^`{|}~-]+)\s*/\s*([\w!#$%&*+.^`{|}~-]+)", re.ASCII)
_MAX_CACHED = 1024
_PAIR = 2
_MARKS = 2
"""Apostrophes in charset'language'text."""


class Value(msgspec.Struct, frozen=True):
    """One value: its main word in lower case, its parameters (the first of each name, decoded), and
    every version of `boundary` and of the file name that some reader might take, the likeliest first.
    `odd` says in words what was unusual, and is empty for a plain value."""

    main: str
    parameters: dict[str, str]
    boundaries: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    odd: str = ""


def parse(raw: bytes) -> Value:
    """Read the raw, folded value. Never raises; linear."""
    if len(raw) <= _MAX_CACHED:
        return _cached(raw)
    return _parse(raw[:MAX_PARAMETER_BYTES], cut=len(raw) > MAX_PARAMETER_BYTES)


@lru_cache(maxsize=512)
def _cached(raw: bytes) -> Value:
    return _parse(raw)


def _parse(raw: bytes, *, cut: bool = False) -> Value:
    text = unfold(raw)
    if _PLAIN.match(text):
        value = _plain(text)
        if value is not None:
            return value
    return _hard(text, cut=cut, bare=b"\r" in raw.replace(b"\r\n", b""))


def _plain(text: str) -> Value | None:
    """The quick way for values that leave nothing to argue about."""
    main, _, _ = text.partition(";")
    parameters: dict[str, str] = {}
    for found in _PLAIN_PARAMETER.finditer(text):
        key = found[1].lower()
        if key in parameters:
            return None
        parameters[key] = found[2] if found[2] is not None else found[3].strip()
    lower = text.lower()
    named = ("name" in parameters) + ("filename" in parameters)
    if lower.count("name") != named or lower.count("boundary") != ("boundary" in parameters):
        return None
    for key in ("name", "filename"):
        if "=?" in parameters.get(key, ""):
            parameters[key] = encoded_words.decode(parameters[key])
    boundary = parameters.get("boundary")
    if boundary is not None and boundary != boundary.strip():
        return None
    names = tuple(dict.fromkeys(parameters[key] for key in ("filename", "name") if parameters.get(key)))
    return Value(main.strip().lower(), parameters, (boundary,) if boundary else (), names)


def _hard(text: str, *, cut: bool, bare: bool) -> Value:
    causes: list[str] = []
    if cut:
        causes.append("too long")
    if bare:
        causes.append("a bare CR")
    stripped, comments = _without_comments(text)
    if comments:
        causes.append("a comment")
    head, _, rest = stripped.partition(";")
    main = _main(head, causes)
    pairs = _pairs(rest, causes)
    parameters, versions = _assemble(pairs, causes)
    boundaries = _versions("boundary", versions, text, causes)
    names = _versions("filename", versions, text, causes) or _versions("name", versions, text, causes)
    if versions.get("filename") and versions.get("name"):
        names = tuple(dict.fromkeys(names + tuple(versions["name"])))
    return Value(main, parameters, boundaries, names, ", ".join(dict.fromkeys(causes)))


def _main(head: str, causes: list[str]) -> str:
    word = head.strip()
    if "=?" in word:
        word = encoded_words.decode(word)
        causes.append("an encoded word")
    word = word.strip(" \"'").lower()
    exact = _TYPE.fullmatch(word)
    if exact is not None:
        return f"{exact[1]}/{exact[2]}"
    if _TOKEN.fullmatch(word):
        return word
    found = _TYPE.search(word)
    if word:
        causes.append("an odd type: " + word[:40])
    return f"{found[1]}/{found[2]}" if found else word


def _without_comments(text: str) -> tuple[str, bool]:
    """`text` without RFC 822 comments outside quotes. A comment that never closes is left in place."""
    if "(" not in text:
        return text, False
    out: list[str] = []
    depth = 0
    quoted = False
    begin = 0
    at = 0
    for at, character in enumerate(text):
        if character == '"' and not depth and (at == 0 or text[at - 1] != "\\"):
            quoted = not quoted
        elif quoted:
            continue
        elif character == "(":
            if not depth:
                out.append(text[begin:at])
                begin = at
            depth += 1
        elif character == ")" and depth:
            depth -= 1
            if not depth:
                begin = at + 1
    out.append(text[begin:])
    stripped = "".join(out)
    return stripped, stripped != text


def _pairs(rest: str, causes: list[str]) -> list[tuple[str, str]]:
    """Every `name=value` behind the main word, in order, by the grammar (with a little patience)."""
    pairs: list[tuple[str, str]] = []
    at = 0
    size = len(rest)
    while at < size:
        if len(pairs) >= MAX_PARAMETERS:
            causes.append("too many parameters")
            break
        found = _PIECE.match(rest, at)
        if found is None:
            stop = rest.find(";", at)
            stop = size if stop < 0 else stop
            if rest[at:stop].strip():
                causes.append("a piece that is no parameter: " + rest[at:stop].strip()[:40])
            at = stop + 1
            continue
        at = found.end()
        if rest[at : at + 1] == '"':
            value, at = _quoted(rest, at + 1, causes)
            stop = rest.find(";", at)
            stop = size if stop < 0 else stop
            if rest[at:stop].strip():
                causes.append("words behind a quoted value")
        else:
            stop = rest.find(";", at)
            stop = size if stop < 0 else stop
            value = rest[at:stop].strip()
            if value.startswith("'") and not found[1].endswith("*"):
                causes.append("single quotes")
                value = value.strip("'")
            elif " " in value or '"' in value or "\\" in value:
                causes.append("an unquoted value with spaces, quotes or escapes")
        pairs.append((found[1].lower(), value))
        at = stop + 1
    return pairs


def _quoted(text: str, at: int, causes: list[str]) -> tuple[str, int]:
    """A quoted string that begins at `at`, and where it ends."""
    close = text.find('"', at)
    if close >= 0 and "\\" not in text[at:close]:
        return text[at:close], close + 1
    out: list[str] = []
    size = len(text)
    while at < size and text[at] != '"':
        if text[at] == "\\" and at + 1 < size:
            at += 1
        out.append(text[at])
        at += 1
    if at >= size:
        causes.append("a quote that never closes")
        return "".join(out), size
    return "".join(out), at + 1


def _assemble(pairs: list[tuple[str, str]], causes: list[str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Parameters with RFC 2231 pieces put together, and every version of each name."""
    versions: dict[str, list[str]] = {}
    pieces: dict[str, list[tuple[int, str, bool]]] = {}
    for written, value in pairs:
        key, star, tail = written.partition("*")
        if not star:
            if key in versions:
                causes.append(f"{key} given twice")
            versions.setdefault(key, []).append(encoded_words.decode(value) if "=?" in value else value)
        elif tail.rstrip("*").isdigit() and tail.isascii():
            pieces.setdefault(key, []).append((int(tail.rstrip("*")[:6]), value, tail.endswith("*")))
        else:
            if tail:
                causes.append(f"an odd mark on {key}")
            versions.setdefault(key, []).insert(0, _extended(value))
    for key, parts in pieces.items():
        _join(key, parts, versions, causes)
    for key, values in versions.items():
        distinct = len(set(values))
        if distinct > 1 and not (distinct == _PAIR and key in {"filename", "name"} and _fallback(pairs, key)):
            causes.append(f"versions of {key}")
    return {key: values[0] for key, values in versions.items()}, versions


def _fallback(pairs: list[tuple[str, str]], key: str) -> bool:
    """A plain name beside an extended one is how RFC 6266 and 5987 say it for old readers."""
    return sum(written == key for written, _ in pairs) == 1


def _join(key: str, parts: list[tuple[int, str, bool]], versions: dict[str, list[str]], causes: list[str]) -> None:
    numbers = [number for number, _, _ in parts]
    if numbers != list(range(len(numbers))):
        causes.append(f"pieces of {key} out of order or missing")
    for order in (sorted(parts, key=lambda part: part[0]), parts):
        charset = ""
        data = b""
        for position, (_, value, extended) in enumerate(order):
            text = value
            if extended:
                if position == 0 or (not charset and value.count("'") >= _MARKS):
                    charset, _, text = _marked(value)
                data += unquote_to_bytes(text)
            else:
                data += text.encode("utf-8", "replace")
        joined = charsets.decode(data, charset)
        if joined not in versions.setdefault(key, []):
            versions[key].insert(0 if order is not parts else len(versions[key]), joined)


def _marked(value: str) -> tuple[str, str, str]:
    """charset'language'text; without the marks everything is text."""
    charset, mark, rest = value.partition("'")
    language, second, text = rest.partition("'")
    return (charset, language, text) if mark and second else ("", "", value)


def _extended(value: str) -> str:
    charset, _, text = _marked(value)
    return charsets.decode(unquote_to_bytes(text), charset)


def _versions(name: str, versions: dict[str, list[str]], text: str, causes: list[str]) -> tuple[str, ...]:
    """All versions of one parameter: the grammar's, then the loose reader's."""
    strict = versions.get(name, [])
    loose: list[str] = []
    for found in _LOOSE[name].finditer(text):
        if name == "name" and found.start() and text[found.start() - 1].isalnum():
            continue
        value = next((group for group in found.groups()[1:] if group is not None), "")
        value = _extended(value) if found[1] else encoded_words.decode(value)
        loose.append(value)
        if len(loose) >= MAX_PARAMETERS:
            break
    pieces = [value for value in loose if value and value not in strict and not any(value in one for one in strict)]
    if pieces:
        causes.append(f"readings of {name}: " + " | ".join(pieces)[:60])
    return tuple(dict.fromkeys(value for value in [*strict, *pieces] if value))
