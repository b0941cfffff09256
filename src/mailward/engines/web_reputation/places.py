# SPDX-License-Identifier: Apache-2.0
"""The names under which a list may know an address: its host, the hosts above, and the folders above its page.

Everything here is given addresses as a browser opens them (`mailward.message.links.normalise`): lists
and mails are brought to the same form, so `HTTP://Evil.example:80/a/../b` of a list is found in a mail as
`http://evil.example/b`. The scheme does not count.
"""

import functools
import ipaddress
import re

from mailward.message.links import normalise, suffixes

MAX_PARENTS = 5
"""Hosts above that are asked for, the highest first: of `a.b.c.d.e.f.g.example`, not those in the middle."""
MAX_FOLDERS = 6
"""Folders that are asked for, the outermost first."""


def hosts(host: str) -> tuple[str, ...]:
    """A host and those above it, down to the registered name, the narrowest first.

    >>> hosts("login.shop.example.co.uk")
    ('login.shop.example.co.uk', 'shop.example.co.uk', 'example.co.uk')
    """
    return _hosts(host)


@functools.lru_cache(maxsize=8192)
def _hosts(host: str) -> tuple[str, ...]:
    if is_address(host):
        return (host,)
    labels = host.split(".")
    suffix = suffixes().publicsuffix(host) or labels[-1]
    least = suffix.count(".") + 2
    above = [".".join(labels[start:]) for start in range(1, len(labels) - least + 1)]
    return (host, *above[-MAX_PARENTS:])


def is_address(host: str) -> bool:
    """Whether a normalised host is an IP address."""
    if host.startswith("["):
        return True
    if not host[-1:].isdigit():
        return False
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def is_suffix(host: str) -> bool:
    """Whether everybody may register names below it: an entry for it would mean half the world."""
    return "." not in host or suffixes().publicsuffix(host) == host


def rest_of(url: str) -> str:
    """What stands behind the host of a normalised address, without the fragment: `/a/b?c`."""
    rest = url.partition("://")[2]
    place = rest.find("/")
    return rest[place:].partition("#")[0] if place >= 0 else "/"


def folders(rest: str) -> tuple[str, ...]:
    """What a list may name of a page: the page with its query, without it, and the folders above, outermost
    first; the root is the host itself.

    >>> folders("/a/b/c.php?d=1")
    ('/a/b/c.php?d=1', '/a/b/c.php', '/a/', '/a/b/')
    """
    page = rest.partition("?")[0]
    found = [rest, page] if rest != page else [page]
    place = page.find("/", 1)
    while place > 0 and len(found) < MAX_FOLDERS + 2:
        found.append(page[: place + 1])
        place = page.find("/", place + 1)
    return tuple(dict.fromkeys(name for name in found if name != "/"))


def entry(text: str) -> str:
    """One line of a list in the form that is looked up: a host, or a host with a path. A trailing slash names a
    folder, `*.` before a host means what the bare host means.

    >>> entry("hxxp://Evil[.]example/login/")
    'evil.example/login/'
    >>> entry("*.evil.example")
    'evil.example'

    Raises:
        ValueError: it is no web address, or half the world. The text says which.
    """
    plain = text.strip().removeprefix("*").lstrip(".")
    if len(plain) > _MAX_ENTRY:
        raise ValueError(f"an entry may have {_MAX_ENTRY} characters")
    if " " in plain:
        raise ValueError(f"{text[:60]!r} holds a space")
    opened = normalise(plain)
    if opened is None or not opened[1] or "@" in plain.partition("/")[0]:
        raise ValueError(f"{text[:60]!r} is no web address")
    url, host = opened
    if not is_address(host) and is_suffix(host):
        raise ValueError(f"{host[:60]!r} is an ending under which everybody registers names")
    if not is_address(host) and not _HOST.fullmatch(host):
        raise ValueError(f"{text[:60]!r} is no host on the internet")
    rest = rest_of(url)
    return host if rest == "/" else host + rest


_MAX_ENTRY = 4096
_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)+[a-z][a-z0-9-]{0,62}")
