# SPDX-License-Identifier: Apache-2.0
"""Reading commands: verbs, paths and parameters (RFC 5321, 4.1; SMTPUTF8 by RFC 6531; DSN by RFC 3461).

Strict where two readers could disagree (one path, closed by ">", no source routes, no route hidden
in a local part), tolerant of the blanks that real senders put behind the colon.
"""

import re
from typing import NoReturn

import msgspec

from mailward.contract.envelope import DsnRequest
from mailward.contract.reply import PermFail
from mailward.edge import dsn
from mailward.kit.domain_names import envelope_domain

MAX_DOMAIN = 255
MAX_LABEL = 63
MAX_PARAMETERS = 10
MAX_SIZE_DIGITS = 20

_PLAIN_PATH = re.compile(r'<([^<>"\\]*)>((?: .*)?)')
_PLAIN_LABEL = r"[a-z0-9]+(?:-+[a-z0-9]+)*"
_PLAIN_ADDRESS = re.compile(rf"[A-Za-z0-9_=+-]+(?:\.[A-Za-z0-9_=+-]+)*@{_PLAIN_LABEL}(?:\.{_PLAIN_LABEL})*")
_PLAIN_LENGTH = 64
"""No label of a domain can be too long in an address of this length."""
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+"
_DOT_STRING = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED = re.compile(r'"(?:[ !#-\[\]-~\x80-\U0010ffff]|\\[ -~])*"')
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_\x80-\U0010ffff-]{1,63}(?<!-)")
_LITERAL = re.compile(r"\[(?:[0-9.]{7,15}|IPv6:[0-9A-Fa-f:.]{2,45})\]")
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~\x80-\U0010ffff]+))?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_HELLO = re.compile(r"[!-~]{1,255}")

HTTP_VERBS = frozenset({"GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "PATCH", "DELETE", "TRACE", "PRI"})


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """MAIL, understood. `size` is 0 when it was not announced; `ret` and `envelope_id` are "" likewise."""

    sender: str
    size: int = 0
    body: str = "7BIT"
    utf8: bool = False
    ret: str = ""
    envelope_id: str = ""


class Recipient(msgspec.Struct, frozen=True):
    """RCPT, understood. `dsn` is None where nothing was asked."""

    address: str
    dsn: DsnRequest | None = None


class Chunk(msgspec.Struct, frozen=True):
    """BDAT, understood."""

    size: int
    last: bool


def split(line: str) -> tuple[str, str]:
    """(verb in upper case, what follows it without blanks around)."""
    verb, _, argument = line.partition(" ")
    return verb.upper(), argument.strip(" ")


def hello(argument: str) -> str | None:
    """The name in EHLO or HELO, or None when it is none at all."""
    return argument if _HELLO.fullmatch(argument) else None


def chunk(argument: str) -> Chunk | None:
    """The arguments of BDAT (RFC 3030, 2), or None when they cannot be understood."""
    size, _, last = argument.partition(" ")
    if not (size.isascii() and size.isdigit() and len(size) <= MAX_SIZE_DIGITS):
        return None
    if last and last.upper() != "LAST":
        return None
    return Chunk(int(size), bool(last))


def mail(argument: str, *, extended: bool, longest: int) -> Mail:
    """The arguments of MAIL.

    Raises:
        PermFail: 501, 553 or 555 with the words that say what is wrong.
    """
    path, words = _path(argument, "FROM:", "MAIL FROM:<address>")
    parameters = _parameters(words, extended=extended)
    utf8 = "SMTPUTF8" in parameters
    if utf8 and parameters.pop("SMTPUTF8"):
        _refuse(501, "5.5.4", "SMTPUTF8 takes no value")
    size, body = parameters.pop("SIZE", "0"), parameters.pop("BODY", "7BIT").upper()
    if not (size.isdigit() and len(size) <= MAX_SIZE_DIGITS):
        _refuse(501, "5.5.4", "SIZE takes a number of octets")
    if body not in ("7BIT", "8BITMIME"):
        _refuse(501, "5.5.4", "BODY is 7BIT or 8BITMIME here")
    ret, envelope_id = dsn.of_mail(parameters) if parameters else ("", "")
    if parameters:
        _refuse(555, "5.5.4", f"MAIL does not take the parameter {next(iter(parameters))} here")
    sender = _address(path, "5.1.7", utf8=utf8, longest=longest) if path else ""
    return Mail(sender=sender, size=int(size), body=body, utf8=utf8, ret=ret, envelope_id=envelope_id)


def recipient(argument: str, *, extended: bool, utf8: bool, longest: int) -> Recipient:
    """The arguments of RCPT. The address has its domain in lower case and A-labels; "postmaster" may stand without one.

    Raises:
        PermFail: 501, 550, 553 or 555 with the words that say what is wrong.
    """
    path, words = _path(argument, "TO:", "RCPT TO:<address>")
    parameters = _parameters(words, extended=extended)
    request = dsn.of_recipient(parameters, utf8=utf8) if parameters else None
    if parameters:
        _refuse(555, "5.5.4", f"RCPT does not take the parameter {next(iter(parameters))} here")
    if path.lower() == "postmaster":
        return Recipient(path, request)
    address = _address(path, "5.1.3", utf8=utf8, longest=longest)
    local = address.rpartition("@")[0]
    if any(sign in local for sign in "@%!"):
        _refuse(550, "5.1.3", "an address with a route in its local part is not relayed here")
    return Recipient(address, request)


def _path(argument: str, keyword: str, form: str) -> tuple[str, str]:
    """What stands between "<" and ">", and what follows. The ">" is the first outside of quotes."""
    rest = argument[len(keyword) :].lstrip(" ")
    if argument[: len(keyword)].upper() != keyword or not rest.startswith("<"):
        _refuse(501, "5.5.2", f"say {form}")
    plain = _PLAIN_PATH.fullmatch(rest)
    if plain:
        return plain[1], plain[2]
    quoted = escaped = False
    for place, sign in enumerate(rest):
        if escaped:
            escaped = False
        elif quoted and sign == "\\":
            escaped = True
        elif sign == '"':
            quoted = not quoted
        elif sign == ">" and not quoted:
            words = rest[place + 1 :]
            if words and not words.startswith(" "):
                break
            return rest[1:place], words
    return _refuse(501, "5.5.2", f"say {form}")


def _parameters(words: str, *, extended: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    if not words:
        return found
    parts = words.split()
    if parts and not extended:
        _refuse(555, "5.5.4", "parameters need EHLO")
    if len(parts) > MAX_PARAMETERS:
        _refuse(501, "5.5.4", "too many parameters")
    for part in parts:
        match = _PARAMETER.fullmatch(part)
        name = match[1].upper() if match else ""
        if match is None or name in found:
            _refuse(501, "5.5.4", "a parameter cannot be understood, or is given twice")
        value = match[2] or ""
        if not value.isascii() and name != "ORCPT":
            _refuse(501, "5.5.4", f"the parameter {name} takes ASCII")
        found[name] = value
    return found


def _address(path: str, status: str, *, utf8: bool, longest: int) -> str:
    """`path` checked, with its domain in lower case and A-labels, so that it has one name in the whole house.
    `status` is 5.1.7 for senders, 5.1.3 for recipients."""
    if len(path) <= _PLAIN_LENGTH and _PLAIN_ADDRESS.fullmatch(path):
        return path
    if path.startswith("@"):
        _refuse(553, status, "source routes are not accepted: give the address alone")
    if len(path.encode("utf-8", "replace")) > longest:
        _refuse(553, status, "the address is too long")
    if not path.isascii() and not utf8:
        _refuse(553, "5.6.7", "an address with letters outside ASCII needs SMTPUTF8 in MAIL")
    local, at, domain = path.rpartition("@")
    if not at or _CONTROL.search(path):
        _refuse(553, status, "the address is not of the form local-part@domain")
    if not (_DOT_STRING.fullmatch(local) or _QUOTED.fullmatch(local)):
        _refuse(553, status, "the part before the @ cannot be understood; quote it if it holds unusual signs")
    if not (_is_domain(domain) or _LITERAL.fullmatch(domain)):
        _refuse(553, status, "the domain of the address cannot be understood")
    plain = domain.lower() if domain.isascii() else envelope_domain(domain)
    if not plain:
        _refuse(553, status, "the domain of the address is no valid internationalized name (RFC 5890)")
    return f"{local}@{plain}"


def _is_domain(domain: str) -> bool:
    return 0 < len(domain) <= MAX_DOMAIN and all(_LABEL.fullmatch(label) for label in domain.split("."))


def _refuse(code: int, status: str, text: str) -> NoReturn:
    raise PermFail(code, status, text)
