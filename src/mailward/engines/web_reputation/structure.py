# SPDX-License-Identifier: Apache-2.0
"""The shape of a web address: a score from 0 (worst) to 100, with the marks that made it.

A logistic model over marks that were written by hand and that a person can check by looking at the
address. Only their weights are learned (`make train`, `data/structure.toml`); no word or name of the
addresses that it learned from is in it. Of pure arithmetic: about 20 microseconds for an address.
"""

import bisect
import functools
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from mailward.engines.antispam import brands, domains, url_shapes
from mailward.engines.antispam.target import Target

DATA = Path(__file__).parent / "data" / "structure.toml"

MAX_READ = 1_024
"""Characters of an address that are looked at; a browser opens more, but what is odd stands in front."""

_LONG_HOST = 32
_LONG_LABEL = 18
_LONG_PATH = 60
_VERY_LONG_PATH = 140
_DEEP = 4
_HYPHENS = 3
_DIGITS = 4
_SHORT_RANDOM = re.compile(r"(?<![a-z0-9])(?=[a-z]*[0-9])(?=[0-9]*[a-z])[a-z0-9]{5,12}(?![a-z0-9.-])", re.IGNORECASE)
_HEX = re.compile(r"(?<![0-9a-z])[0-9a-f]{24,}(?![0-9a-z])", re.IGNORECASE)
_MAIL_ADDRESS = re.compile(r"[\w.+-]{1,64}(?:@|%40)[\w-]{1,63}\.\w{2,}")
_SCRIPT = re.compile(r"\.(?:php|asp|aspx|cgi)\d?(?:$|[/?#])", re.IGNORECASE)
_PAGE = re.compile(r"\.html?(?:$|[?#])", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|home|default|main|indx)\.\w{2,5}(?:$|[?#])", re.IGNORECASE)
_WORDS = re.compile(r"[a-z]{3,}(?:-[a-z]{2,}){3,}")
_DATED = re.compile(r"/(?:19|20)\d\d/\d\d?(?:/|$)")
_LISTS = re.compile(
    r"/(?:archives?|listinfo|mailman|pipermail|lists?|wiki|doc|docs|news|about|help|faq|tags?|search)(?:/|$|\.)",
    re.IGNORECASE,
)
_ODD_SIGNS = re.compile(r"%[0-9a-f]{2}", re.IGNORECASE)
_FEW_ODD_SIGNS = 3
_OLD_ENDINGS = frozenset("com org net edu gov mil int".split())
_PREFIXES = ("www.", "www2.", "web.", "m.", "en.")


class Mark(msgspec.Struct, frozen=True):
    """One thing that an address may have. `sign` is 1 if it can only speak against it, -1 if only for it,
    0 if the training may say. `host` marks are the same for all addresses of a host."""

    id: str
    text: str
    sign: int
    test: Callable[[Target], object]
    host: bool = False


class Opinion(msgspec.Struct, frozen=True):
    """What the shape says. `score` is 0 to 100; `marks` are those that spoke against the address, by name,
    each with its part of what is missing to 100, the heaviest first."""

    score: int
    marks: tuple[tuple[str, float], ...] = ()


class Model(msgspec.Struct, frozen=True):
    """Weights by mark, and the points between which a logit becomes a score."""

    bias: float
    weights: dict[str, float]
    knots: tuple[tuple[float, int], ...]
    trained: str = ""


def _bare(target: Target) -> bool:
    """The registered name itself, or its usual front door."""
    host = target.host
    for prefix in _PREFIXES:
        host = host.removeprefix(prefix)
    return host == target.owner


def _below(target: Target) -> str:
    """The labels left of the registered name."""
    return target.host.removesuffix(target.owner).rstrip(".")


def _path(target: Target) -> str:
    return "/" + target.path[:MAX_READ].partition("?")[0].partition("#")[0]


def _tail(target: Target) -> str:
    """From the query on."""
    path = target.path[:MAX_READ]
    cut = min((place for sign in "?#" if (place := path.find(sign)) >= 0), default=len(path))
    return path[cut:]


def _segments(target: Target) -> list[str]:
    return [part for part in _path(target).split("/") if part]


def _wears_brand(target: Target) -> bool:
    """Somebody else's host with a brand's name in it. The name of the platform on which a free page stands is
    not borrowed."""
    if target.counted:
        return False
    host = target.host
    platform = next((name for name in _above(host) if name in domains.hosts().free_hosting), "")
    if platform:
        host = f"{host.removesuffix(platform).rstrip('.')}.example.net"
    return bool(brands.worn(host))


def _above(host: str) -> Iterator[str]:
    """A host and those above it."""
    while host:
        yield host
        _, _, host = host.partition(".")


def _host_words(target: Target) -> bool:
    return not brands.is_true(target.host) and bool(url_shapes.LOGIN.search(target.host))


def _path_words(target: Target) -> bool:
    return not brands.is_true(target.host) and bool(url_shapes.LOGIN.search(target.path[:200].lower()))


def _brand_in_path(target: Target) -> bool:
    words = re.sub(r"[^a-z]+", " ", target.path[:160].lower())
    found = brands.named(words)
    return bool(found) and not any(brand.owns(target.host) for brand in found)


def _brand_below(target: Target) -> bool:
    """A brand's true name in front of somebody else's: "paypal.com.example.net"."""
    below = _below(target)
    return "." in below and any(brands.is_true(".".join(below.split(".")[start:])) for start in range(below.count(".")))


def _digits(text: str) -> int:
    return sum(sign.isdigit() for sign in text)


MARKS: tuple[Mark, ...] = (
    Mark("host_is_address", "The host is a bare IP address.", 1, lambda t: t.is_address, host=True),
    Mark("host_imitates", "The host looks like a known brand's, but is not.", 1,
         lambda t: not t.counted and brands.imitated(t.host), host=True),
    Mark("host_wears_brand", "The host wears a brand's name beside other words.", 1,
         _wears_brand, host=True),
    Mark("brand_below", "A brand's whole name stands in front of somebody else's.", 1, _brand_below, host=True),
    Mark("host_random", "The host reads like a machine's choice.", 1,
         lambda t: any(map(domains.looks_random, (*_below(t).split("."), domains.label(t.owner)))), host=True),
    Mark("host_cheap", "The domain has an ending that is cheap and often abused.", 1,
         lambda t: domains.cheap_ending(t.host), host=True),
    Mark("host_free", "Anybody can put up a page there for nothing.", 1, lambda t: t.free, host=True),
    Mark("host_short", "It hides its goal behind a shortener.", 1, lambda t: t.short, host=True),
    Mark("host_punycode", "The host is written with foreign letters.", 1, lambda t: "xn--" in t.host, host=True),
    Mark("host_no_suffix", "The host's ending is not one under which names are registered.", 0,
         lambda t: not t.is_address and not domains.has_public_suffix(t.host), host=True),
    Mark("host_long", "The host is long.", 1, lambda t: len(t.host) > _LONG_HOST, host=True),
    Mark("label_long", "The registered name is long.", 0, lambda t: len(domains.label(t.owner)) > _LONG_LABEL, host=True),
    Mark("host_hyphens", "The host has many hyphens.", 1, lambda t: t.host.count("-") >= _HYPHENS, host=True),
    Mark("host_hyphen", "The registered name has a hyphen.", 0, lambda t: "-" in t.owner, host=True),
    Mark("host_digits", "The host has many digits.", 1,
         lambda t: not t.is_address and _digits(t.host) >= _DIGITS, host=True),
    Mark("host_digit", "The registered name has a digit.", 0,
         lambda t: not t.is_address and _digits(t.owner) > 0, host=True),
    Mark("host_deep", "The host has many parts.", 1,
         lambda t: not t.is_address and _below(t).count(".") >= 2, host=True),
    Mark("host_sub", "The host is a name below the registered one.", 0, lambda t: not _bare(t) and not t.is_address,
         host=True),
    Mark("host_www", "The host begins with www.", -1, lambda t: t.host.startswith("www."), host=True),
    Mark("host_login", "The host wears words of signing in.", 1, _host_words, host=True),
    Mark("ending_old", "The ending is an old one: com, org, net ...", 0,
         lambda t: t.host.rpartition(".")[2] in _OLD_ENDINGS, host=True),
    Mark("ending_country", "The ending is a country's.", 0,
         lambda t: len(t.host.rpartition(".")[2]) == 2, host=True),
    Mark("ending_public", "The ending is a school's or a state's.", -1,
         lambda t: re.search(r"\.(?:edu|gov|mil|ac|gob|gouv)(?:\.\w\w)?$", t.host), host=True),
    Mark("host_brand", "The host belongs to a known brand.", -1, lambda t: brands.is_true(t.host), host=True),
    Mark("host_counts", "A mail service counts the click on the way.", -1, lambda t: t.counted, host=True),
    Mark("host_everyday", "Anybody links there.", -1, lambda t: t.everyday, host=True),
    Mark("user", "A user name stands before the host, to mislead the eye.", 1, lambda t: url_shapes.USER.match(t.url)),
    Mark("port", "It uses an unusual port.", 1, lambda t: url_shapes.ODD_PORT.match(t.url)),
    Mark("path_none", "It leads to the front page.", 0, lambda t: not t.path.strip("/")),
    Mark("path_login", "The path wears words of signing in.", 1, _path_words),
    Mark("path_brand", "A brand's name stands in the path of somebody else's page.", 1, _brand_in_path),
    Mark("path_built", "It leads deep into a site's machinery, where intruders hide pages.", 1,
         lambda t: url_shapes.BUILT.search(_path(t))),
    Mark("path_program", "It leads to an archive or a program.", 1, lambda t: url_shapes.PROGRAM.search(_path(t))),
    Mark("path_script", "The page is a script of the server.", 0, lambda t: _SCRIPT.search(_path(t))),
    Mark("path_page", "The page is a file.", 0, lambda t: _PAGE.search(_path(t))),
    Mark("path_index", "It names the front page of a folder.", 1, lambda t: _INDEX.search(_path(t))),
    Mark("path_deep", "The path is deep.", 0, lambda t: len(_segments(t)) >= _DEEP),
    Mark("path_long", "The path is long.", 0, lambda t: len(_path(t)) > _LONG_PATH),
    Mark("path_random", "The path holds a machine's choice.", 0,
         lambda t: any(map(domains.looks_random, _segments(t)[-3:]))),
    Mark("path_short_token", "The path ends in a short code.", 0,
         lambda t: bool(_segments(t)) and bool(_SHORT_RANDOM.fullmatch(_segments(t)[-1]))),
    Mark("path_double", "The path has an empty folder.", 1, lambda t: "//" in _path(t)),
    Mark("path_words", "The path is a title in words.", -1, lambda t: _WORDS.search(_path(t).lower())),
    Mark("path_dated", "The path holds a date.", -1, lambda t: _DATED.search(_path(t))),
    Mark("path_archive", "The path is that of archives and manuals.", -1, lambda t: _LISTS.search(_path(t))),
    Mark("path_tilde", "The path is a person's own.", 0, lambda t: "/~" in _path(t)),
    Mark("path_at", "The path holds an @.", 1, lambda t: "@" in _path(t)),
    Mark("whole_long", "The address is very long.", 0, lambda t: len(t.path) > _VERY_LONG_PATH),
    Mark("token", "It carries a long coded tail.", 0, lambda t: url_shapes.LONG_TOKEN.search(t.path[:MAX_READ])),
    Mark("hex", "It carries a long number in hexadecimal.", 0, lambda t: _HEX.search(t.path[:MAX_READ])),
    Mark("query", "It asks a question of the page.", 0, lambda t: "?" in _tail(t)),
    Mark("query_many", "It has many parameters.", 0, lambda t: _tail(t).count("&") >= 3),
    Mark("mail_address", "It carries somebody's mail address.", 1, lambda t: _MAIL_ADDRESS.search(t.path[:MAX_READ])),
    Mark("inner", "It holds another site's address: it redirects.", 1, lambda t: t.inner and not t.counted),
    Mark("coded", "Much of it is written in code.", 0,
         lambda t: len(_ODD_SIGNS.findall(t.path[:MAX_READ])) > _FEW_ODD_SIGNS),
    Mark("fragment", "It has a part behind #.", 0, lambda t: "#" in _tail(t)),
)  # fmt: skip

TEXTS = {f"url_{mark.id}": mark.text for mark in MARKS}
"""What people read for each mark, by the id of its reason."""

_HOST_MARKS = tuple((number, mark.test) for number, mark in enumerate(MARKS) if mark.host)
_OTHER_MARKS = tuple((number, mark.test) for number, mark in enumerate(MARKS) if not mark.host)
_hosts: dict[str, tuple[int, ...]] = {}
_MAX_HOSTS = 8_192


def marks_of(target: Target) -> Sequence[int]:
    """The numbers of the marks that an address has."""
    host = _hosts.get(target.host)
    if host is None:
        if len(_hosts) >= _MAX_HOSTS:
            _hosts.clear()
        host = _hosts[target.host] = tuple(number for number, test in _HOST_MARKS if test(target))
    return (*host, *(number for number, test in _OTHER_MARKS if test(target)))


@functools.cache
def model() -> Model:
    """The weights that `make train` wrote."""
    return msgspec.convert(tomllib.loads(DATA.read_text("utf-8")), Model)


@functools.cache
def _weights() -> tuple[float, ...]:
    return tuple(model().weights[mark.id] for mark in MARKS)


def logit(target: Target) -> float:
    """The model's own number: above 0 is rather bad than good."""
    weights = _weights()
    return model().bias + sum(weights[number] for number in marks_of(target))


def rate(target: Target) -> Opinion:
    """What an address looks like."""
    weights = _weights()
    spoke = [(weights[number], number) for number in marks_of(target) if weights[number]]
    score = score_of(model().bias + sum(weight for weight, _ in spoke))
    raised = sorted(((weight, number) for weight, number in spoke if weight > 0), reverse=True)
    total = sum(weight for weight, _ in raised)
    return Opinion(score, tuple((MARKS[number].id, (100 - score) * weight / total) for weight, number in raised))


def score_of(number: float) -> int:
    """A logit as 0 to 100, linear between the knots."""
    knots = model().knots
    place = bisect.bisect_left(knots, (number, -1))
    if place == 0:
        return knots[0][1]
    if place == len(knots):
        return knots[-1][1]
    (left, high), (right, low) = knots[place - 1], knots[place]
    return round(high + (low - high) * (number - left) / (right - left))
