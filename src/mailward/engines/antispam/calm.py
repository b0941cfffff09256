# SPDX-License-Identifier: Apache-2.0
"""What speaks for a mail: a conversation going on, a proven sender, links that stay at home."""

import re
from collections import Counter

from mailward.engines.antispam import domains
from mailward.engines.antispam.identity import OFFICE
from mailward.engines.antispam.lures import CREDENTIALS, DEALS, quoted, spoken
from mailward.engines.antispam.signal import Seen, Signal, signal
from mailward.engines.antispam.survey import Survey

_PATCH = re.compile(r"^(?:diff --git|@@ -\d|\+\+\+ [ab]/|Signed-off-by:|index [0-9a-f]{7,})", re.MULTILINE)
_REPLY = re.compile(
    r"^(?:\[[^\]]{1,60}\]\s*)?(?:re|aw|antw|sv|odp|rv|res|r)(?:\[\d+\])?\s?:|^(?:回复|答复|Re：)", re.IGNORECASE
)


def _thread(survey: Survey) -> Seen | None:
    """An answer that names its predecessor, keeps its subject and quotes it."""
    away = survey.reply_owner and survey.reply_owner != survey.sender_owner and not survey.is_list
    if not survey.is_reply or away or not _REPLY.search(survey.title):
        return None
    return (
        Seen(survey.message.first("in-reply-to") or survey.message.first("references")[:120], "header References")
        if survey.quotes
        else None
    )


def _references(survey: Survey) -> Seen | None:
    return (
        Seen(survey.message.first("references")[:120], "header References")
        if survey.is_reply and not survey.quotes
        else None
    )


def _discussion(survey: Survey) -> Seen | None:
    if not survey.is_discussion or any(survey.reading.html):
        return None
    return Seen(survey.message.first("list-id") or survey.message.first("list-post"), "header List-Id")


def _list(survey: Survey) -> Seen | None:
    return Seen(survey.message.first("list-id"), "header List-Id") if survey.is_list else None


def _patch(survey: Survey) -> Seen | None:
    found = _PATCH.search(survey.text)
    return Seen(found[0], "body") if found else None


def _plain(survey: Survey) -> Seen | None:
    """Plain words without links, files or lures: how people write."""
    if survey.reading.html or survey.web or survey.reading.files or not survey.words:
        return None
    lured = spoken(
        survey,
        *CREDENTIALS,
        *DEALS,
        "fortune",
        "prize",
        "parcel",
        "extortion",
        "trade_offer",
        "not_spam_claim",
        "job_offer",
        "refund_tax",
        "order_phone",
    )
    return Seen("", "body") if not lured else None


def _no_links(survey: Survey) -> Seen | None:
    return (
        Seen("", "body")
        if not survey.web and not survey.reading.files and not survey.hits.count("order_phone")
        else None
    )


def _at_home(survey: Survey) -> Seen | None:
    """Every link leads to the sender's own domain or through a mail service."""
    web = survey.web
    home = [target for target in web if target.owner == survey.sender_owner]
    free = domains.is_free_mail(survey.sender.domain)
    return Seen(home[0].url, home[0].place) if home and not survey.foreign and not free else None


def _partly_home(survey: Survey) -> Seen | None:
    home = [target for target in survey.web if target.owner == survey.sender_owner]
    partly = (
        home and survey.foreign and len(home) >= len(survey.web) / 2 and not domains.is_free_mail(survey.sender.domain)
    )
    return Seen(home[0].url, home[0].place) if partly else None


def _true_brand(survey: Survey) -> Seen | None:
    """The brand's own domain, as far as anybody has looked, and answers stay there."""
    free = domains.is_free_mail(survey.sender.domain)
    away = survey.reply_owner and survey.reply_owner != survey.sender_owner
    open_question = not survey.facts.authentication.evaluated
    return (
        Seen(survey.sender.address, "header From")
        if survey.from_brand and open_question and not free and not away
        else None
    )


def _proven_brand(survey: Survey) -> Seen | None:
    free = domains.is_free_mail(survey.sender.domain)
    return Seen(survey.sender.address, "authentication") if survey.from_brand and survey.proven and not free else None


def _proven(survey: Survey) -> Seen | None:
    return Seen(survey.sender.domain, "authentication") if survey.proven else None


def _proven_inside(survey: Survey) -> Seen | None:
    return Seen(survey.sender.address, "authentication") if survey.from_inside and survey.proven else None


def _report(survey: Survey) -> Seen | None:
    return Seen(survey.sender.address or "<>", "header From") if survey.is_report else None


def _appointment(survey: Survey) -> Seen | None:
    found = next((part for part in survey.message.parts if part.content_type == "text/calendar"), None)
    return Seen("text/calendar", f"part {found.path}") if found else None


def _signed(survey: Survey) -> Seen | None:
    kinds = {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
    found = next((part for part in survey.message.parts if part.content_type in kinds), None)
    return Seen(found.content_type, f"part {found.path}") if found else None


def _newsletter(survey: Survey) -> Seen | None:
    """A long letter to many, that can be left, whose many links mostly lead to one house."""
    if (
        len(survey.web) < _MANY_LINKS
        or survey.claimed
        or not (survey.hits.count("unsubscribe") or survey.is_bulk or survey.hits.count("newsletter"))
    ):
        return None
    owners = Counter(target.owner for target in survey.web)
    owner, count = owners.most_common(1)[0]
    return (
        Seen(f"{count} of {len(survey.web)} links lead to {owner}", "body")
        if count * 2 >= len(survey.web) and survey.words > _LONG
        else None
    )


_MANY_LINKS = 12
_LONG = 120
_INITIAL = 2


def _receipt(survey: Survey) -> Seen | None:
    """Speaks of something the reader did, and its links stay at home."""
    if not survey.hits.count("transaction") or survey.hits.count("order_phone") > 1 or survey.hits.count("bank_change"):
        return None
    if survey.claimed and not survey.claimed.owns(survey.sender.domain):
        return None
    if domains.is_free_mail(survey.sender.domain) or any(
        not brand.owns(survey.sender.domain) for brand in survey.subject_brands
    ):
        return None
    home = any(target.owner == survey.sender_owner for target in survey.web)
    return quoted(survey, "transaction") if home or not survey.foreign else None


def _asked_for(survey: Survey) -> Seen | None:
    """Leaves the reader the choice: "if you did not ask for this, do nothing"."""
    text = survey.body.text
    found = _CHOICE.search(text) if any(word in text for word in _CHOICE_WORDS) else None
    return Seen(found[0], "body") if found else None


_CHOICE_WORDS = (
    "ignor",
    "disregard",
    "if you did",
    "if you have",
    "negeer",
    "kunt u",
    "tenez pas",
    "gegenstandslos",
    "nichts tun",
    "игнор",
    "忽略",
    "無視",
    "破棄",
)
_CHOICE = re.compile(
    r"if you (?:did not|didn't|have not|haven't) (?:request|make|ask|initiate|sign|create"
    r"|register|try)[^.]{0,60}(?:ignore|disregard|no (?:further )?action)|(?:ignore|disregard)"
    r" this (?:e-?mail|message)|"
    r"(?:falls|wenn) sie (?:diese|das|dies|kein)[^.]{0,80}(?:ignorieren|nichts tun|gegenstandslos)"
    r"|konnen sie diese (?:e-?mail|nachricht) (?:einfach )?ignorieren|"
    r"(?:ignore[zr]|ne tenez pas compte de) (?:simplement )?(?:cet|ce)|ignor[ae] (?:este"
    r"|esta|questa|questo|esse|essa)|puede ignorar|puo ignorare|pode ignorar|negeer (?:dan"
    r" )?(?:deze|dit)|kunt u deze|zignoruj (?:te|ta)|проигнорируйте|请忽略|無視してください|破棄してください"
)


def _sender_of_old(survey: Survey) -> Seen | None:
    """A personal address in an organization's own domain, with a name that fits it."""
    name, local = survey.name.text, survey.sender.address.partition("@")[0].lower()
    words = [word for word in re.split(r"\W+", name) if len(word) > _INITIAL]
    fits = words and any(word in local for word in words) and not domains.is_free_mail(survey.sender.domain)
    office = survey.claimed or OFFICE.search(name)
    return Seen(f"{survey.sender.name} <{survey.sender.address}>", "header From") if fits and not office else None


def _quotes(survey: Survey) -> Seen | None:
    return Seen("", "body") if survey.quotes and not survey.is_reply else None


SIGNALS: tuple[Signal, ...] = (
    signal("calm_thread", _thread, spam=-3.0, phishing=-2.5, social_engineering=-2.5, bec=-1.0,
           text="Answers an earlier mail, and quotes it."),
    signal("calm_references", _references, spam=-0.3, phishing=-0.3, social_engineering=-0.5,
           text="Refers to an earlier mail."),
    signal("calm_discussion", _discussion, spam=-1.5, phishing=-1.5, social_engineering=-2.0, graymail=-3.0, bec=-2.0,
           text="A discussion on a mailing list."),
    signal("calm_list", _list, spam=-0.5, phishing=-0.5, social_engineering=-2.0, bec=-1.0,
           text="Carried by a mailing list."),
    signal("calm_patch", _patch, spam=-3.0, phishing=-3.0, social_engineering=-2.0,
           text="Holds program text under review."),
    signal("calm_plain", _plain, spam=-1.0, phishing=-1.5,
           text="Plain words without links, files or lures."),
    signal("calm_no_links", _no_links, phishing=-0.8,
           text="Nothing to click."),
    signal("calm_links_at_home", _at_home, phishing=-0.8, spam=-0.3,
           text="Every link leads to the sender's own domain."),
    signal("calm_links_mostly_home", _partly_home, phishing=-0.6, spam=-0.2,
           text="Most links lead to the sender's own domain."),
    signal("calm_true_brand", _true_brand, phishing=-0.8, spam=-0.6, social_engineering=-0.5,
           text="The sender's domain truly is a known brand's."),
    signal("calm_proven_brand", _proven_brand, phishing=-2.0, spam=-1.0, social_engineering=-0.5,
           text="The sender is a known brand, and proven."),
    signal("calm_proven", _proven, phishing=-0.3, spam=-0.2, social_engineering=-0.5,
           text="The sender's domain is proven."),
    signal("calm_proven_inside", _proven_inside, phishing=-1.5, spam=-1.5, bec=-2.0, social_engineering=-2.0,
           text="A proven mail of your own organization."),
    signal("calm_report", _report, phishing=-3.0, spam=-3.0, social_engineering=-4.0, graymail=-3.0, bec=-2.0,
           text="A delivery report or automatic answer."),
    signal("calm_appointment", _appointment, phishing=-0.8, spam=-1.0, graymail=-2.0,
           text="Holds an appointment for the calendar."),
    signal("calm_signed", _signed, phishing=-0.5, spam=-1.0,
           text="Carries a personal signature."),
    signal("calm_newsletter", _newsletter, phishing=-2.5, spam=-0.8,
           text="A long letter to many whose links mostly lead to one house."),
    signal("calm_receipt", _receipt, phishing=-1.5, spam=-0.8,
           text="A receipt or notice whose links stay at home."),
    signal("calm_leaves_choice", _asked_for, phishing=-0.8,
           text="Says that it may be ignored."),
    signal("calm_name_fits", _sender_of_old, phishing=-0.4, spam=-0.4,
           text="The sender's name fits the address, at a domain of their own."),
    signal("calm_quotes", _quotes, phishing=-0.3, spam=-0.3,
           text="Quotes or forwards an earlier mail."),
)  # fmt: skip
