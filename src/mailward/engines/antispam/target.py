# SPDX-License-Identifier: Apache-2.0
"""One link of a mail, taken apart: whose place it truly leads to, through which doors."""

import ipaddress
import re
from urllib.parse import unquote

import msgspec

from mailward.contract.mail import Link
from mailward.engines.antispam import domains
from mailward.message.links import looks_like_address, normalise

MAX_UNWRAPPED = 3
"""Links inside links that are followed."""


class Target(msgspec.Struct, frozen=True):
    """A link. `host` and `url` are those behind any wrapper of another filter; `owner` is the registrable
    domain; `promised` the host that the visible text shows; `inner` the host of another address inside
    the address (an open redirect); `counted` if a mail service counts the click on the way; `everyday`
    if it is a place that anybody links to; `followed` if a reader may click it."""

    link: Link
    url: str
    host: str
    owner: str
    path: str
    promised: str = ""
    inner: str = ""
    counted: bool = False
    everyday: bool = False
    followed: bool = True

    @property
    def place(self) -> str:
        """Where it stands in the mail."""
        return f"link in {self.link.place}"

    @property
    def free(self) -> bool:
        """Whether anybody may put up a page there."""
        return domains.within(self.host, domains.hosts().free_hosting)

    @property
    def short(self) -> bool:
        """Whether it hides its goal behind a short name."""
        return domains.within(self.host, domains.hosts().shorteners)

    @property
    def is_address(self) -> bool:
        """Whether its host is a bare IP address."""
        return bool(_NUMERIC.fullmatch(self.host)) or _is_address(self.host)


def read(link: Link) -> Target:
    """Take one link apart."""
    url, host = _unwrapped(link.target, link.host)
    owner = domains.registrable(host)
    path = url.partition("://")[2].partition("/")[2]
    promised = looks_like_address(link.text) if link.text and link.text != link.target else ""
    return Target(
        link=link,
        url=url,
        host=host,
        owner=owner,
        path=path,
        promised=promised,
        inner=_inner(path, owner),
        counted=domains.within(host, domains.hosts().mail_services),
        everyday=owner in _EVERYDAY or host in _EVERYDAY,
        followed=not link.place.endswith(("img", "link", "base")) and not _PICTURE.search(path.lower()),
    )


_NUMERIC = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_PICTURE = re.compile(r"\.(?:png|gif|jpe?g|css|woff2?|ico|svg)(?:$|\?)")
_EVERYDAY = frozenset(
    """facebook.com instagram.com twitter.com x.com linkedin.com youtube.com youtu.be pinterest.com tiktok.com
    apple.com apps.apple.com itunes.apple.com play.google.com w3.org schemas.microsoft.com fonts.googleapis.com
    fonts.gstatic.com vimeo.com whatsapp.com""".split()
)
_ADDRESS_INSIDE = re.compile(r"(?:https?(?::|%3a|%253a)(?:/|%2f|%252f){2}|(?<=[=/])www\.)", re.IGNORECASE)


def _is_address(host: str) -> bool:
    if ":" not in host:
        return False
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _unwrapped(url: str, host: str) -> tuple[str, str]:
    """Undo the wrappers that other filters put around links."""
    for _ in range(MAX_UNWRAPPED):
        if not domains.within(host, domains.hosts().wrappers):
            break
        inside = _address_inside(url.partition("://")[2])
        found = normalise(inside) if inside else None
        if not found:
            break
        url, host = found
    return url, host


def _address_inside(rest: str) -> str:
    found = _ADDRESS_INSIDE.search(rest)
    if not found:
        return ""
    inside = rest[found.start() :]
    inside = unquote(inside.partition("&")[0]) if "%" in inside[:14] else inside
    return unquote(inside) if "%3a" in inside[:14].lower() else inside


def _inner(path: str, owner: str) -> str:
    """The host of another address inside this one, if it is somebody else's."""
    if "http" not in path.lower() and "www." not in path.lower():
        return ""
    inside = _address_inside(path)
    found = normalise(inside) if inside else None
    return found[1] if found and found[1] and domains.registrable(found[1]) != owner else ""
