# SPDX-License-Identifier: Apache-2.0
"""Who the mail says it is from, and what speaks against it."""

import re

from mailward.contract.mail import Address
from mailward.engines.antispam import brands, domains
from mailward.engines.antispam.fold import INVISIBLE, fold
from mailward.engines.antispam.signal import Seen, Signal, signal
from mailward.engines.antispam.survey import Survey

_FROM = "header From"
_REPLY = "header Reply-To"
_DOMAIN_IN_NAME = re.compile(r"(?<![\w.@-])(?:[a-z0-9-]{1,40}\.){1,4}[a-z]{2,10}(?![\w@])")
_ADDRESS_IN_NAME = re.compile(r"[\w.+-]{1,64}@(?:[a-z0-9-]{1,40}\.){1,4}[a-z]{2,10}")
_ROLE = re.compile(
    r"\b(admin(istrator)?|support|help ?desk|it (team|desk|department|support|service)"
    r"|web ?mail|mail ?(box|server|admin|service|system)s?|"
    r"e-?mail (server|admin|team|service|support|security)|security|server|system|postmaster"
    r"|hr|human resources|payroll|"
    r"account (security|service|team|department)|administrador|administrateur|verwaltung"
    r"|sicherheit|kundenservice)\b|管理员|系统|邮件中心|邮箱"
)
_PICTURE_LETTERS = re.compile("[\U0001d400-\U0001d7ff\U0001f130-\U0001f189\u24b6-\u24e9\uff21-\uff5a]")
_EMOJI = re.compile("[\u2600-\u27bf\u2b50\u2b06\U0001f300-\U0001faff]")
OFFICE = re.compile(
    r"\b(customer|client[es]?|department|services?|support|official|team|notice|notification|alert|account|billing|invoice|order|delivery|security|update|"
    r"refund|payment|payroll|comunicado|atendimento|setor|departamento|protocolo|saldo|aviso|notificacao|kundenservice|konto|abteilung|servizio|ufficio|servicio|equipe|"
    r"administration|bank|foundation|fund|office|lottery|award|promo(?:tion)?s?|deals?|offers?|rewards?|gutschein|gewinn)\b|通知|客服|お知らせ|サポート"
)
_CODE = re.compile(r"\d{5,}|#\d{3,}|\b[A-Z0-9]{9,}\b")
_NUMBERED = re.compile(r"[a-z_-]\d{4,}$|[_.-](?=[a-z]*\d)[a-z0-9]{8,}$")
_LONG_LOCAL = 30


def _shown(address: Address) -> str:
    return f"{address.name} <{address.address}>" if address.name else address.address


def _sender(survey: Survey) -> Seen:
    return Seen(_shown(survey.sender), _FROM)


def _when(found: object, survey: Survey) -> Seen | None:
    return _sender(survey) if found else None


def _brand_elsewhere(survey: Survey) -> Seen | None:
    brand = survey.claimed
    wrong = brand and not brand.owns(survey.sender.domain) and not survey.from_inside and not _own_brand(survey, brand)
    return _when(wrong, survey)


def _own_brand(survey: Survey, brand: brands.Brand) -> bool:
    """Whether the brand's name is the sender's registered name ("Visa Steel <x@visasteel.com>")."""
    return brand.name.replace(" ", "") == domains.label(survey.sender.domain)


def _brand_free_mail(survey: Survey) -> Seen | None:
    brand = survey.claimed or survey.local_brand
    return _when(brand and domains.is_free_mail(survey.sender.domain) and not brand.owns(survey.sender.domain), survey)


def _brand_local(survey: Survey) -> Seen | None:
    brand = survey.local_brand
    return _when(brand and not survey.claimed and not brand.owns(survey.sender.domain), survey)


def _brand_subject(survey: Survey) -> Seen | None:
    wrong = [brand for brand in survey.subject_brands if not brand.owns(survey.sender.domain)]
    if not wrong or survey.claimed or len(wrong) < len(survey.subject_brands) or survey.is_reply:
        return None
    return Seen(survey.title, "subject")


def _brand_domain(survey: Survey) -> Seen | None:
    return _when(brands.imitated(survey.sender.domain), survey)


def _brand_worn(survey: Survey) -> Seen | None:
    return _when(not brands.imitated(survey.sender.domain) and brands.worn(survey.sender.domain), survey)


def _own_imitated(survey: Survey) -> Seen | None:
    own = survey.recipient_owners
    for address, place in ((survey.sender, _FROM), (survey.reply_to, _REPLY)):
        if any(domains.imitates(address.domain, owner) for owner in own):
            return Seen(_shown(address), place)
    return None


def _own_forged(survey: Survey) -> Seen | None:
    outside = survey.facts.connection is not None and survey.facts.authentication.evaluated
    return _when(survey.from_inside and outside and not survey.proven, survey)


def _other_address(survey: Survey) -> Seen | None:
    found = _ADDRESS_IN_NAME.search(survey.name.text)
    if not found:
        return None
    inside = found[0].rpartition("@")[2]
    return _when(domains.registrable(inside) != survey.sender_owner and not _via(survey), survey)


def _other_domain(survey: Survey) -> Seen | None:
    found = _DOMAIN_IN_NAME.search(_ADDRESS_IN_NAME.sub(" ", survey.name.text))
    if not found or "." not in (owner := domains.registrable(found[0])) or owner == found[0].rpartition(".")[2]:
        return None
    return _when(owner != survey.sender_owner and domains.has_public_suffix(found[0]), survey)


def _recipient_named(survey: Survey) -> Seen | None:
    name = survey.name.text
    wrong = any(
        owner in name or domains.label(owner) == name for owner in survey.recipient_owners if len(owner) > _SHORT
    )
    return _when(wrong and survey.sender_owner not in survey.recipient_owners and not _via(survey), survey)


def _via(survey: Survey) -> bool:
    """Whether the name says that a list sent it on ("Ann via Devel")."""
    return " via " in survey.name.text


_SHORT = 4


def _role(survey: Survey) -> Seen | None:
    outside = survey.sender_owner not in survey.recipient_owners
    return _when(_ROLE.search(survey.name.text) and outside and not survey.claimed, survey)


def _reply_elsewhere(survey: Survey) -> Seen | None:
    if not survey.reply_owner or survey.reply_owner == survey.sender_owner or survey.is_list:
        return None
    return Seen(_shown(survey.reply_to), _REPLY)


def _reply_free(survey: Survey) -> Seen | None:
    free = survey.reply_to.domain and domains.is_free_mail(survey.reply_to.domain)
    if not free or survey.reply_owner == survey.sender_owner or survey.is_list:
        return None
    return Seen(_shown(survey.reply_to), _REPLY)


def _reply_other_free(survey: Survey) -> Seen | None:
    """Two different public mailboxes of seemingly one person."""
    both = domains.is_free_mail(survey.sender.domain) and domains.is_free_mail(survey.reply_to.domain)
    return Seen(_shown(survey.reply_to), _REPLY) if both and survey.reply_to.address else None


def _reply_alike(survey: Survey) -> Seen | None:
    if survey.reply_to.domain and domains.imitates(survey.reply_to.domain, survey.sender_owner):
        return Seen(_shown(survey.reply_to), _REPLY)
    return None


def _no_address(survey: Survey) -> Seen | None:
    if survey.sender.domain or survey.is_report or not survey.message.headers:
        return None
    return Seen(survey.message.first("from"), _FROM)


def _half_address(survey: Survey) -> Seen | None:
    domain = survey.sender.domain
    ending = domain.rpartition(".")[2]
    known = ending in _SPECIAL_USE or domains.has_public_suffix(domain)
    odd = domain and ("." not in domain or not known) and survey.message.fields("received")
    return _when(odd, survey)


def _several(survey: Survey) -> Seen | None:
    senders = {sender.address.lower() for sender in survey.message.senders}
    return Seen(survey.message.first("from"), _FROM) if len(senders) > 1 else None


def _dressed(survey: Survey) -> Seen | None:
    text = survey.sender.name + survey.title
    return _when(
        (survey.name.mixed and survey.is_unicode)
        or _PICTURE_LETTERS.search(survey.sender.name)
        or INVISIBLE.search(text.strip()),
        survey,
    )


def _dressed_subject(survey: Survey) -> Seen | None:
    subject = survey.title
    return (
        Seen(subject, "subject")
        if (survey.subject.mixed and survey.is_unicode) or _PICTURE_LETTERS.search(subject)
        else None
    )


def _emoji_name(survey: Survey) -> Seen | None:
    return _when(_EMOJI.search(survey.sender.name), survey)


def _random_local(survey: Survey) -> Seen | None:
    local = survey.sender.address.rpartition("@")[0]
    bulk = "=" in local or "bounce" in local.lower()
    return _when(domains.looks_random(local) and not bulk and survey.sender.domain, survey)


def _long_local(survey: Survey) -> Seen | None:
    return _when(len(survey.sender.address.rpartition("@")[0]) > _LONG_LOCAL, survey)


def _random_domain(survey: Survey) -> Seen | None:
    return _when(domains.looks_random(domains.label(survey.sender.domain)), survey)


def _cheap_domain(survey: Survey) -> Seen | None:
    return _when(domains.cheap_ending(survey.sender.domain), survey)


def _foreign_letters(survey: Survey) -> Seen | None:
    return _when("xn--" in survey.sender.domain, survey)


def _tenant(survey: Survey) -> Seen | None:
    return _when(survey.sender.domain.endswith(".onmicrosoft.com"), survey)


def _to_itself(survey: Survey) -> Seen | None:
    own = survey.sender.address.lower()
    alone = [address.address.lower() for address in (*survey.message.to, *survey.message.cc)] == [own]
    return _when(own and alone and not survey.proven, survey)


def _free_mail(survey: Survey) -> Seen | None:
    return _when(domains.is_free_mail(survey.sender.domain), survey)


def _office_free(survey: Survey) -> Seen | None:
    return _when(domains.is_free_mail(survey.sender.domain) and OFFICE.search(survey.name.text), survey)


def _name_coded(survey: Survey) -> Seen | None:
    return _when(_CODE.search(survey.sender.name) and not survey.is_report, survey)


def _numbered(survey: Survey) -> Seen | None:
    local = survey.sender.address.rpartition("@")[0].lower()
    return _when(
        not domains.is_free_mail(survey.sender.domain) and _NUMBERED.search(local) and "bounce" not in local, survey
    )


def _reply_cheap(survey: Survey) -> Seen | None:
    host = survey.reply_to.domain
    odd = (
        host
        and survey.reply_owner != survey.sender_owner
        and (domains.cheap_ending(host) or domains.looks_random(domains.label(host)))
    )
    return Seen(_shown(survey.reply_to), _REPLY) if odd and not survey.is_list else None


def _shared_by_stranger(survey: Survey) -> Seen | None:
    """A big service carries a stranger's words; answers go to that stranger."""
    odd = survey.from_brand and survey.reply_owner and survey.reply_owner != survey.sender_owner
    return (
        Seen(_shown(survey.reply_to), _REPLY)
        if odd and not survey.is_list and not domains.is_free_mail(survey.sender.domain)
        else None
    )


def _name_of_sender_missing(survey: Survey) -> Seen | None:
    return _when(survey.sender.address and not survey.sender.name, survey)


def _many_digits(survey: Survey) -> Seen | None:
    local = survey.sender.address.rpartition("@")[0]
    return _when(
        domains.is_free_mail(survey.sender.domain) and re.search(r"[a-z]\d{3,}$|\d{6,}", local.lower()), survey
    )


def _shouted_name(survey: Survey) -> Seen | None:
    name = re.sub(r"[^A-Za-z]", "", survey.sender.name)
    return _when(len(name) > _SHOUT and name.isupper() and " " in survey.sender.name.strip(), survey)


_SPECIAL_USE = frozenset({"test", "example", "local", "localdomain", "lan", "internal", "intranet", "corp", "home"})
"""Endings of RFC 6761, and those that organizations use inside."""

_SHOUT = 9


def _name_shifted(survey: Survey) -> Seen | None:
    """The display name is a sentence or an offer rather than a name."""
    name = fold(survey.sender.name)
    return _when(
        name.endswith(("!", "?", "…", "...")) or re.search(r"%|\$|€|£|\bfree\b|\bgratis\b|\d+ ?(?:kg|kilo)", name),
        survey,
    )


SIGNALS: tuple[Signal, ...] = (
    signal("brand_name_other_domain", _brand_elsewhere, phishing=3.0, spam=1.5, social_engineering=0.8,
           text="The sender's name is a known brand, but the address is not the brand's."),
    signal("brand_name_free_mail", _brand_free_mail, phishing=2.0,
           text="A known brand is said to write from a public mailbox."),
    signal("brand_in_local_part", _brand_local, phishing=1.2,
           text="The address wears a brand's name before the @, at somebody else's domain."),
    signal("brand_in_subject", _brand_subject, phishing=1.0,
           text="The subject names a brand that did not send the mail."),
    signal("sender_domain_imitates_brand", _brand_domain, phishing=2.8, social_engineering=1.5,
           text="The sender's domain looks like a known brand's, but is not."),
    signal("sender_domain_wears_brand", _brand_worn, phishing=1.4, social_engineering=0.5,
           text="The sender's domain wears a brand's name beside other words."),
    signal("domain_imitates_own", _own_imitated, phishing=2.0, bec=3.5, social_engineering=3.0,
           text="The sender's or answer's domain is disguised to be similar to the recipient's."),
    signal("own_domain_not_proven", _own_forged, phishing=1.5, bec=2.0, social_engineering=1.5,
           text="The mail claims to come from your own domain, but came from outside and could not be proven."),
    signal("name_holds_other_address", _other_address, phishing=1.0, social_engineering=1.5, bec=0.5,
           text="The sender's name shows one mail address, but the mail comes from another."),
    signal("name_holds_other_domain", _other_domain, phishing=1.0, social_engineering=0.5,
           text="The sender's name shows a domain that is not the sender's."),
    signal("name_uses_recipient_domain", _recipient_named, phishing=2.0, social_engineering=2.0,
           text="The sender's name borrows the recipient's own domain."),
    signal("name_is_a_role", _role, phishing=0.6,
           text="The sender calls itself an administration or a support desk, from an outside address."),
    signal("reply_to_differs", _reply_elsewhere, phishing=0.2, spam=0.4, social_engineering=0.8, bec=0.8,
           text="Answers go to another domain than the sender's."),
    signal("reply_to_free_mail", _reply_free, phishing=0.5, spam=1.2, bec=1.2, social_engineering=1.2,
           text="Answers go to a public mailbox, though the sender's address is not one."),
    signal("reply_to_second_mailbox", _reply_other_free, spam=1.2, bec=0.5, social_engineering=0.8,
           text="Answers go from one public mailbox to another."),
    signal("reply_to_imitates_sender", _reply_alike, phishing=1.5, bec=3.0, social_engineering=3.0,
           text="The answer's domain is disguised to look like the sender's."),
    signal("sender_without_address", _no_address, spam=1.5, phishing=1.0,
           text="The From field holds no mail address."),
    signal("sender_domain_impossible", _half_address, spam=1.5, phishing=1.2,
           text="The sender's domain cannot exist."),
    signal("several_senders", _several, phishing=1.5, spam=2.0, social_engineering=1.0,
           text="The mail names several senders, so readers may see different ones."),
    signal("name_in_disguise", _dressed, phishing=2.0, spam=1.5,
           text="The sender's name is written with look-alike or invisible letters."),
    signal("subject_in_disguise", _dressed_subject, phishing=1.8, spam=1.5,
           text="The subject is written with look-alike letters."),
    signal("name_with_pictures", _emoji_name, spam=0.8, phishing=0.3,
           text="The sender's name holds emoji."),
    signal("sender_looks_random", _random_local, spam=0.5, phishing=0.4,
           text="The sender's address reads like a machine's choice."),
    signal("sender_very_long", _long_local, spam=0.5, phishing=0.6,
           text="The sender's address is unusually long."),
    signal("sender_domain_looks_random", _random_domain, spam=0.6, phishing=0.6,
           text="The sender's domain reads like a machine's choice."),
    signal("sender_domain_cheap", _cheap_domain, spam=1.0, phishing=0.8,
           text="The sender's domain has an ending that is cheap and seldom a correspondent's."),
    signal("sender_domain_punycode", _foreign_letters, phishing=0.8,
           text="The sender's domain is written with foreign letters."),
    signal("sender_is_trial_tenant", _tenant, phishing=1.0, spam=1.0,
           text="The sender uses the default domain of a hosted mail tenant."),
    signal("sent_to_itself", _to_itself, phishing=0.5, spam=0.8,
           text="The mail is addressed to its own sender only."),
    signal("sender_free_mail", _free_mail, spam=0.2, bec=0.3,
           text="The sender uses a public mailbox."),
    signal("office_from_free_mail", _office_free, phishing=1.2, spam=1.2, bec=0.4,
           text="An office or a bank is said to write from a public mailbox."),
    signal("name_holds_code", _name_coded, phishing=0.8, spam=0.8,
           text="The sender's name holds a long number or code."),
    signal("sender_numbered", _numbered, spam=0.5, phishing=0.3,
           text="The sender's address ends in a number, one of many."),
    signal("reply_to_cheap", _reply_cheap, phishing=1.2, spam=1.5,
           text="Answers go to a domain that is cheap or reads like a machine's choice."),
    signal("shared_by_stranger", _shared_by_stranger, phishing=1.4, spam=1.2,
           text="A well-known service carries the words of a stranger, to whom answers go."),
    signal("sender_numbered_mailbox", _many_digits, spam=0.8, phishing=0.2,
           text="The sender's public mailbox ends in a long number."),
    signal("sender_without_name", _name_of_sender_missing, spam=0.1,
           text="The sender shows no name."),
    signal("name_shouts", _shouted_name, spam=0.4,
           text="The sender's name is written in capitals."),
    signal("name_is_an_offer", _name_shifted, spam=1.2, phishing=0.5,
           text="The sender's name is a sentence or an offer."),
)  # fmt: skip
