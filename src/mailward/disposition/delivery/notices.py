# SPDX-License-Identifier: Apache-2.0
"""Who may be told what became of a mail: only senders who certainly sent it.

A notice to an address that somebody else wrote into the envelope is spam of our making. So a mail from outside
earns notices only if SPF proved its envelope sender and nothing was found against it; see decision 0030. What
nobody may be told stays in quarantine as undeliverable, where people see it.
"""

import msgspec

from mailward.contract.envelope import DsnRequest, Envelope
from mailward.contract.finding import Verdict

PROVED = "pass"
_UNASKED = DsnRequest()
_BY_DEFAULT = ("FAILURE", "DELAY")
"""Of what a sender is told who asked for nothing in particular (RFC 3461, 4.1)."""


class Notices(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What we may tell the sender of one copy, and what they asked for in the words of the wire (RFC 3461): `ret`,
    `envelope_id` and `original_recipient` shape our notices, and together with `notify` go on to the next server,
    which may know its senders better than we do."""

    failure: bool = False
    delay: bool = False
    success: bool = False
    ret: str = ""
    envelope_id: str = ""
    notify: str = ""
    original_recipient: str = ""

    @property
    def mail_parameters(self) -> str:
        """What MAIL says of it to a server that announces DSN."""
        return _words(("RET", self.ret), ("ENVID", self.envelope_id))

    @property
    def recipient_parameters(self) -> str:
        """What RCPT says of it to a server that announces DSN."""
        return _words(("NOTIFY", self.notify), ("ORCPT", self.original_recipient))


NOBODY = Notices()
WHOEVER_IS_KNOWN = Notices(failure=True, delay=True)


def is_proved(*, sender: str, spf: str, verdict: Verdict) -> bool:
    """Whether a mail that came in over the edge, from nobody whom we know, is certainly its sender's."""
    return bool(sender) and spf == PROVED and verdict is Verdict.CLEAN


def notices(envelope: Envelope, recipient: str, *, known: bool) -> Notices:
    """What the sender may be told about one recipient: what they asked for if it is `known` that they sent the mail,
    else nothing."""
    request = envelope.dsn.get(recipient)
    if request is None and not (envelope.ret or envelope.envelope_id):
        return WHOEVER_IS_KNOWN if known else NOBODY
    request = request or _UNASKED
    asked = request.notify.split(",") if request.notify else _BY_DEFAULT
    return Notices(
        failure=known and "FAILURE" in asked, delay=known and "DELAY" in asked, success=known and "SUCCESS" in asked,
        ret=envelope.ret, envelope_id=envelope.envelope_id,
        notify=request.notify, original_recipient=request.original_recipient,
    )  # fmt: skip


def _words(*parameters: tuple[str, str]) -> str:
    return "".join(f" {name}={value}" for name, value in parameters if value)
