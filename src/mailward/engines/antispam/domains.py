# SPDX-License-Identifier: Apache-2.0
"""Names of hosts: whose they are, and which other name they try to look like."""

import functools
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import idna
import msgspec

from mailward.engines.antispam.fold import fold, skeleton
from mailward.kit.kept import kept
from mailward.message.links import suffixes


class Hosts(msgspec.Struct, frozen=True):
    """Who runs what on the internet (`data/hosts.toml`)."""

    free_mail: frozenset[str]
    shorteners: frozenset[str]
    free_hosting: frozenset[str]
    mail_services: frozenset[str]
    wrappers: frozenset[str]
    cheap_endings: frozenset[str]


@functools.cache
def hosts() -> Hosts:
    """The lists, read once."""
    data = tomllib.loads((_ROOM / "data" / "hosts.toml").read_text("utf-8"))
    return Hosts(**{name: frozenset(names) for name, names in data.items()})


_ROOM = Path(__file__).parent


@functools.lru_cache(maxsize=8192)
def registrable(host: str) -> str:
    """The name that somebody registered: "example.co.uk" of "www.example.co.uk"; the last two labels
    where no public suffix is known ("shop.test"); the host itself if it is an address or one label."""
    known = suffixes().privatesuffix(host)
    if known or ":" in host or host[-1:].isdigit():
        return known or host
    return ".".join(host.split(".")[-2:])


@functools.lru_cache(maxsize=8192)
def has_public_suffix(host: str) -> bool:
    """Whether the ending of `host` is one under which names are registered."""
    return bool(suffixes().publicsuffix(host))


@functools.lru_cache(maxsize=8192)
def label(host: str) -> str:
    """The registered label: "example" of "www.example.co.uk"."""
    return registrable(host).partition(".")[0]


def within(host: str, names: frozenset[str]) -> bool:
    """Whether `host` is one of `names` or below one."""
    while host:
        if host in names:
            return True
        _, _, host = host.partition(".")
    return False


def is_free_mail(domain: str) -> bool:
    """Whether anybody may have a mailbox there."""
    return within(domain, hosts().free_mail)


def cheap_ending(host: str) -> str:
    """The cheap ending of `host` ("tk", "us.com"), or empty."""
    last = host.rpartition(".")[2]
    pair = ".".join(host.split(".")[-2:])
    endings = hosts().cheap_endings
    return pair if pair in endings and pair != host else last if last in endings and last != host else ""


@functools.lru_cache(maxsize=4096)
def shown(host: str) -> str:
    """A host as a reader sees it: punycode labels decoded."""
    if "xn--" not in host:
        return host
    try:
        return idna.decode(host)
    except (idna.IDNAError, UnicodeError):
        return host


@functools.lru_cache(maxsize=8192)
def imitates(host: str, true_name: str) -> bool:
    """Whether `host`'s registered name looks like `true_name` (a registrable domain) without being it:
    one look (skeleton), one slip away, or the same label under another ending."""
    own, other = registrable(host), true_name
    if own == other or not own or "." not in own:
        return False
    mine, theirs = label(shown(host)), other.partition(".")[0]
    if len(theirs) < _SHORT:
        return False
    plain, meant = skeleton(mine), skeleton(theirs)
    if mine != theirs and plain == meant:
        return True
    return len(theirs) >= _LONG and mine != theirs and one_slip(plain, meant)


_SHORT = 4
_LONG = 6


def one_slip(one: str, other: str) -> bool:
    """Whether two words differ by one letter added, left out, changed, or two neighbours swapped."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = 0
    shorter = min(len(one), len(other))
    while start < shorter and one[start] == other[start]:
        start += 1
    if len(one) == len(other):
        if one[start + 1 :] == other[start + 1 :]:
            return True
        return one[start : start + 2] == other[start : start + 2][::-1] and one[start + 2 :] == other[start + 2 :]
    longer, short = (one, other) if len(one) > len(other) else (other, one)
    return longer[start + 1 :] == short[start:]


_PARTS = re.compile(r"[^a-z0-9]+")
_TOKEN = 7
_MIXES = re.compile(r"[a-z](?=[0-9])|[0-9](?=[a-z])")
_MIXED = 3
_RARE = 0.4
_COMMON_PAIR = 12


def looks_random(text: str) -> bool:
    """Whether a label or local part reads like a machine's choice: digits strewn among letters, or pairs of
    letters that words do not have. Judged part by part, so "john.smith85" does not."""
    return any(_random_token(token) for token in _PARTS.split(text.lower()) if len(token) >= _TOKEN)


@functools.lru_cache(maxsize=8192)
def _random_token(token: str) -> bool:
    if len(_MIXES.findall(token)) >= _MIXED:
        return True
    letters = re.sub("[0-9]+", "", token)
    if len(letters) < _TOKEN:
        return False
    pairs = [letters[place : place + 2] for place in range(len(letters) - 1)]
    return sum(pair not in _common_pairs() for pair in pairs) > len(pairs) * _RARE


@functools.cache
def _common_pairs() -> frozenset[str]:
    """The pairs of letters that the words of our own lists have several times."""
    texts = [file.read_text("utf-8") for file in sorted((_ROOM / "lexicon").iterdir())]
    packed = kept("pairs", made_of=(*texts, _COMMON_PAIR), beside=_ROOM, make=lambda: _counted(texts))
    return frozenset(packed.decode().split())


def _counted(texts: Iterable[str]) -> bytes:
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_pairs(fold(text)))
    return " ".join(pair for pair, count in counts.items() if count >= _COMMON_PAIR).encode()


def _pairs(text: str) -> Iterator[str]:
    for word in re.findall("[a-z]{3,}", text):
        yield from (word[place : place + 2] for place in range(len(word) - 1))
