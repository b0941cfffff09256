# SPDX-License-Identifier: Apache-2.0
"""What a domain says in its MTA-STS record and policy (RFC 8461, 3): read strictly, or not at all."""

import re
from enum import StrEnum

import msgspec

from mailward.kit.domain_names import plain_domain

MAX_AGE = 31_557_600
"""Seconds: a year, the longest that a policy may be kept (RFC 8461, 3.2)."""
MAX_MX = 100
MAX_LINES = 300
MAX_BYTES = 64 * 1024
_ID = re.compile(r"[A-Za-z0-9]{1,32}")


class BadPolicy(ValueError):  # noqa: N818 - reads better where it is caught
    """This is no policy. The text says why."""


class Mode(StrEnum):
    """What a failure means: no delivery, a report, or nothing."""

    ENFORCE = "enforce"
    TESTING = "testing"
    NONE = "none"


class StsPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy; `max_age` in seconds, `mx` host names, or *.domain."""

    mode: Mode
    mx: tuple[str, ...] = ()
    max_age: int

    def permits(self, host: str) -> bool:
        """Whether a host may receive mail for the domain; a wildcard stands for one label (RFC 8461, 4.1)."""
        name = host.lower().removesuffix(".")
        above = "*." + name.partition(".")[2]
        return any(pattern in (name, above) for pattern in self.mx)


def record_id(texts: tuple[bytes, ...]) -> str:
    """The id of the one record at _mta-sts.DOMAIN, or "" if there is no policy (RFC 8461, 3.1)."""
    found = [text for text in texts if text.startswith(b"v=STSv1;")]
    if len(found) != 1:
        return ""
    fields = [field.strip() for field in found[0].decode("ascii", "replace").split(";")]
    pairs = dict(field.split("=", 1) for field in fields[1:] if "=" in field)
    identifier = pairs.get("id", "")
    return identifier if _ID.fullmatch(identifier) else ""


def read_policy(body: bytes) -> StsPolicy:
    """A policy from what the domain's web server sent.

    Raises:
        BadPolicy
    """
    if len(body) > MAX_BYTES:
        raise BadPolicy(f"the policy is larger than {MAX_BYTES} octets")
    try:
        lines = body.decode("utf-8").splitlines()
    except UnicodeDecodeError as exc:
        raise BadPolicy("the policy is not UTF-8") from exc
    if len(lines) > MAX_LINES:
        raise BadPolicy(f"the policy has more than {MAX_LINES} lines")
    fields: dict[str, list[str]] = {}
    for line in lines:
        if not line.strip():
            continue
        key, colon, value = line.partition(":")
        if not colon:
            raise BadPolicy("a line of the policy is no `key: value`")
        fields.setdefault(key.strip().lower(), []).append(value.strip())
    return _policy(fields)


def _policy(fields: dict[str, list[str]]) -> StsPolicy:
    if fields.get("version", [""])[0] != "STSv1":
        raise BadPolicy("the policy's version is not STSv1")
    try:
        mode = Mode(fields.get("mode", [""])[0])
    except ValueError as exc:
        raise BadPolicy("the policy's mode is not enforce, testing or none") from exc
    age = fields.get("max_age", [""])[0]
    if not age.isascii() or not age.isdigit() or len(age) > 10:  # noqa: PLR2004 - RFC 8461, 3.2
        raise BadPolicy("the policy's max_age is no number of seconds")
    mx = tuple(_pattern(text) for text in fields.get("mx", []))
    if len(mx) > MAX_MX:
        raise BadPolicy(f"the policy names more than {MAX_MX} servers")
    if not mx and mode is not Mode.NONE:
        raise BadPolicy("the policy names no mx")
    return StsPolicy(mode=mode, mx=mx, max_age=min(int(age), MAX_AGE))


def _pattern(text: str) -> str:
    wild = "*." if text.startswith("*.") else ""
    name = plain_domain(text[len(wild) :])
    if not name:
        raise BadPolicy(f"{text[:60]!r} is no name of a mail server")
    return wild + name
