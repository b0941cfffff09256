# SPDX-License-Identifier: Apache-2.0
"""How the mail is made: fields that are missing, doubled or at odds, and a subject that tells on itself."""

import codecs
import re
from functools import cache, partial

from mailward.engines.antispam import domains
from mailward.engines.antispam.signal import Seen, Signal, signal
from mailward.engines.antispam.survey import Survey

_DAY = 86_400.0
_FARTHEST_ZONE = 14
_FAR = 4 * _DAY
_AHEAD = 0.5 * _DAY
_REPLY = re.compile(
    r"^(?:\[[^\]]{1,60}\]\s*)?(?:re|fwd?|fw|aw|wg|tr|rv|res|enc|antw|sv|vs|odp|回复|答复|转发)(?:\[\d+\])?\s?[:：]",
    re.IGNORECASE,
)
_EMOJI = re.compile("[\u2600-\u27bf\u2b50\U0001f300-\U0001faff]")
_MARKS = re.compile(r"[!！]{2,}|[$€£]\s?\d[\d.,]{3,}|\d[\d.,]{2,}\s?[$€£]|\$\$|⚠|\*{2,}|!\s*$")
_ID_TAIL = re.compile(
    r"(?:#|nr?\.?|no\.?|id|ref|case|order|protocolo|cod|ticket|invoice)[ .:#-]*[a-z0-9-]*\d{5,}"
    r"|\d{9,}|\b(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{10,}\b",
    re.IGNORECASE,
)
_SCRIPT_FIELDS = ("x-php-originating-script", "x-php-script", "x-source-args", "x-php-filename")
_ODD_MAILER = re.compile(
    r"php|leaf ?mailer|the bat|python|sendblaster|mass|bulk|xmailer|atomic|turbo|gammadyne"
    r"|dotmailer \d|supermailer|inbox.?mailer|powermta|mach5|advanced mass",
    re.IGNORECASE,
)
_PLACEHOLDERS = frozenset(
    {
        "unknown-8bit",
        "x-unknown",
        "default_charset",
        "default",
        "unknown",
        "8bit",
        "ks_c_5601-1987",
        "x-user-defined",
        "iso-8859-8-i",
        "ansi_x3.110-1983",
    }
)
"""Names that honest programs write, though they are no character sets that Python knows."""


@cache
def _known(charset: str) -> bool:
    name = charset.lower().strip("\"' ")
    try:
        codecs.lookup(name)
    except (LookupError, ValueError):
        return name in _PLACEHOLDERS
    return True


def _missing(field: str, survey: Survey) -> Seen | None:
    return (
        Seen("", f"header {field}") if not survey.message.fields(field) and survey.message.fields("received") else None
    )


def _nobody(survey: Survey) -> Seen | None:
    message = survey.message
    named = any("@" in address.address for address in (*message.to, *message.cc))
    return Seen(message.first("to"), "header To") if message.fields("received") and not named else None


def _strangers(survey: Survey) -> Seen | None:
    """The envelope's recipients appear neither in To nor in Cc, and no list carried the mail."""
    if survey.facts.envelope is None or survey.is_list or survey.is_bulk:
        return None
    named = {address.address.lower() for address in (*survey.message.to, *survey.message.cc)}
    return Seen(survey.message.first("to"), "header To") if named and not named & set(survey.recipients) else None


def _doubled(survey: Survey) -> Seen | None:
    for field in ("from", "subject", "date", "to", "content-type", "mime-version"):
        if len(survey.message.fields(field)) > 1:
            return Seen(f"{field} stands {len(survey.message.fields(field))} times", f"header {field}")
    return None


def _id_host(survey: Survey) -> str:
    return survey.message.message_id.strip("<> \t").rpartition("@")[2].lower()


def _odd_id(survey: Survey) -> Seen | None:
    written = survey.message.message_id
    odd = written and (
        not _id_host(survey) or "@" not in written or not written.startswith("<") or " " in written.strip()
    )
    return Seen(written, "header Message-ID") if odd else None


def _id_of_recipient(survey: Survey) -> Seen | None:
    owner = domains.registrable(_id_host(survey))
    theirs = owner in survey.recipient_owners and survey.sender_owner not in survey.recipient_owners
    relayed = survey.is_list or survey.is_reply
    return Seen(survey.message.message_id, "header Message-ID") if theirs and not relayed else None


def _id_elsewhere(survey: Survey) -> Seen | None:
    owner = domains.registrable(_id_host(survey))
    known = {survey.sender_owner, survey.envelope_owner, survey.reply_owner} | survey.recipient_owners
    if not owner or "." not in owner or owner in known or not survey.sender_owner or survey.is_list:
        return None
    if owner in _STAMPERS or domains.within(owner, domains.hosts().mail_services):
        return None
    return Seen(survey.message.message_id, "header Message-ID")


_STAMPERS = frozenset(
    {"outlook.com", "google.com", "gmail.com", "yahoo.com", "icloud.com", "office365.com", "exchangelabs.com"}
)
"""Big mail hosts that give a Message-ID to mail that came without one."""


def _local_id(survey: Survey) -> Seen | None:
    host = _id_host(survey)
    odd = host and (
        "." not in host
        or host.startswith(("localhost", "127.", "[127"))
        or host.endswith((".local", ".lan", ".localdomain"))
    )
    return Seen(survey.message.message_id, "header Message-ID") if odd else None


def _received_at(survey: Survey) -> float | None:
    """When the mail reached the first server that says so, else the handed-in time."""
    return survey.hop_times[0] if survey.hop_times else survey.facts.now or None


def _unreadable_date(survey: Survey) -> Seen | None:
    text = survey.message.date
    return Seen(text, "header Date") if text and survey.written is None else None


def _late(survey: Survey) -> Seen | None:
    written, received = survey.written, _received_at(survey)
    return Seen(survey.message.date, "header Date") if written and received and received - written > _FAR else None


def _early(survey: Survey) -> Seen | None:
    written, received = survey.written, _received_at(survey)
    return Seen(survey.message.date, "header Date") if written and received and written - received > _AHEAD else None


def _impossible_zone(survey: Survey) -> Seen | None:
    found = re.search(r"[+-](\d\d)(\d\d)\b", survey.message.date)
    odd = found and (int(found[1]) > _FARTHEST_ZONE or found[2] not in {"00", "30", "45"})
    return Seen(survey.message.date, "header Date") if odd else None


def _suspicious(survey: Survey) -> Seen | None:
    found = survey.message.suspicious
    return Seen(f"{found[0].kind.replace('_', ' ')}: {found[0].detail}", found[0].place) if found else None


def _odd_charset(survey: Survey) -> Seen | None:
    for part in survey.reading.texts[:5]:
        if part.charset and not _known(part.charset):
            return Seen(part.charset, f"part {part.path}")
    return None


def _needless_coding(survey: Survey) -> Seen | None:
    """A plain ASCII text in base64: no mail program does that, mass mailers do, to hide words."""
    for part in survey.reading.texts[:4]:
        if part.encoding == "base64" and part.decode().isascii() and len(part.decode()) > _SOME:
            return Seen(f"{part.content_type} in base64", f"part {part.path}")
    return None


_SOME = 40


def _raw_subject(survey: Survey) -> Seen | None:
    fields = survey.message.fields("subject")
    return Seen(survey.title, "subject") if fields and not fields[0].value.isascii() else None


def _shouts(survey: Survey) -> Seen | None:
    letters = re.sub(r"[^A-Za-zÀ-ÿ]", "", _REPLY.sub("", survey.title))
    return Seen(survey.title, "subject") if len(letters) > _LOUD and letters.isupper() else None


_LOUD = 9


def _subject(pattern: re.Pattern[str], survey: Survey) -> Seen | None:
    return Seen(survey.title, "subject") if pattern.search(survey.title) else None


def _names_recipient(survey: Survey) -> Seen | None:
    subject = survey.title.lower()
    for recipient in survey.recipients[:5]:
        local = recipient.partition("@")[0]
        alone = len(local) > _LOCAL and re.search(rf"(?<!\w){re.escape(local)}(?!\w)", subject)
        if recipient in subject or (
            alone
            and not survey.is_reply
            and not survey.is_discussion
            and any(sign in local for sign in "._-0123456789")
        ):
            return Seen(survey.title, "subject")
    return None


_LOCAL = 4


def _false_reply(survey: Survey) -> Seen | None:
    if not _REPLY.match(survey.title) or survey.is_reply or survey.is_list or survey.quotes:
        return None
    return Seen(survey.title, "subject") if survey.message.fields("received") else None


def _empty_subject(survey: Survey) -> Seen | None:
    return Seen("", "subject") if not survey.title.strip() else None


def _gaps(survey: Survey) -> Seen | None:
    return Seen(survey.title, "subject") if re.search(r"\S {3,}\S|\S  +\S+  +\S", survey.title) else None


def _no_exit(survey: Survey) -> Seen | None:
    """Marked as bulk, but neither a field nor the text tells how to leave."""
    precedence = survey.message.first("precedence").lower()
    marked = precedence.startswith(("bulk", "junk")) and not survey.message.fields("list-unsubscribe")
    if not marked or survey.is_list or survey.is_report or survey.is_reply or survey.hits.count("unsubscribe"):
        return None
    return Seen(precedence, "header Precedence")


def _joined(survey: Survey) -> Seen | None:
    return (
        Seen(survey.title, "subject")
        if _JOINED.search(survey.title) and not survey.is_reply and not survey.is_list
        else None
    )


_JOINED = re.compile(r"\w+(?:_+|\.)[A-Za-z]\w*(?:_+|\.)\w+(?:_|\.)?|__|(?<=\w)#(?=\w)")


def _script(survey: Survey) -> Seen | None:
    for name in _SCRIPT_FIELDS:
        if value := survey.message.first(name):
            return Seen(value, f"header {name.title()}")
    return None


def _mailer(survey: Survey) -> Seen | None:
    value = survey.message.first("x-mailer") or survey.message.first("user-agent")
    return Seen(value, "header X-Mailer") if value and _ODD_MAILER.search(value) else None


def _urgent_flag(survey: Survey) -> Seen | None:
    flags = (survey.message.first("x-priority"), survey.message.first("priority"), survey.message.first("importance"))
    return (
        Seen("high", "header X-Priority")
        if flags[0].startswith(("1", "2")) or {"urgent", "high"} & {flag.lower() for flag in flags[1:]}
        else None
    )


def _old_outlook(survey: Survey) -> Seen | None:
    """A mail program that claims to be Outlook Express, long gone, on a mail of today."""
    claim = survey.message.first("x-mailer")
    written = survey.written
    return (
        Seen(claim, "header X-Mailer")
        if written
        and written > _AFTER_2015
        and re.search(r"Outlook Express|Office Outlook 1[0-2]|Foxmail [1-6]", claim)
        else None
    )


_AFTER_2015 = 1_420_070_400.0


def _short(survey: Survey) -> Seen | None:
    return (
        Seen(survey.text[:200], "body")
        if survey.web and survey.words <= _TERSE and not survey.is_reply and not survey.reading.files
        else None
    )


_TERSE = 15


SIGNALS: tuple[Signal, ...] = (
    signal("date_missing", partial(_missing, "date"), spam=1.0, phishing=0.6,
           text="The mail carries no date."),
    signal("message_id_missing", partial(_missing, "message-id"), spam=1.0, phishing=0.6,
           text="The mail carries no Message-ID."),
    signal("nobody_addressed", _nobody, spam=0.8, phishing=0.3,
           text="No recipient is named."),
    signal("recipients_inconsistent", _strangers, spam=0.5, phishing=0.3, social_engineering=1.0,
           text="The recipients named in the mail are not those it was sent to."),
    signal("field_doubled", _doubled, spam=0.8, phishing=0.6, social_engineering=0.8,
           text="A field that must stand once stands several times."),
    signal("message_id_malformed", _odd_id, spam=0.8, phishing=0.5,
           text="The Message-ID is malformed."),
    signal("message_id_of_recipient", _id_of_recipient, spam=0.8, phishing=0.6, social_engineering=1.2,
           text="The Message-ID pretends to come from the recipient's own servers."),
    signal("message_id_elsewhere", _id_elsewhere, spam=0.3, phishing=0.2, social_engineering=0.8,
           text="The Message-ID comes from another domain than the sender."),
    signal("message_id_local", _local_id, spam=0.1, phishing=0.1,
           text="The Message-ID was made by a machine without a name."),
    signal("date_unreadable", _unreadable_date, spam=1.0, social_engineering=1.0,
           text="The date cannot be read."),
    signal("date_long_ago", _late, spam=0.6, social_engineering=0.5,
           text="The mail is dated days before it was received."),
    signal("date_in_future", _early, spam=1.2, phishing=0.5, social_engineering=1.2,
           text="The mail is dated after it was received."),
    signal("date_zone_impossible", _impossible_zone, spam=1.5,
           text="The date names a time zone that does not exist."),
    signal("readers_differ", _suspicious, phishing=0.8, spam=0.6, social_engineering=1.2,
           text="Mail programs may read this mail in different ways."),
    signal("charset_odd", _odd_charset, spam=0.8, phishing=0.6, social_engineering=1.0,
           text="The text declares a character set that mail programs do not write."),
    signal("coding_needless", _needless_coding, spam=0.8, phishing=0.8, social_engineering=0.5,
           text="Plain text is wrapped in base64 for no reason."),
    signal("subject_raw", _raw_subject, spam=0.5,
           text="The subject holds letters that a field may not hold."),
    signal("subject_shouts", _shouts, spam=0.8, phishing=0.4,
           text="The subject is in capitals."),
    signal("subject_marked", partial(_subject, _MARKS), spam=0.7, phishing=0.3,
           text="The subject is decorated with money or exclamation marks."),
    signal("subject_with_pictures", partial(_subject, _EMOJI), spam=0.5, phishing=0.3,
           text="The subject holds emoji."),
    signal("subject_ends_in_code", partial(_subject, _ID_TAIL), phishing=0.6, spam=0.2,
           text="The subject ends in a long code."),
    signal("subject_names_recipient", _names_recipient, phishing=1.4, spam=1.0,
           text="The subject holds the recipient's address."),
    signal("reply_without_thread", _false_reply, spam=0.7, phishing=0.3, bec=0.7, social_engineering=1.2,
           text="The subject claims an answer or a forwarded mail, but there is no trace of one."),
    signal("subject_empty", _empty_subject, spam=0.4,
           text="There is no subject."),
    signal("subject_with_gaps", _gaps, spam=0.7, phishing=0.6,
           text="The subject holds runs of spaces."),
    signal("subject_joined", _joined, spam=0.8, phishing=0.4,
           text="The subject's words are joined by signs to escape filters."),
    signal("bulk_without_exit", _no_exit, spam=0.9,
           text="Marked as mail to many, but it does not tell how to leave."),
    signal("sent_by_script", _script, spam=1.0, phishing=1.0,
           text="A script on a web server sent the mail."),
    signal("mailer_for_masses", _mailer, spam=0.6, phishing=0.4,
           text="The program that sent it is one for mass mail."),
    signal("flagged_urgent", _urgent_flag, spam=0.4, phishing=0.4, bec=0.3,
           text="The mail is flagged as urgent."),
    signal("mailer_out_of_time", _old_outlook, spam=1.0, phishing=1.0,
           text="The mail claims a mail program that nobody has used for years."),
    signal("short_with_link", _short, spam=0.8, phishing=0.6, social_engineering=0.8,
           text="Hardly any words, and a link."),
)  # fmt: skip
