# SPDX-License-Identifier: Apache-2.0
"""Who may be told what became of a mail: only senders who certainly sent it.

A notice to an address that somebody else wrote into the envelope is spam of our making. So a mail from outside
earns notices only if SPF proved its envelope sender and nothing was found against it; see decision 0030. What
nobody may be told stays in quarantine as undeliverable, where people see it.
"""

import msgspec

from mailward.contract.finding import Verdict

PROVED = "pass"
NEVER = frozenset({"NEVER"})


class Notices(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the sender of one copy may be told, and in which form (RFC 3461): `whole` with all of the mail,
    `envelope_id` and `original_recipient` ("rfc822;lee@example.test") given back as they came."""

    failure: bool = False
    delay: bool = False
    whole: bool = False
    envelope_id: str = ""
    original_recipient: str = ""


NOBODY = Notices()
WHOEVER_IS_KNOWN = Notices(failure=True, delay=True)
"""What a sender gets who asked for nothing in particular (RFC 3461, 4.1)."""


def for_mail_from_outside(*, sender: str, spf: str, verdict: Verdict) -> Notices:
    """What may be told about a mail that came in over the edge from nobody whom we know."""
    return WHOEVER_IS_KNOWN if sender and spf == PROVED and verdict is Verdict.CLEAN else NOBODY


def for_known_sender(*, sender: str) -> Notices:
    """What may be told about a mail that a registered or authenticated sender handed in."""
    return WHOEVER_IS_KNOWN if sender else NOBODY
