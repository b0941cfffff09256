# SPDX-License-Identifier: Apache-2.0
"""The Authentication-Results field (RFC 8601): ours written so that nothing in a mail can write in it,
and those found that falsely bear our name."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from mailward.checks.authentication.names import domain_name
from mailward.contract.authentication import Authentication, DkimResult
from mailward.contract.envelope import Connection, Envelope

FOLD = ";\r\n\t"
MAX_VALUE = 320
MAX_HEAD = 4000
"""Characters of a field that is read closely; in a longer one our name may not stand at all."""

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]+\Z")
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&*+._^`{|}~-]+@[A-Za-z0-9.-]+\Z")
_UNSEEN = re.compile(r"[^!-~]+")
_NAME = "authentication-results"


def authentication_results(
    authentication: Authentication, *, authserv_id: str, connection: Connection, envelope: Envelope
) -> str:
    """The value of the field, folded with CRLF and a tab after each semicolon.

    Raises `ValueError` if `authserv_id` is no host name.
    """
    if not authserv_id or domain_name(authserv_id) != authserv_id.lower():
        raise ValueError(f"no host name: {authserv_id!r}")
    if not authentication.evaluated:
        return f"{authserv_id}; none"
    return FOLD.join([authserv_id, *_methods(authentication, connection, envelope)])


def _methods(authentication: Authentication, connection: Connection, envelope: Envelope) -> Iterator[str]:
    spf, dmarc, arc = authentication.spf, authentication.dmarc, authentication.arc
    identity = _property("smtp.mailfrom", envelope.sender) if spf.scope == "mfrom" else ""
    if spf.scope == "helo":
        identity = _property("smtp.helo", connection.helo)
    yield f"spf={spf.result}{_reason(spf.why)}{identity}{_property('smtp.remote-ip', connection.peer_ip)}"
    for signature in authentication.dkim:
        yield _dkim(signature)
    if not authentication.dkim:
        yield "dkim=none"
    comment = f" (p={dmarc.policy}{' t=y' if dmarc.testing else ''})" if dmarc.policy else ""
    yield f"dmarc={dmarc.result}{comment}{_reason(dmarc.why)}{_property('header.from', dmarc.domain)}"
    count = f" (i={len(arc.sealers)})" if arc.sealers else ""
    yield f"arc={arc.result}{count}{_reason(arc.why)}"


def _dkim(signature: DkimResult) -> str:
    comment = f" ({signature.bits}-bit key)" if signature.bits else ""
    return (
        f"dkim={signature.result}{comment}{_reason(signature.why)}"
        f"{_property('header.d', signature.domain)}{_property('header.s', signature.selector)}"
        f"{_property('header.a', signature.algorithm)}"
    )


def _reason(why: str) -> str:
    return f" reason={_quoted(why)}" if why else ""


def _property(name: str, value: str) -> str:
    if not value:
        return ""
    value = value[:MAX_VALUE]
    plain = _TOKEN.match(value) or _ADDRESS.match(value)
    return f" {name}={value if plain else _quoted(value)}"


def _quoted(text: str) -> str:
    """A quoted string that holds printable ASCII only (RFC 5322, 3.2.4)."""
    text = "".join(letter if " " <= letter <= "~" else "?" for letter in text[:MAX_VALUE])
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def forged(headers: Iterable[tuple[int, str | bytes, str | bytes]], authserv_id: str) -> tuple[int, ...]:
    """The indexes of Authentication-Results fields that claim to be ours (RFC 8601, 5), however
    they are spelled: case, folding, comments, quotes, invisible letters, a version, look-alikes."""
    ours = _bare(authserv_id)
    return tuple(index for index, name, value in headers if _bare(_text(name)) == _NAME and _claims(_text(value), ours))


def _claims(value: str, ours: str) -> bool:
    """Whether the authserv-id may be read as ours: in the text before the first semicolon, with
    comments taken out or, lest a broken comment hide it, left in."""
    if len(value) > MAX_HEAD:
        return ours in _bare(value)
    heads = {value.partition(";")[0], _without_comments(value).partition(";")[0]}
    for head in heads:
        words = re.split(r"[\s;()\"]+", unicodedata.normalize("NFKC", head.replace("\\", "")))
        if ours in {_bare(word) for word in words} or _bare(re.sub(r"\s+", "", head)) == ours:
            return True
    return False


def _without_comments(value: str) -> str:
    kept, depth, escaped = [], 0, False
    for letter in value:
        if escaped or letter == "\\":
            escaped = not escaped
        elif letter == "(":
            depth += 1
        elif letter == ")" and depth:
            depth -= 1
            continue
        if depth == 0:
            kept.append(letter)
    return "".join(kept)


def _bare(text: str) -> str:
    """Lower case, compatibility forms resolved, without what cannot be seen and final dots."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text).lower()).rstrip(".")


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
