# SPDX-License-Identifier: Apache-2.0
"""Make a specimen ready to travel: today's dates, the test virus put together, the sender's signatures on top."""

import base64
import codecs
import re
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from mailward.main.demo.index import Specimen
from mailward.main.demo.keys import SenderKeys
from mailward.main.demo.signing import signature

EICAR_PLACE = b"@@EICAR@@"
_EICAR_ROT13 = r"K5B!C%@NC[4\CMK54(C^)7PP)7}$RVPNE-FGNAQNEQ-NAGVIVEHF-GRFG-SVYR!$U+U*"
"""The EICAR test file in ROT13: virus scanners would take a checkout that holds it in clear away."""

_DATE = re.compile(rb"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")
_OWN_DATE = re.compile(rb"^Date: ([^\r]+)\r$", re.MULTILINE)


def dress(specimen: Specimen, *, keys: SenderKeys, now: datetime) -> bytes:
    """The octets as they are sent at `now` (with a time zone), with CRLF line ends."""
    mail = specimen.path.read_bytes().replace(EICAR_PLACE, _eicar())
    mail = redated(mail, now=now)
    for wanted in reversed(specimen.sign):
        kind, domain = wanted.split()
        mail = signature(mail, kind=kind, domain=domain, keys=keys, at=int(now.timestamp())) + mail
    return mail


def redated(mail: bytes, *, now: datetime) -> bytes:
    """The same mail, written two seconds before `now`: all its dates move by the same span.

    Raises `ValueError` if it has no Date field that can be read.
    """
    own = _OWN_DATE.search(mail)
    if own is None:
        raise ValueError("a specimen needs a Date field")
    span = now - timedelta(seconds=2) - parsedate_to_datetime(own[1].decode("ascii"))
    return _DATE.sub(lambda found: _moved(found[0], span), mail)


def _moved(date: bytes, span: timedelta) -> bytes:
    """The date in its own time zone."""
    return format_datetime(parsedate_to_datetime(date.decode("ascii")) + span).encode("ascii")


def _eicar() -> bytes:
    """Its base64 lines."""
    octets = codecs.decode(_EICAR_ROT13, "rot13").encode("ascii")
    return base64.encodebytes(octets).rstrip(b"\n").replace(b"\n", b"\r\n")
