# SPDX-License-Identifier: Apache-2.0
"""Business e-mail compromise: somebody writes in the name of a colleague, a boss or a supplier."""

import re
from functools import cache, partial

from mailward.contract.check import HighProfileUser
from mailward.engines.antispam import domains
from mailward.engines.antispam.fold import fold, skeleton
from mailward.engines.antispam.lures import quoted, spoken
from mailward.engines.antispam.signal import Seen, Signal, signal
from mailward.engines.antispam.survey import Survey

REQUESTS = ("wire_request", "bank_change", "gift_cards", "contact_grab")
"""What impostors ask for in the end."""

OPENERS = ("are_you_there", "secrecy", "urgency")
"""How they begin."""

_TITLE = re.compile(
    r"\b(ceo|cfo|coo|cto|president|chair(?:man|woman|person)?|managing director|chief \w+"
    r" officer|executive|director|founder|owner|partner|principal|dean|"
    r"geschaftsfuhr\w+|vorstand\w*|inhaber\w*|directeur|directrice|gerant|pdg|director"
    r" general|gerente|amministratore|presidente|diretor\w*|directeur|prezes|dyrektor|директор"
    r"|генеральный)\b|总经理|董事长|社長|代表取締役"
)
_SIGNED = re.compile(
    r"\b(sent from my (?:iphone|ipad|mobile|phone|android|samsung)|von meinem iphone gesendet"
    r"|envoye de mon iphone|enviado desde mi iphone|inviato da iphone|enviado do meu iphone)\b"
)
_STORY = re.compile(
    r"^[ \t>]*(?:-{3,} ?(?:forwarded|original) message|from:|von:|de :|de:|da:|van:|od:|от:|发件人|差出人)",
    re.IGNORECASE | re.MULTILINE,
)
_LONG = 180
_MAX_PEOPLE = 2_000


@cache
def _known(people: tuple[HighProfileUser, ...]) -> dict[str, tuple[HighProfileUser, ...]]:
    """The people by the look of their names, in either order ("Lee, Ann" and "Ann Lee")."""
    found: dict[str, tuple[HighProfileUser, ...]] = {}
    for person in people[:_MAX_PEOPLE]:
        key = _name_key(person.name)
        if key:
            found[key] = (*found.get(key, ()), person)
    return found


def _name_key(name: str) -> str:
    words = sorted(word for word in re.split(r"[^\w]+", skeleton(name)) if len(word) > 1)
    return " ".join(words)


def _person(survey: Survey) -> HighProfileUser | None:
    """The high-profile user whose name the sender uses from an address that is not theirs."""
    people = survey.facts.high_profile_users
    if not people or not survey.sender.name:
        return None
    name = re.sub(r"\(.*?\)|\bvia\b.*|[\w.+-]+@\S+", " ", fold(survey.sender.name))
    address = survey.sender.address.lower()
    for person in _known(people).get(_name_key(name), ()):
        if address not in {own.lower() for own in person.addresses}:
            return person
    return None


def _impersonated(survey: Survey) -> Seen | None:
    person = _person(survey)
    if person is None or (survey.from_inside and survey.proven):
        return None
    return Seen(f"{survey.sender.name} <{survey.sender.address}>", "header From")


def _impersonated_free(survey: Survey) -> Seen | None:
    return _impersonated(survey) if domains.is_free_mail(survey.sender.domain) else None


def _impersonated_alike(survey: Survey) -> Seen | None:
    """The person's name, from a domain disguised as theirs."""
    person = _person(survey)
    if person is None:
        return None
    true = {domains.registrable(address.rpartition("@")[2].lower()) for address in person.addresses}
    return _impersonated(survey) if any(domains.imitates(survey.sender.domain, domain) for domain in true) else None


def _impersonated_asks(survey: Survey) -> Seen | None:
    return (
        quoted(survey, *REQUESTS, *OPENERS) if _impersonated(survey) and spoken(survey, *REQUESTS, *OPENERS) else None
    )


def _impersonated_reply(survey: Survey) -> Seen | None:
    """The person's true address in From, but answers go elsewhere."""
    address = survey.sender.address.lower()
    people = survey.facts.high_profile_users
    theirs = any(address in {own.lower() for own in person.addresses} for person in people)
    if not theirs or not survey.reply_owner or survey.reply_owner == survey.sender_owner:
        return None
    return Seen(survey.reply_to.address, "header Reply-To")


def _person_signs(survey: Survey) -> Seen | None:
    """A high-profile user's name stands under the text of a stranger's mail."""
    people = survey.facts.high_profile_users
    if not people or survey.from_inside or survey.is_discussion or _person(survey):
        return None
    tail = survey.new_text[-160:]
    for person in people[:_MAX_PEOPLE]:
        name = fold(person.name)
        if " " in name and name in tail and survey.sender.address.lower() not in map(str.lower, person.addresses):
            return Seen(person.name, "body")
    return None


def _plain_request(survey: Survey) -> bool:
    """A short personal text with nothing to click: the form of an impostor's mail."""
    return survey.new_words <= _LONG and not survey.foreign and not survey.is_bulk and not survey.is_discussion


def _asks(lure: str, survey: Survey) -> Seen | None:
    return quoted(survey, lure) if _plain_request(survey) else None


def _opens(survey: Survey) -> Seen | None:
    outside = not survey.is_reply and not (survey.from_inside and survey.proven)
    return quoted(survey, "are_you_there") if outside and _plain_request(survey) else None


def _asks_in_need(survey: Survey) -> Seen | None:
    """A request for money or numbers, pressed for time or secrecy, in one short mail."""
    if not _plain_request(survey) or not spoken(survey, *REQUESTS) or not spoken(survey, *OPENERS):
        return None
    return quoted(survey, *REQUESTS)


def _asks_short(survey: Survey) -> Seen | None:
    brief = survey.new_words <= _BRIEF and not survey.is_reply
    return (
        quoted(survey, "wire_request", "gift_cards", "contact_grab", "bank_change")
        if brief and _plain_request(survey)
        else None
    )


_BRIEF = 70


def _title(survey: Survey) -> Seen | None:
    outside = survey.sender_owner not in survey.recipient_owners
    found = _TITLE.search(survey.name.text)
    return (
        Seen(survey.sender.name, "header From") if found and outside and spoken(survey, *REQUESTS, *OPENERS) else None
    )


def _free_title(survey: Survey) -> Seen | None:
    return _title(survey) if domains.is_free_mail(survey.sender.domain) else None


def _mobile(survey: Survey) -> Seen | None:
    if survey.is_reply or not _plain_request(survey) or not spoken(survey, *REQUESTS, *OPENERS):
        return None
    found = _SIGNED.search(survey.new_text)
    return Seen(found[0], "body") if found else None


def _invented_thread(survey: Survey) -> Seen | None:
    """A conversation is quoted, but no field says that this answers anything, and money is the matter."""
    if survey.is_reply or survey.is_discussion or not spoken(survey, "wire_request", "bank_change"):
        return None
    return quoted(survey, "wire_request", "bank_change") if _STORY.search(survey.text) else None


def _thread_moved(survey: Survey) -> Seen | None:
    """The sender's domain looks like one that the quoted conversation came from, but is another."""
    quoted_domains = {found.lower() for found in _ADDRESS.findall(survey.text[:20000])[:_MAX_QUOTED]}
    quoted_domains |= {found.lower() for found in _ADDRESS.findall(survey.message.first("references"))[:_MAX_QUOTED]}
    own = survey.sender.domain
    asks = spoken(survey, "wire_request", "bank_change")
    for domain in sorted(quoted_domains - {own}):
        owner = domains.registrable(domain)
        same_label = asks and domains.label(owner) == domains.label(own) and owner != survey.sender_owner
        if len(domains.label(owner)) > _NAME and (domains.imitates(own, owner) or same_label):
            return Seen(f"{survey.sender.address}, earlier {domain}", "header From")
    return None


_ADDRESS = re.compile(r"@([a-zA-Z0-9.-]{4,80}\.[a-zA-Z]{2,24})")
_MAX_QUOTED = 20
_NAME = 4


def _free_request(survey: Survey) -> Seen | None:
    mailbox = domains.is_free_mail(survey.sender.domain) or domains.is_free_mail(survey.reply_to.domain)
    return (
        quoted(survey, *REQUESTS)
        if mailbox and _plain_request(survey) and not survey.is_reply and spoken(survey, *REQUESTS)
        else None
    )


SIGNALS: tuple[Signal, ...] = (
    signal("person_impersonated", _impersonated, bec=3.5, social_engineering=2.0, phishing=0.5,
           text="A high-profile user's name comes with an address that is not theirs."),
    signal("person_from_free_mail", _impersonated_free, bec=1.5, social_engineering=1.5,
           text="A high-profile user's name comes from a public mailbox."),
    signal("person_from_disguise", _impersonated_alike, bec=2.0, social_engineering=2.0,
           text="A high-profile user's name comes from a domain disguised as theirs."),
    signal("person_asks", _impersonated_asks, bec=2.0, social_engineering=1.0,
           text="Somebody in a high-profile user's name asks for a favour, money or numbers."),
    signal("person_answers_elsewhere", _impersonated_reply, bec=3.0, social_engineering=2.0,
           text="Answers to a high-profile user would go to a stranger."),
    signal("person_signs_strangely", _person_signs, bec=1.5, social_engineering=0.8,
           text="A high-profile user's name stands under a stranger's mail."),
    signal("asks_for_payment", partial(_asks, "wire_request"), bec=1.0,
           text="A short personal mail asks for a payment."),
    signal("asks_to_change_account", partial(_asks, "bank_change"), bec=1.8, social_engineering=0.5,
           text="A short personal mail asks to change bank details."),
    signal("asks_for_gift_cards", partial(_asks, "gift_cards"), bec=2.5, social_engineering=1.0,
           text="A short personal mail asks for gift cards."),
    signal("asks_for_number", partial(_asks, "contact_grab"), bec=0.8,
           text="A short personal mail asks for a telephone number."),
    signal("asks_are_you_there", _opens, bec=0.4,
           text="A stranger's mail begins by asking whether you can do something."),
    signal("asks_in_secret", partial(_asks, "secrecy"), bec=0.8, social_engineering=0.3,
           text="A short personal mail asks for silence."),
    signal("asks_in_need", _asks_in_need, bec=1.0, social_engineering=0.5,
           text="Money or numbers are asked for in haste or secrecy."),
    signal("asks_short", _asks_short, bec=0.6,
           text="The mail says little else than what it asks for."),
    signal("asks_from_free_mail", _free_request, bec=0.8, social_engineering=0.3,
           text="The request comes from a public mailbox."),
    signal("title_asks", _title, bec=1.0, social_engineering=0.6,
           text="Somebody with a director's title asks, from outside."),
    signal("title_from_free_mail", _free_title, bec=1.5, social_engineering=1.0,
           text="A director writes from a public mailbox."),
    signal("excuse_of_phone", _mobile, bec=0.5,
           text="The request excuses itself with having been sent from a phone."),
    signal("thread_moved", _thread_moved, bec=3.0, social_engineering=2.5, phishing=1.0,
           text="The sender's domain only looks like the one that the quoted conversation came from."),
    signal("thread_invented", _invented_thread, bec=1.2, social_engineering=1.5,
           text="A conversation about a payment is quoted that never was."),
)  # fmt: skip
