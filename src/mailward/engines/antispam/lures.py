# SPDX-License-Identifier: Apache-2.0
"""What the words want: the lures of the lexicon, and lures that meet the facts that make them dangerous."""

from functools import partial

from mailward.engines.antispam.domains import is_free_mail, looks_random
from mailward.engines.antispam.signal import Seen, Signal, signal
from mailward.engines.antispam.survey import Survey

CREDENTIALS = (
    "account_blocked",
    "verify_identity",
    "sign_in_now",
    "password_expiry",
    "new_sign_in",
    "mailbox_full",
    "payment_trouble",
    "wallet",
    "document_shared",
)
"""Lures that end in a form to fill in."""

DEALS = ("pharmacy", "miracle", "adult", "casino", "goods", "promotion_services", "loan", "riches")
"""Lures that sell."""

_FEW = 2


def spoken(survey: Survey, *lures: str) -> int:
    """How many different phrases of these lures the mail holds."""
    return sum(map(survey.hits.count, lures))


def quoted(survey: Survey, *lures: str) -> Seen | None:
    """The first words of the first of these lures that occurs."""
    found = next((lure for lure in lures if survey.hits.count(lure)), None)
    if found is None:
        return None
    words, offset = survey.hits.quote(found)
    return Seen(words, survey.place_of(offset))


def _lure(name: str, survey: Survey) -> Seen | None:
    return quoted(survey, name)


def _strong(name: str, survey: Survey) -> Seen | None:
    return quoted(survey, name) if survey.hits.count(name) >= _FEW else None


def _in_subject(lures: tuple[str, ...], survey: Survey) -> Seen | None:
    """One of these lures begins in the subject."""
    for lure in lures:
        if survey.hits.count(lure):
            words, offset = survey.hits.quote(lure)
            if survey.place_of(offset) == "subject":
                return Seen(words, "subject")
    return None


def _credentials_elsewhere(survey: Survey) -> Seen | None:
    """Words of accounts and passwords over a link to a stranger's site."""
    if not survey.foreign or survey.is_reply or survey.is_discussion or spoken(survey, *CREDENTIALS) < _FEW:
        return None
    return quoted(survey, *CREDENTIALS)


def _credentials_doubtful(survey: Survey) -> Seen | None:
    """Words of accounts and passwords over a link that hides its goal or that anybody can have."""
    doubtful = any(target.free or target.short or target.is_address or target.inner for target in survey.foreign)
    return quoted(survey, *CREDENTIALS) if doubtful and not survey.is_reply and not survey.is_discussion else None


def _credentials_many(survey: Survey) -> Seen | None:
    several = sum(survey.hits.count(lure) > 0 for lure in CREDENTIALS) >= _SEVERAL
    return quoted(survey, *CREDENTIALS) if several and not survey.is_reply else None


_SEVERAL = 3


def _credentials_brand(survey: Survey) -> Seen | None:
    brand = survey.claimed or survey.local_brand
    return (
        quoted(survey, *CREDENTIALS, "parcel", "refund_tax") if brand and not brand.owns(survey.sender.domain) else None
    )


def _urgent_credentials(survey: Survey) -> Seen | None:
    return (
        quoted(survey, "urgency")
        if survey.hits.count("urgency")
        and spoken(survey, *CREDENTIALS, "parcel")
        and survey.foreign
        and not survey.is_discussion
        else None
    )


def _parcel_elsewhere(survey: Survey) -> Seen | None:
    return (
        quoted(survey, "parcel")
        if survey.hits.count("parcel") >= _FEW and survey.foreign and not survey.is_reply
        else None
    )


def _prize_elsewhere(survey: Survey) -> Seen | None:
    return (
        quoted(survey, "prize")
        if survey.hits.count("prize") >= _FEW and survey.foreign and not survey.is_reply
        else None
    )


def _fortune_strong(survey: Survey) -> Seen | None:
    told = survey.hits.count("fortune") and spoken(survey, "fortune", "stranger_manner") >= _SEVERAL
    return quoted(survey, "fortune") if told else None


def _fortune_reply(survey: Survey) -> Seen | None:
    """A fortune is told by somebody whose answers go to a public mailbox."""
    mailbox = survey.reply_to.domain or survey.sender.domain
    return (
        quoted(survey, "fortune", "prize")
        if spoken(survey, "fortune", "prize") >= _FEW and is_free_mail(mailbox)
        else None
    )


def _deals_many(survey: Survey) -> Seen | None:
    several = sum(survey.hits.count(lure) > 0 for lure in DEALS) >= _SEVERAL
    return quoted(survey, *DEALS) if several and not survey.is_discussion and not survey.is_reply else None


def _deal_doubtful(survey: Survey) -> Seen | None:
    doubtful = any(target.free or target.short or target.is_address or target.inner for target in survey.foreign)
    return quoted(survey, *DEALS, "prize") if doubtful and not survey.is_reply and not survey.is_discussion else None


def _extortion_coin(survey: Survey) -> Seen | None:
    return quoted(survey, "extortion") if survey.hits.count("extortion") >= _SEVERAL else None


def _bill_for_brand(survey: Survey) -> Seen | None:
    """A bill, order or renewal of a brand that neither sends it nor is linked."""
    named = (*survey.subject_brands, *survey.body_brands[:2])
    brand = next((brand for brand in named if not brand.owns(survey.sender.domain)), None)
    if (
        brand is None
        or survey.is_reply
        or survey.is_discussion
        or any(brand.owns(target.host) for target in survey.web)
    ):
        return None
    if any(brand.owns(survey.sender.domain) for brand in named):
        return None
    strange = (
        is_free_mail(survey.sender.domain)
        or looks_random(survey.sender.address.partition("@")[0])
        or survey.reading.files
    )
    return quoted(survey, "order_phone", "payment_trouble", "transaction") if strange and not survey.quotes else None


def _stranger_sells(survey: Survey) -> Seen | None:
    """A stranger offers services or goods by a personal mail that answers nothing."""
    if survey.is_reply or survey.is_bulk or survey.sender_owner in survey.recipient_owners:
        return None
    offers = spoken(survey, "trade_offer", "promotion_services")
    polite = offers and spoken(survey, "sales_manner", "stranger_manner")
    return quoted(survey, "trade_offer", "promotion_services") if offers >= _SEVERAL or polite else None


def _salesman(survey: Survey) -> Seen | None:
    inside = survey.is_reply or survey.sender_owner in survey.recipient_owners
    return None if inside else _strong("sales_manner", survey)


def _sells_outside(survey: Survey) -> Seen | None:
    """As above, several times over."""
    offers = spoken(survey, "trade_offer", "promotion_services", "sales_manner")
    strong = offers > _SEVERAL and spoken(survey, "trade_offer", "promotion_services") >= _FEW
    return (
        quoted(survey, "trade_offer", "promotion_services")
        if strong and not survey.is_reply and survey.sender_owner not in survey.recipient_owners
        else None
    )


SIGNALS: tuple[Signal, ...] = (
    signal("account_blocked", partial(_lure, "account_blocked"), phishing=1.4,
           text="Says that an account is or will be blocked."),
    signal("verify_identity", partial(_lure, "verify_identity"), phishing=1.0,
           text="Asks to confirm an account or personal data."),
    signal("sign_in_now", partial(_lure, "sign_in_now"), phishing=0.8,
           text="Presses the reader to sign in by a link."),
    signal("password_expiry", partial(_lure, "password_expiry"), phishing=1.5,
           text="Says that a password runs out."),
    signal("new_sign_in", partial(_lure, "new_sign_in"), phishing=0.8,
           text="Warns of a strange sign-in."),
    signal("mailbox_full", partial(_lure, "mailbox_full"), phishing=1.4,
           text="Says that a mailbox is full or that messages are held."),
    signal("payment_trouble", partial(_lure, "payment_trouble"), phishing=0.6, spam=0.3,
           text="Says that a payment failed or a protection ran out."),
    signal("wallet", partial(_lure, "wallet"), phishing=1.6, spam=0.6,
           text="Asks for a cryptocurrency wallet's words or approval."),
    signal("document_shared", partial(_lure, "document_shared"), phishing=0.6,
           text="Says that a document, fax or voice message waits behind a link."),
    signal("parcel", partial(_lure, "parcel"), phishing=0.6,
           text="Says that a parcel waits for a step or a fee."),
    signal("refund_tax", partial(_lure, "refund_tax"), phishing=0.8, spam=0.3,
           text="Promises a refund or a benefit."),
    signal("urgency", partial(_lure, "urgency"), phishing=0.2, bec=0.6,
           text="Presses for time."),
    signal("credentials_in_subject", partial(_in_subject, CREDENTIALS), phishing=0.6,
           text="The subject is about an account in trouble."),
    signal("credentials_elsewhere", _credentials_elsewhere, phishing=1.4, social_engineering=1.0,
           text="Speaks of accounts or passwords, and links to a stranger's site."),
    signal("credentials_doubtful_link", _credentials_doubtful, phishing=1.5, social_engineering=1.0,
           text="Speaks of accounts or passwords over a link that hides its goal."),
    signal("credentials_many", _credentials_many, phishing=1.0,
           text="Strings together several lures for an account's secrets."),
    signal("credentials_for_brand", _credentials_brand, phishing=1.5, social_engineering=1.2,
           text="Speaks of an account or a parcel in the name of a brand that did not send it."),
    signal("credentials_urgent", _urgent_credentials, phishing=0.6,
           text="Presses for time about an account or a parcel, over a stranger's link."),
    signal("parcel_elsewhere", _parcel_elsewhere, phishing=1.2,
           text="A parcel's link leads to a stranger's site."),
    signal("prize", partial(_lure, "prize"), spam=0.5, phishing=0.2,
           text="Congratulates, or promises a prize."),
    signal("prize_strong", partial(_strong, "prize"), spam=1.2, phishing=0.6,
           text="Promises a prize several times over."),
    signal("prize_elsewhere", _prize_elsewhere, spam=0.8, phishing=0.8,
           text="A prize is to be had at a stranger's site."),
    signal("fortune", partial(_lure, "fortune"), spam=0.8,
           text="Speaks of an inheritance, a donation or millions."),
    signal("fortune_strong", _fortune_strong, spam=2.0, phishing=1.0, social_engineering=0.8,
           text="Tells the story of a fortune that waits for the reader."),
    signal("fortune_to_mailbox", _fortune_reply, spam=1.5, phishing=0.8,
           text="A fortune is promised from a public mailbox."),
    signal("riches", partial(_lure, "riches"), spam=0.9, phishing=0.3,
           text="Promises profit or easy money."),
    signal("riches_strong", partial(_strong, "riches"), spam=0.9,
           text="Promises profit in many words."),
    signal("loan", partial(_lure, "loan"), spam=1.1,
           text="Offers a loan or an insurance."),
    signal("loan_strong", partial(_strong, "loan"), spam=0.8,
           text="Offers a loan or an insurance in many words."),
    signal("bill_for_brand", _bill_for_brand, phishing=1.6, spam=0.4, social_engineering=0.8,
           text="A bill or renewal of a brand comes from somebody else."),
    signal("false_invoices", partial(_lure, "false_invoices"), spam=3.0,
           text="Offers invoices for sale."),
    signal("extortion", partial(_lure, "extortion"), spam=0.5, phishing=0.5,
           text="Threatens with recordings or data."),
    signal("extortion_strong", _extortion_coin, spam=1.5, phishing=3.0, social_engineering=1.5,
           text="Threatens and demands money."),
    signal("job_offer", partial(_lure, "job_offer"), spam=1.4,
           text="Offers work that sounds too easy."),
    signal("job_offer_strong", partial(_strong, "job_offer"), spam=1.2, social_engineering=0.5,
           text="Offers easy work in several words."),
    signal("pharmacy", partial(_lure, "pharmacy"), spam=1.8,
           text="Sells medicines."),
    signal("pharmacy_strong", partial(_strong, "pharmacy"), spam=1.2,
           text="Sells medicines in many words."),
    signal("miracle", partial(_lure, "miracle"), spam=1.2, phishing=0.2,
           text="Promises a miracle for body or household."),
    signal("miracle_strong", partial(_strong, "miracle"), spam=1.0,
           text="Promises miracles in many words."),
    signal("adult", partial(_lure, "adult"), spam=1.7,
           text="Offers erotic content or company."),
    signal("adult_strong", partial(_strong, "adult"), spam=1.2,
           text="Offers erotic content in many words."),
    signal("casino", partial(_lure, "casino"), spam=1.4,
           text="Invites to gamble."),
    signal("goods", partial(_lure, "goods"), spam=0.8,
           text="Presses to buy."),
    signal("goods_strong", partial(_strong, "goods"), spam=0.7,
           text="Presses to buy in many words."),
    signal("promotion_services", partial(_lure, "promotion_services"), spam=0.8,
           text="Sells web promotion or lists of addresses."),
    signal("trade_offer", partial(_lure, "trade_offer"), spam=0.7,
           text="Offers goods of a factory, or asks for a quotation out of nowhere."),
    signal("stranger_sells", _stranger_sells, spam=2.0,
           text="A stranger sells by a personal mail."),
    signal("stranger_sells_hard", _sells_outside, spam=1.8,
           text="A stranger sells in many words."),
    signal("sales_manner_strong", _salesman, spam=1.0,
           text="Speaks like a salesman to a stranger, in several ways."),
    signal("sales_manner", partial(_lure, "sales_manner"), spam=0.3,
           text="Speaks like a salesman to a stranger."),
    signal("stranger_manner", partial(_lure, "stranger_manner"), spam=0.3,
           text="Speaks like somebody who writes to many strangers."),
    signal("deals_many", _deals_many, spam=1.0,
           text="Strings together several things that spam sells."),
    signal("deal_doubtful_link", _deal_doubtful, spam=1.2, phishing=0.5,
           text="Sells over a link that hides its goal."),
    signal("not_spam_claim", partial(_lure, "not_spam_claim"), spam=1.4,
           text="Assures that it is not spam, or explains how to be removed."),
    signal("not_spam_claim_strong", partial(_strong, "not_spam_claim"), spam=1.0,
           text="Explains at length why it is not spam."),
)  # fmt: skip
