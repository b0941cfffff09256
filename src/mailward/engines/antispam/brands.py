# SPDX-License-Identifier: Apache-2.0
"""The names that criminals borrow (`data/brands.toml`), and how one is recognised in a mail."""

import functools
import re
import tomllib
from importlib import resources

import msgspec

from mailward.engines.antispam.domains import cheap_ending, imitates, label, registrable, within
from mailward.engines.antispam.fold import fold, skeleton


class Brand(msgspec.Struct, frozen=True):
    """A brand: the name it was found by, and every domain that is truly its own."""

    name: str
    domains: frozenset[str]
    labels: frozenset[str]

    def owns(self, host: str) -> bool:
        """Whether a host is the brand's: one of its domains, or the same name under an ordinary ending,
        for brands have a site in every country ("dhl.cz")."""
        return within(host, self.domains) or (label(host) in self.labels and not cheap_ending(host))


class _Book(msgspec.Struct, frozen=True):
    """All brands by folded name; one pattern that finds any of them; those that are no plain words
    by their first word; those of other scripts; those that are plain words; the labels of true domains for looking up imitations."""

    by_name: dict[str, Brand]
    pattern: re.Pattern[str]
    beginnings: dict[str, list[str]]
    other_scripts: tuple[str, ...]
    common: frozenset[str]
    by_skeleton: dict[str, tuple[str, ...]]


_NO_WORD = 2


@functools.cache
def _book() -> _Book:
    data = tomllib.loads((resources.files("mailward.engines.antispam") / "data" / "brands.toml").read_text("utf-8"))
    by_name: dict[str, Brand] = {}
    for names, domains in data["brands"].items():
        for name in names.split("|"):
            known = by_name.get(fold(name))
            together = frozenset(domains) | (known.domains if known else frozenset())
            labels = frozenset(found for found in map(label, together) if len(found) > _NO_WORD)
            by_name[fold(name)] = Brand(fold(name), together, labels)
    longest_first = sorted(by_name, key=len, reverse=True)
    pattern = re.compile(
        r"(?<![a-z0-9])(?:"
        + "|".join(re.escape(name) + (r"(?![a-z0-9])" if name.isascii() else "") for name in longest_first)
        + ")"
    )
    by_skeleton: dict[str, list[str]] = {}
    for brand in by_name.values():
        for domain in brand.domains:
            by_skeleton.setdefault(skeleton(label(domain)), []).append(domain)
    common = frozenset(map(fold, data["common"]))
    beginnings: dict[str, list[str]] = {}
    for name in by_name:
        if name.isascii() and name not in common:
            beginnings.setdefault(name.split()[0], []).append(name)
    return _Book(
        by_name,
        pattern,
        beginnings,
        tuple(name for name in by_name if not name.isascii()),
        common,
        {key: tuple(found) for key, found in by_skeleton.items()},
    )


def named(text: str) -> tuple[Brand, ...]:
    """The brands named in a folded text, each once, in order; names that are plain words are left out."""
    book = _book()
    names = list(() if text.isascii() else book.other_scripts)
    for word in book.beginnings.keys() & {*_WORD.split(text), *text.split()}:
        names += book.beginnings[word]
    found = sorted((place, name) for name in names if (place := _place(text, name)) >= 0)
    return tuple(book.by_name[name] for _, name in found)


def _place(text: str, name: str) -> int:
    """Where a name stands as a word of its own, or -1."""
    place = text.find(name)
    while place >= 0:
        before, after = text[place - 1 : place], text[place + len(name) : place + len(name) + 1]
        if not name.isascii() or not (_is_plain(before) or _is_plain(after)):
            return place
        place = text.find(name, place + 1)
    return -1


def _is_plain(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


_WORD = re.compile(r"[^a-z0-9]+")


def claimed(name: str) -> Brand | None:
    """The brand that a sender's folded display name claims to be. A plain word ("apple") counts only if
    it is the whole name, or stands beside a word of service ("apple support")."""
    book = _book()
    for found in book.pattern.finditer(name):
        if found[0] not in book.common or _alone(name, found[0]):
            return book.by_name[found[0]]
    tight = skeleton(re.sub(r"[^\w]", "", name))
    if len(tight) >= _LONG_ENOUGH and (brand := book.by_name.get(tight)) and brand.name not in book.common:
        return brand
    return None


_LONG_ENOUGH = 6
_SERVICE = re.compile(
    r"\b(support|service|services|security|team|billing|account|accounts|customer|client|care|help|id|pay|alert|alerts|"
    r"notice|notification|notifications|info|online|express|delivery|kundenservice|sicherheit|konto|bank|banca|banque|"
    r"banco|servicio|servizio|atendimento|inc|membership|prime|rewards?|premium|noreply|no-reply|department)\b"
)


def _alone(name: str, brand: str) -> bool:
    rest = name.replace(brand, " ", 1)
    return not re.search(r"[^\W_]", rest) or bool(_SERVICE.search(rest))


@functools.lru_cache(maxsize=8192)
def imitated(host: str) -> str:
    """The true domain that a host looks like ("rnicrosoft.com"), or empty."""
    book = _book()
    own = registrable(host)
    if not own or "." not in own:
        return ""
    plain = skeleton(label(host))
    same = book.by_skeleton.get(plain, ())
    if own in same or is_true(host):
        return ""
    for domain in same:
        if imitates(host, domain):
            return domain
    return _slipped(host)


@functools.cache
def _true_domains() -> frozenset[str]:
    return frozenset().union(*(brand.domains for brand in _book().by_name.values()))


def _slipped(host: str) -> str:
    """A brand's long label with one slip."""
    mine = label(host)
    if not len(mine) + 1 >= _SLIP_LENGTH:
        return ""
    for domain in _long_labels().get(len(mine), ()):
        if imitates(host, domain):
            return domain
    return ""


_SLIP_LENGTH = 7


@functools.cache
def _long_labels() -> dict[int, tuple[str, ...]]:
    """True domains by the lengths a slip of their label may have."""
    found: dict[int, list[str]] = {}
    for domain in sorted(_true_domains()):
        size = len(domain.partition(".")[0])
        if size >= _SLIP_LENGTH and domain.partition(".")[0] in _distinct_names():
            for length in (size - 1, size, size + 1):
                found.setdefault(length, []).append(domain)
    return {length: tuple(domains) for length, domains in found.items()}


@functools.cache
def _distinct_names() -> frozenset[str]:
    """Brand names without spaces, which are no plain words."""
    book = _book()
    return frozenset(name.replace(" ", "") for name in book.by_name if name.isascii() and name not in book.common)


@functools.lru_cache(maxsize=8192)
def worn(host: str) -> str:
    """The brand whose name somebody else's host wears ("paypal-login.example", "apple.com.verify.example")."""
    names = _distinct_names()
    if is_true(host) or (label(host) in names and not cheap_ending(host)):
        return ""
    for token in re.split(r"[^a-z0-9]+", host.rpartition(".")[0]):
        if token in names and len(token) >= _NAME_LENGTH:
            return token
        if len(token) > _GLUED:
            for name in _glue_names():
                if token.startswith(name) or token.endswith(name):
                    return name
    return ""


_NAME_LENGTH = 5
_GLUED = 9


@functools.cache
def _glue_names() -> tuple[str, ...]:
    """Names so distinct that they may be glued to other words ("mercadopagoacesso")."""
    return tuple(
        sorted(name for name in _distinct_names() if len(name) >= _SLIP_LENGTH and re.fullmatch(r"[a-z0-9]+", name))
    )


def is_true(host: str) -> bool:
    """Whether `host` belongs to one of the brands."""
    return within(host, _true_domains())
