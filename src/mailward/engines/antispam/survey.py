# SPDX-License-Identifier: Apache-2.0
"""One look at a mail: what the signals read, computed when the first of them asks, and once."""

import re
from calendar import timegm
from email.utils import mktime_tz, parsedate_tz
from functools import cached_property

from mailward.contract.check import Facts
from mailward.contract.mail import Address
from mailward.engines.antispam import brands, domains, phrases
from mailward.engines.antispam.fold import INVISIBLE, MAX_FOLDED, Folded, fold, folded, joined
from mailward.engines.antispam.target import Target
from mailward.engines.antispam.target import read as read_target
from mailward.message.addresses import parse_addresses
from mailward.message.content import Reading

MAX_RECIPIENTS = 20
"""Recipients that are compared with what the mail says."""

MAX_HOPS = 30
"""Received fields that are read."""

MAX_HOP = 1_000
"""Characters of one Received field that are read."""

MAX_SUBJECT = 1_000
MAX_NAME = 300
MAX_ADDRESS = 320
"""Characters of the subject, of a display name and of an address that are looked at."""

MAX_TARGETS = 200
"""Links that are looked at; a mail with more says so by its limits."""

_NOBODY = Address("", "")


class Survey:
    """A mail and what is known about it. Nothing here judges."""

    def __init__(self, reading: Reading, facts: Facts) -> None:
        self.reading = reading
        self.facts = facts
        self.message = reading.message

    # Who

    @cached_property
    def sender(self) -> Address:
        """The first mailbox of From that has an address, or the first, or nobody."""
        senders = self.message.senders
        return _cut(next((sender for sender in senders if sender.domain), senders[0] if senders else _NOBODY))

    @cached_property
    def sender_owner(self) -> str:
        """The registrable domain of the sender's address."""
        return domains.registrable(self.sender.domain)

    @cached_property
    def name(self) -> Folded:
        """The sender's display name, folded, with spaced letters put together."""
        names = [sender.name for sender in self.message.senders if sender.name]
        return folded(joined(names[0][:MAX_NAME])) if names else Folded("")

    @cached_property
    def reply_to(self) -> Address:
        """Where an answer goes, if that is not the sender."""
        first = _cut(next((address for address in self.message.reply_to if address.domain), _NOBODY))
        return first if first.address.lower() != self.sender.address.lower() else _NOBODY

    @cached_property
    def reply_owner(self) -> str:
        """The registrable domain of the Reply-To address; empty if answers go to the sender."""
        return domains.registrable(self.reply_to.domain)

    @cached_property
    def envelope_sender(self) -> str | None:
        """The address of MAIL FROM, from the session or else from Return-Path; None if unknown."""
        if self.facts.envelope is not None:
            return self.facts.envelope.sender
        path = self.message.first("return-path")
        if not path:
            return None
        inside = path[path.find("<") + 1 :].partition(">")[0] if "<" in path else path
        return inside.strip()

    @cached_property
    def envelope_owner(self) -> str:
        """The registrable domain of MAIL FROM, or empty."""
        address = self.envelope_sender or ""
        return domains.registrable(address.rpartition("@")[2].lower()) if "@" in address else ""

    @cached_property
    def recipients(self) -> tuple[str, ...]:
        """The addresses the mail is for, in lower case: of the session, or else of To and Cc."""
        if self.facts.envelope is not None:
            found = self.facts.envelope.recipients
        else:
            found = tuple(address.address for address in (*self.message.to, *self.message.cc) if address.address)
        return tuple(address.lower() for address in found[:MAX_RECIPIENTS])

    @cached_property
    def recipient_owners(self) -> frozenset[str]:
        """The registrable domains of the recipients and of the organization, public mailboxes left out."""
        found = {domains.registrable(address.rpartition("@")[2]) for address in self.recipients if "@" in address}
        found |= {domains.registrable(domain) for domain in self.facts.own_domains}
        return frozenset(owner for owner in found if "." in owner and not domains.is_free_mail(owner))

    @cached_property
    def from_inside(self) -> bool:
        """Whether the sender's address claims one of the organization's own domains."""
        own = frozenset(self.facts.own_domains)
        return bool(own) and domains.within(self.sender.domain, own)

    @cached_property
    def proven(self) -> bool:
        """Whether the sender's domain is proven (DMARC, or an aligned pass)."""
        return self.facts.authentication.evaluated and self.facts.authentication.dmarc.result == "pass"

    @cached_property
    def disproven(self) -> bool:
        """Whether authentication speaks against the sender's domain."""
        authentication = self.facts.authentication
        return authentication.evaluated and authentication.dmarc.result == "fail"

    # What it says

    @cached_property
    def title(self) -> str:
        """The subject as written, cut."""
        return self.message.subject[:MAX_SUBJECT]

    @cached_property
    def subject(self) -> Folded:
        """The subject, folded, with spaced letters put together."""
        return folded(joined(self.title))

    @cached_property
    def body(self) -> Folded:
        """The text that readers see, folded and cut."""
        return folded(self.text[:MAX_FOLDED])

    @cached_property
    def text(self) -> str:
        """The text that readers see, without what they cannot see."""
        return self.reading.text

    @cached_property
    def new_text(self) -> str:
        """The folded text above any quotation or forwarded mail."""
        cut = _QUOTED.search(self.text)
        return fold(self.text[: cut.start()][:MAX_FOLDED]) if cut else self.body.text

    @cached_property
    def new_words(self) -> int:
        """How many words the new text has."""
        return len(self.new_text.split())

    @cached_property
    def hits(self) -> phrases.Hits:
        """The lures in subject and text."""
        return phrases.search(f"{self.subject.text}\n{self.body.text}")

    def place_of(self, offset: int) -> str:
        """Where an offset into the searched text stands."""
        return "subject" if offset <= len(self.subject.text.encode()) else "body"

    @cached_property
    def is_unicode(self) -> bool:
        """Whether the mail is written in Unicode, the only way to mix scripts on purpose."""
        named = self.message.fields("subject")[:1] + self.message.fields("from")[:1]
        declared = any(part.charset.lower().startswith("utf") for part in self.reading.texts)
        return declared or any(b"=?utf-8?" in field.value.lower() for field in named)

    @cached_property
    def words(self) -> int:
        """How many words the reader sees; a letter of a script without spaces counts as half a word."""
        text = self.body.text
        return len(text.split()) + self.ideographs // 2

    @cached_property
    def ideographs(self) -> int:
        """How many Chinese and Japanese letters the text holds."""
        text = self.body.text
        return 0 if text.isascii() else len(_IDEOGRAPH.findall(text))

    @cached_property
    def invisible(self) -> int:
        """Invisible characters in the subject and the sender's name."""
        return len(INVISIBLE.findall(self.title)) + len(INVISIBLE.findall(self.sender.name))

    # Whose name it uses

    @cached_property
    def claimed(self) -> brands.Brand | None:
        """The brand that the sender's display name claims to be."""
        return brands.claimed(self.name.text) if self.name.text else None

    @cached_property
    def local_brand(self) -> brands.Brand | None:
        """The brand that the address claims before its "@"."""
        local = self.sender.address.rpartition("@")[0]
        found = brands.named(fold(_NOT_WORD.sub(" ", local))) if local else ()
        return found[0] if found else None

    @cached_property
    def subject_brands(self) -> tuple[brands.Brand, ...]:
        """Brands that the subject names."""
        return brands.named(self.subject.text)

    @cached_property
    def body_brands(self) -> tuple[brands.Brand, ...]:
        """Brands that the first part of the text names."""
        return brands.named(self.body.text[:2000])

    @cached_property
    def from_brand(self) -> bool:
        """Whether the sender's domain truly is that of a brand the mail names or of any brand known."""
        return brands.is_true(self.sender.domain)

    # Where it leads

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """The web links of the mail, read once each, wrappers undone."""
        return tuple(read_target(link) for link in self.reading.links[:MAX_TARGETS])

    @cached_property
    def web(self) -> tuple[Target, ...]:
        """The links a reader may follow: those with a host, not pictures."""
        return tuple(target for target in self.targets if target.host and target.followed)

    @cached_property
    def foreign(self) -> tuple[Target, ...]:
        """Links that lead neither to the sender's domain nor through a mail service's counter nor to
        places that anybody links to."""
        return tuple(
            target
            for target in self.web
            if target.owner != self.sender_owner and not target.counted and not target.everyday
        )

    # When

    @cached_property
    def written(self) -> float | None:
        """The Date field in seconds since 1970, if it can be read."""
        return seconds(self.message.date)

    @cached_property
    def hops(self) -> tuple[str, ...]:
        """The Received fields, the newest first."""
        return tuple(field.text[:MAX_HOP] for field in self.message.fields("received")[:MAX_HOPS])

    @cached_property
    def hop_times(self) -> tuple[float, ...]:
        """The times of the hops that can be read, the oldest first."""
        read = (seconds(hop.rpartition(";")[2].strip()) for hop in reversed(self.hops))
        return tuple(time for time in read if time is not None)

    # What kind of mail

    @cached_property
    def is_reply(self) -> bool:
        """Whether it says by its fields that it answers another mail."""
        return bool(self.message.fields("in-reply-to") or self.message.fields("references"))

    @cached_property
    def quotes(self) -> bool:
        """Whether the text quotes an earlier mail."""
        return bool(_QUOTED.search(self.text))

    @cached_property
    def is_list(self) -> bool:
        """Whether a mailing list carried it (RFC 2919, 2369): members can write to it."""
        fields = self.message.fields
        if fields("x-beenthere") or fields("x-mailman-version"):
            return True
        if fields("list-post") or fields("mailing-list") or fields("x-mailing-list"):
            return True
        talks = "list" in self.message.first("precedence").lower() or not self.reading.html
        return bool(fields("list-id")) and talks

    @cached_property
    def is_discussion(self) -> bool:
        """Whether a list's members talk to one another: an answer, or program text under review."""
        return self.is_list and (self.is_reply or bool(_PATCH.search(self.text)))

    @cached_property
    def is_bulk(self) -> bool:
        """Whether its fields say that it went to many."""
        precedence = self.message.first("precedence").lower()
        return bool(self.message.fields("list-unsubscribe")) or precedence.startswith(("bulk", "junk"))

    @cached_property
    def is_report(self) -> bool:
        """Whether it is a delivery report or an automatic answer."""
        if any(part.content_type == "multipart/report" for part in self.message.tree[:3]):
            return True
        local = self.sender.address.partition("@")[0].lower() or self.name.text
        return local in {"mailer-daemon", "postmaster", "mail-daemon", "mdaemon"} and not self.web[3:]

    @cached_property
    def return_path(self) -> tuple[Address, ...]:
        """The mailboxes of Return-Path."""
        return parse_addresses(self.message.first("return-path"), 2)


def _cut(address: Address) -> Address:
    return Address(address.name[:MAX_NAME], address.address[-MAX_ADDRESS:])


def seconds(text: str) -> float | None:
    """A date of RFC 5322 in seconds since 1970, if it can be read."""
    if usual := _USUAL_DATE.search(text):
        day, month, year, hour, minute, second, sign, zone_hour, zone_minute = usual.groups()
        if (number := _MONTHS.get(month.lower())) and int(day) <= _DAYS and int(year) <= _LAST_YEAR:
            zone = (int(zone_hour) * 3600 + int(zone_minute) * 60) * (-1 if sign == "-" else 1)
            return float(timegm((int(year), number, int(day), int(hour), int(minute), int(second or 0))) - zone)
    try:
        read = parsedate_tz(text) if text else None
        return float(mktime_tz(read)) if read else None
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None


_USUAL_DATE = re.compile(
    r"\b(\d{1,2}) ([A-Za-z]{3}) (\d{4}) ([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))? ([+-])(\d\d)([0-5]\d)\b"
)
_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_DAYS = 31
_LAST_YEAR = 9000
_QUOTED = re.compile(
    r"^[ \t]*(?:>|-{2,}[ ]?(?:original message|forwarded message|ursprungliche|message d'origine|mensaje original|"
    r"messaggio originale|mensagem original|oorspronkelijk bericht|原始邮件)|_{10,}\s*$|"
    r"(?:on|am|le|el|il|em|op|dnia) .{6,100}(?:wrote|schrieb|a ecrit|écrit|escribi[oó]"
    r"|ha scritto|escreveu|schreef|napisał)[^\n]{0,20}:)",
    re.IGNORECASE | re.MULTILINE,
)
_PATCH = re.compile(r"^(?:diff --git|@@ -\d|\+\+\+ [ab]/|Signed-off-by:|index [0-9a-f]{7,})", re.MULTILINE)
_NOT_WORD = re.compile(r"[._\-+0-9]+")
_IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
