# SPDX-License-Identifier: Apache-2.0
"""Web addresses as a browser would open them, and where they hide in plain text.

A filter that reads "http:", a back-slash or a user name differently from a browser looks at the wrong host.
So every address goes through a WHATWG parser; in text, everything that a mail reader would make
clickable (and what people are told to repair by hand: hxxp, [.]) counts as an address.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path

import can_ada
import publicsuffixlist

from mailward.contract.mail import Link
from mailward.kit.kept import kept
from mailward.message.limits import MAX_LINK_SCAN, MAX_LINK_TEXT, MAX_LINKS, MAX_URL

_STOP = r"\s<>\"\u3000-\u303f\uff00-\uff0e\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\u201c\u201d\u00ab\u00bb"
_FOUND = re.compile(
    rf"<(?:url:)?\s*(?P<wrapped>(?:h(?:tt|xx)ps?|ftp):[/\\][^<>\"]{{1,2048}})>"
    rf"|(?<![A-Za-z0-9])(?P<scheme>(?:h(?:tt|xx)ps?|ftp)(?:\[:\]|:)[/\\]{{1,3}}[^{_STOP}]{{1,4096}})"
    rf"|(?<![\w@.-])(?P<www>www\d?(?:\.|\[\.\])[^{_STOP}]{{1,4096}})"
    r"|(?<![\w@./\\:=%&?#+-])(?P<bare>(?:[\w-]{1,63}+(?:\.|\[\.\]|\(\.\))){1,8}[a-zA-Z\u0080-\uffff][\w-]{1,30}"
    rf"(?![\w@])(?::\d{{2,5}})?(?:[/?#][^{_STOP}]{{0,4096}})?)",
    re.IGNORECASE,
)
_SEED = re.compile(r"\.\S|:\]?[/\\]")
"""What every address holds. Only the lines that hold it are searched: most text has none."""
_WRAPPED = re.compile(r"<(?:url:)?\s*(?:h(?:tt|xx)ps?|ftp):", re.IGNORECASE)
"""The begin of the one kind of address that goes over several lines."""
_DOTS = re.compile(r"\[\.\]|\(\.\)|\[dot\]", re.IGNORECASE)
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{0,20}:")
_REFANG = re.compile(r"^(h)xx(ps?)(\[:\]|:)", re.IGNORECASE)
_INNER_SPACE = re.compile(r"[\t\r\n]+")
_TRAILING = ".,;:!?'*_~|\u2019\u2026"
_PAIRS = {")": "(", "]": "[", "}": "{"}
_WEB = frozenset({"http:", "https:", "ftp:"})
_SILENT = frozenset({"mailto:", "tel:", "cid:", "sms:", "about:", "x-apple-data-detectors:"})
_FILE_LIKE = frozenset(
    """zip mov py md sh pl rs so pm ps cc java vi js ml sc st lt id in is it at be to my me do no am
    mk app bat com""".split()
) - {"com", "app", "it", "at", "be", "is", "id", "in", "to", "me"}
_MAX_FOUND = 4 * MAX_LINKS


@lru_cache(maxsize=1)
def suffixes() -> publicsuffixlist.PublicSuffixList:
    """The public suffix list that comes with the package; unknown top-level names have no suffix."""
    made_of = (publicsuffixlist.__version__,)
    rules = kept("suffixes", made_of=made_of, beside=Path(__file__).parent, make=_suffix_rules)
    return publicsuffixlist.PublicSuffixList(rules.decode(), accept_unknown=False, accept_encoded_idn=False)


def _suffix_rules() -> bytes:
    """The rules of the list as written and, where that differs, as they stand in the DNS."""
    lines = Path(publicsuffixlist.PSLFILE).read_text("utf-8").splitlines()
    rules = [line.split()[0].lower() for line in lines if line.strip() and not line.startswith("//")]
    encoded = ["!" * rule.startswith("!") + rule.lstrip("!").encode("idna").decode() for rule in rules]
    return "\n".join({**dict.fromkeys(rules), **dict.fromkeys(encoded)}).encode()


def normalise(target: str, base: str = "") -> tuple[str, str] | None:
    """What a browser opens for `target`, and its ASCII host (empty where the scheme has none, as for
    `javascript:` and `data:`). None if it opens nothing on the web: an anchor, a mail address, junk."""
    text = target.strip("\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x1f \u00a0\u200b\ufeff")[:MAX_URL]
    if not text or text[0] == "#":
        return None
    text = _INNER_SPACE.sub("", text)
    if text[0] in "hH" and (defanged := _REFANG.match(text)):
        text = f"{defanged[1]}tt{defanged[2]}:{text[defanged.end() :]}"
    if "[.]" in text or "(.)" in text or "[dot]" in text:
        text = _DOTS.sub(".", text)
    try:
        if text[:2] in {"//", "\\\\", "/\\", "\\/"}:
            url = can_ada.parse("https:" + text)
        elif _SCHEME.match(text) and not _looks_like_port(text):
            url = can_ada.parse(text)
        elif base:
            url = can_ada.parse(base) + text
        else:
            url = can_ada.parse("http://" + text)
    except (ValueError, UnicodeError, RuntimeError):
        return None
    protocol = url.protocol
    if protocol in _SILENT:
        return None
    host = url.hostname.rstrip(".") if protocol in _WEB else ""
    if protocol in _WEB and not host:
        return None
    return url.href[:MAX_URL], host


def link(target: str, *, text: str = "", place: str, base: str = "") -> Link | None:
    """The link for `target`, or None if it opens nothing."""
    opened = normalise(target, base)
    if opened is None:
        return None
    return Link(target=opened[0], host=opened[1], text=" ".join(text.split())[:MAX_LINK_TEXT], place=place)


def find(text: str, place: str) -> Iterator[Link]:
    """The addresses in plain text, in order of appearance. Linear; reads at most `MAX_LINK_SCAN`
    characters."""
    if "." not in text and "://" not in text:
        return
    for found in islice(_candidates(text[:MAX_LINK_SCAN]), _MAX_FOUND):
        shown = found[0]
        if found["bare"]:
            target = _trimmed(found["bare"])
            if not _known(target):
                continue
        elif found["wrapped"]:
            target = "".join(found["wrapped"].split())
        else:
            target = _trimmed(shown)
        made = link(target, text=target, place=place)
        if made is not None and (made.host or found["scheme"] or found["wrapped"]):
            yield made


def _candidates(text: str) -> Iterator[re.Match[str]]:
    """All that looks like an address."""
    if _WRAPPED.search(text):
        yield from _FOUND.finditer(text)
        return
    end = 0
    for seed in _SEED.finditer(text):
        if seed.start() >= end:
            start = text.rfind("\n", end, seed.start()) + 1 or end
            stop = text.find("\n", seed.start())
            end = stop if stop >= 0 else len(text)
            yield from _FOUND.finditer(text, start, end)


def unique(links: Iterable[Link]) -> tuple[tuple[Link, ...], bool]:
    """`links` without repetitions, at most `MAX_LINKS`; and whether some were left out."""
    distinct = tuple(islice(dict.fromkeys(links), MAX_LINKS + 1))
    return distinct[:MAX_LINKS], len(distinct) > MAX_LINKS


def looks_like_address(text: str) -> str:
    """The host that a link's visible text promises ("www.bank.example/login"); empty if it is just words."""
    words = text.split()
    if len(words) != 1 or "." not in words[0] or "@" in words[0]:
        return ""
    found = next(find(words[0], ""), None)
    return found.host if found else ""


def _trimmed(text: str) -> str:
    """Without the punctuation of the sentence around it."""
    while text:
        last = text[-1]
        if last in _TRAILING or (last in _PAIRS and text.count(last) > text.count(_PAIRS[last])):
            text = text[:-1]
        else:
            break
    return text


def _known(target: str) -> bool:
    """Whether a bare name ends in a public suffix, and is not just the name of a file."""
    host = re.split(r"[/?#:]", _DOTS.sub(".", target), maxsplit=1)[0].lower()
    top = host.rpartition(".")[2]
    if top in _FILE_LIKE and len(host) == len(target):
        return False
    return _registrable(host)


@lru_cache(maxsize=2048)
def _registrable(host: str) -> bool:
    try:
        ascii_host = host if host.isascii() else can_ada.idna_encode(host)
    except (ValueError, UnicodeError):
        return False
    if isinstance(ascii_host, bytes):
        ascii_host = ascii_host.decode("ascii", "replace")
    return suffixes().privatesuffix(ascii_host) is not None


def _looks_like_port(text: str) -> bool:
    """Whether this is a host with a port: "example.com:8080/x" has no scheme."""
    name, _, rest = text.partition(":")
    return "." in name and rest[:1].isdigit()
