# SPDX-License-Identifier: Apache-2.0
"""What can be searched for: every key, its kind, and the words that explain it to people.

The console's typeahead, the error messages and the SQL all read this one list.
"""

from enum import StrEnum

import msgspec

from mailward.contract.envelope import Direction
from mailward.contract.event import Status
from mailward.contract.finding import Verdict


class Kind(StrEnum):
    """How a key's values are read."""

    TEXT = "text"
    ENUM = "enum"
    NUMBER = "number"
    TIME = "time"
    FLAG = "flag"


class Action(StrEnum):
    """What was decided for a copy. `reject` was refused in the SMTP session and never
    accepted; `take` is for Mailward itself to read."""

    DELIVER = "deliver"
    QUARANTINE = "quarantine"
    DELETE = "delete"
    TAKE = "take"
    REJECT = "reject"


class Key(msgspec.Struct, frozen=True):
    """One key. `values` is every value it may have, where there are few."""

    kind: Kind
    help: str
    values: tuple[str, ...] = ()


_OUTCOMES = ("pass", "fail", "none", "neutral", "policy", "softfail", "temperror", "permerror")

KEYS: dict[str, Key] = {
    "from": Key(Kind.TEXT, "Sender, in the envelope or in the From field"),
    "to": Key(Kind.TEXT, "Recipient, in the envelope or in the To field"),
    "rcpt": Key(Kind.TEXT, "Recipient in the envelope"),
    "sender": Key(Kind.TEXT, "Sender in the envelope; <> is the empty sender of bounces"),
    "reply_to": Key(Kind.TEXT, "Address in the Reply-To field"),
    "subject": Key(Kind.TEXT, "Words of the subject"),
    "msgid": Key(Kind.TEXT, "Message-ID field"),
    "id": Key(Kind.TEXT, "Id of a copy or of its mail"),
    "ip": Key(Kind.TEXT, "Address that the mail came from, or a network such as 192.0.2.0/24"),
    "helo": Key(Kind.TEXT, "Name that the sending server gave"),
    "domain": Key(Kind.TEXT, "Domain of the sender, in the envelope or in the From field"),
    "url": Key(Kind.TEXT, "Web address in the mail"),
    "host": Key(Kind.TEXT, "Host name of a web address in the mail"),
    "verdict": Key(Kind.ENUM, "What the mail was judged to be", tuple(Verdict)),
    "reason": Key(Kind.TEXT, "Id of a reason behind the verdict"),
    "signal": Key(Kind.TEXT, "The same as reason"),
    "rule": Key(Kind.TEXT, "Name of the rule that decided"),
    "action": Key(Kind.ENUM, "What the rule decided", tuple(Action)),
    "status": Key(Kind.ENUM, "Where the copy is now", tuple(Status)),
    "direction": Key(Kind.ENUM, "Incoming or outgoing", tuple(Direction)),
    "spf": Key(Kind.ENUM, "Result of SPF", _OUTCOMES),
    "dkim": Key(Kind.ENUM, "Result of DKIM", _OUTCOMES),
    "dmarc": Key(Kind.ENUM, "Result of DMARC", _OUTCOMES),
    "arc": Key(Kind.ENUM, "Result of ARC", ("pass", "fail", "none")),
    "tls": Key(Kind.TEXT, "yes, no, or a part of the protocol and cipher (TLSv1.3)"),
    "filename": Key(Kind.TEXT, "Name of an attachment"),
    "ext": Key(Kind.TEXT, "Last extension of an attachment's name (zip)"),
    "sha256": Key(Kind.TEXT, "SHA-256 of an attachment"),
    "size": Key(Kind.NUMBER, "Size of the mail in bytes; k and m are understood (size:>5m)"),
    "score": Key(Kind.NUMBER, "Points (score:>=8)"),
    "lang": Key(Kind.TEXT, "Language of the text (de)"),
    "has": Key(Kind.FLAG, "The mail has an attachment, or a web address", ("attachment", "url")),
    "is": Key(Kind.FLAG, "What happened to the copy", ("released", "expired")),
    "after": Key(Kind.TIME, "Arrived at or after: a date, a time, or 2d for two days ago (UTC)"),
    "before": Key(Kind.TIME, "Arrived before"),
    "on": Key(Kind.TIME, "Arrived on this day (UTC); today and yesterday are understood"),
    "last": Key(Kind.TIME, "Arrived within the last 24h, 7d, 4w", ("24h", "7d", "30d", "90d")),
}

NOT_YET = {
    "asn": "the network operator of a sender is not recorded yet; try ip:",
    "country": "the country of a sender is not recorded yet; try ip:",
    "policy": "there is one policy per organization so far; try rule:",
    "tenant": "you see one organization at a time: the one you are signed in to",
    "has:macro": "macros are not recorded as such yet; try reason: or ext:",
    "has:password": "password-protected files are not recorded as such yet; try reason:",
    "is:reported": "reports by users are not recorded yet",
    "is:high_profile": "this is not recorded yet; try reason:",
    "is:first_contact": "first contacts are not recorded yet",
}
"""Keys of the language for which there are no data yet, and what to say about it."""

EXAMPLES = (
    ("verdict:phishing last:7d", "Phishing of the last seven days"),
    ("from:*@sender.test -status:delivered", "What sender.test sent and was not delivered"),
    ('subject:"your parcel" OR has:attachment', "Either of the two"),
    ("score:>=8 dmarc:fail", "Many points, and not authenticated"),
    ("ip:192.0.2.0/24 on:today", "What a network sent today"),
)
