# SPDX-License-Identifier: Apache-2.0
"""What a sender wants to be told: RET and ENVID of MAIL, NOTIFY and ORCPT of RCPT (RFC 3461, 4).

Each is checked here and kept as it came, since the next server gets it in the same words. Only an original
recipient in letters outside ASCII (RFC 6533, 3) takes the form that servers without SMTPUTF8 understand too, and
"<" and ">" are encoded: a server that looks for the end of the path from behind must not find them.
"""

import re
from typing import NoReturn

from mailward.contract.envelope import DsnRequest
from mailward.contract.reply import PermFail
from mailward.kit import xtext

MAX_ENVELOPE_ID = 100
"""Signs of an ENVID (RFC 3461, 4.4)."""
MAX_ORIGINAL_RECIPIENT = 500
"""Signs of an ORCPT (RFC 3461, 4.2)."""

_CONDITIONS = frozenset({"SUCCESS", "FAILURE", "DELAY"})
_RETURNS = frozenset({"FULL", "HDRS"})
_TYPE = re.compile(r"[A-Za-z0-9!#$%&'*/?^_`{|}~-]{1,64}")
_CONTROL = re.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def of_mail(parameters: dict[str, str]) -> tuple[str, str]:
    """RET and ENVID, taken out of the parameters of MAIL; each "" where it is not given.

    Raises:
        PermFail: 501 with the words that say what is wrong.
    """
    ret, envelope_id = parameters.pop("RET", None), parameters.pop("ENVID", None)
    if ret is not None and ret.upper() not in _RETURNS:
        _refuse("RET is FULL or HDRS")
    if envelope_id is not None:
        plain = xtext.decoded(envelope_id)
        if plain is None or len(plain) > MAX_ENVELOPE_ID:
            _refuse(f"ENVID takes xtext of at most {MAX_ENVELOPE_ID} signs")
    return (ret or "").upper(), _without_brackets(envelope_id or "")


def of_recipient(parameters: dict[str, str], *, utf8: bool) -> DsnRequest | None:
    """NOTIFY and ORCPT, taken out of the parameters of RCPT; None where neither is given.

    Raises:
        PermFail: 501 with the words that say what is wrong.
    """
    notify, original = parameters.pop("NOTIFY", None), parameters.pop("ORCPT", None)
    if notify is None and original is None:
        return None
    return DsnRequest(
        notify="" if notify is None else _notify(notify),
        original_recipient="" if original is None else _original(original, utf8=utf8),
    )


def _notify(text: str) -> str:
    wanted = tuple(dict.fromkeys(text.upper().split(",")))
    if wanted != ("NEVER",) and not _CONDITIONS.issuperset(wanted):
        _refuse("NOTIFY is NEVER, or a list of SUCCESS, FAILURE and DELAY")
    return ",".join(wanted)


def _original(text: str, *, utf8: bool) -> str:
    if not text.isascii() and (not utf8 or _CONTROL.search(text)):
        _refuse("ORCPT in letters outside ASCII needs SMTPUTF8 in MAIL")
    kind, semicolon, address = xtext.embedded(text).partition(";")
    if not (semicolon and _TYPE.fullmatch(kind) and xtext.decoded(address)):
        _refuse("ORCPT takes a type of address, a semicolon, and the address as xtext")
    if len(kind) + 1 + len(address) > MAX_ORIGINAL_RECIPIENT:
        _refuse(f"ORCPT takes at most {MAX_ORIGINAL_RECIPIENT} signs")
    return f"{kind};{_without_brackets(address)}"


def _without_brackets(text: str) -> str:
    return text.replace("<", "+3C").replace(">", "+3E")


def _refuse(text: str) -> NoReturn:
    raise PermFail(501, "5.5.4", text)
