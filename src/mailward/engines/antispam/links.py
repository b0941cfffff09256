# SPDX-License-Identifier: Apache-2.0
"""Where the mail's links lead, against what they promise and who sends them."""

import base64
import re
from collections.abc import Callable

from mailward.engines.antispam import brands, domains, url_shapes
from mailward.engines.antispam.fold import skeleton
from mailward.engines.antispam.signal import Seen, Signal, signal
from mailward.engines.antispam.survey import Survey
from mailward.engines.antispam.target import Target

_LONG_PATH = 90
_MANY_LABELS = 5
_CLICK = re.compile(
    r"\b(click|klick|clique|cliquez|clic|clicca|haga|klik|kliknij|here|hier|aqui|ici|qui"
    r"|verify|confirm|login|sign in|access|view|download|open|start|get|claim|continue"
    r"|update|unlock)\b|点击|クリック|こちら|нажмите"
)


def _seen(target: Target) -> Seen:
    text = f"{target.link.text} → " if target.link.text and target.link.text != target.link.target else ""
    return Seen(f"{text}{target.url}", target.place)


def _first(survey: Survey, test: Callable[[Target], object]) -> Seen | None:
    return next((_seen(target) for target in survey.web if test(target)), None)


def _first_foreign(survey: Survey, test: Callable[[Target], object]) -> Seen | None:
    return next((_seen(target) for target in survey.foreign if test(target)), None)


def _text_differs(survey: Survey) -> Seen | None:
    def lies(target: Target) -> bool:
        if not target.promised or target.counted or target.link.host != target.host:
            return False
        promised = domains.registrable(target.promised)
        return promised != target.owner and domains.label(promised) != domains.label(target.owner)

    return next((_seen(target) for target in survey.web if lies(target) and target.owner != survey.sender_owner), None)


def _text_differs_own(survey: Survey) -> Seen | None:
    """The text shows somebody else's host, the link leads to the sender."""

    def lies(target: Target) -> bool:
        return bool(target.promised) and domains.registrable(target.promised) != target.owner == survey.sender_owner

    return _first(survey, lies)


def _brand_host(survey: Survey) -> Seen | None:
    return _first(survey, lambda target: not target.counted and brands.imitated(target.host))


def _brand_worn(survey: Survey) -> Seen | None:
    return _first(survey, lambda target: not target.counted and not target.free and brands.worn(target.host))


def _own_host(survey: Survey) -> Seen | None:
    own = survey.recipient_owners
    return _first(survey, lambda target: any(domains.imitates(target.host, owner) for owner in own))


def _brand_leads_away(survey: Survey) -> Seen | None:
    brand = survey.claimed or survey.local_brand
    if brand is None or brand.owns(survey.sender.domain) or survey.is_reply or survey.is_discussion:
        return None
    away = [target for target in survey.foreign if not brand.owns(target.host)]
    return _seen(away[0]) if away else None


def _subject_brand_leads_away(survey: Survey) -> Seen | None:
    brand = next(iter(survey.subject_brands), None)
    if brand is None or survey.claimed or brand.owns(survey.sender.domain) or survey.is_reply or survey.is_list:
        return None
    away = [target for target in survey.foreign if not brand.owns(target.host)]
    return _seen(away[0]) if away and len(away) == len(survey.foreign) else None


def _body_brand_leads_away(survey: Survey) -> Seen | None:
    """The text speaks for a brand; neither the sender nor any link is the brand's."""
    if survey.claimed or survey.is_reply or survey.is_discussion or survey.from_brand:
        return None
    for brand in survey.body_brands[:3]:
        if any(brand.owns(target.host) for target in survey.targets) or brand.owns(survey.sender.domain):
            continue
        return _seen(survey.web[0]) if survey.web else None
    return None


def _address(survey: Survey) -> Seen | None:
    return _first(survey, lambda target: target.is_address)


def _user(survey: Survey) -> Seen | None:
    return _first(survey, lambda target: url_shapes.USER.match(target.url))


def _shortener(survey: Survey) -> Seen | None:
    return _first(survey, lambda target: target.short)


def _free_host(survey: Survey) -> Seen | None:
    return _first_foreign(survey, lambda target: target.free)


def _punycode(survey: Survey) -> Seen | None:
    return _first(survey, lambda target: "xn--" in target.host and target.link.place.startswith("html"))


def _cheap(survey: Survey) -> Seen | None:
    return _first(survey, lambda target: domains.cheap_ending(target.host))


def _labels(survey: Survey) -> Seen | None:
    return _first(
        survey, lambda target: target.host.count(".") >= _MANY_LABELS and not target.counted and not target.is_address
    )


def _random(survey: Survey) -> Seen | None:
    def odd(target: Target) -> bool:
        left = target.host.removesuffix(target.owner)
        return not target.counted and any(map(domains.looks_random, (*left.split("."), domains.label(target.owner))))

    return _first(survey, odd)


def _token(survey: Survey) -> Seen | None:
    return _first_foreign(
        survey,
        lambda target: len(target.path) > _LONG_PATH and url_shapes.LONG_TOKEN.search(target.path) and not target.free,
    )


def _carries_recipient(survey: Survey) -> Seen | None:
    """The address of the reader stands in the link, plain or in base64: the page will greet by name."""
    for recipient in survey.recipients[:3]:
        coded = base64.b64encode(recipient.encode()).decode().rstrip("=")[:-2]
        for target in survey.foreign[:_FEW_LINKS]:
            lower = target.url.lower()
            if _LEAVING.search(lower) or len(survey.web) > _MANY_LINKS:
                continue
            if (
                recipient in lower
                or recipient.replace("@", "%40") in lower
                or (len(coded) > _CODED and coded in target.url)
            ):
                return _seen(target)
    return None


_CODED = 8
_FEW_LINKS = 20
_MANY_LINKS = 12
_LEAVING = re.compile(r"unsub|opt-?out|remove|subscri|list|preferences|profile|abmeld|desinscri|baja|uitschrij")


def _redirect(survey: Survey) -> Seen | None:
    return _first(survey, lambda target: target.inner and not target.counted and "unsub" not in target.path.lower())


def _known_redirect(survey: Survey) -> Seen | None:
    def opens(target: Target) -> bool:
        path = target.path.lower()
        google = domains.label(target.host) == "google" and path.startswith(("amp/", "url?", "url/", "imgres"))
        bing = target.owner in {"bing.com", "yahoo.com", "baidu.com"} and path.startswith(
            ("ck/", "r/", "link?", "_ylt")
        )
        return (
            google
            or bing
            or (target.owner in {"youtube.com", "facebook.com", "linkedin.com", "substack.com"} and "redirect" in path)
        )

    return _first(survey, opens)


def _port(survey: Survey) -> Seen | None:
    return _first(survey, lambda target: url_shapes.ODD_PORT.match(target.url))


def _scheme(survey: Survey) -> Seen | None:
    odd = ("data:", "javascript:", "vbscript:", "file:", "blob:")
    return next((_seen(target) for target in survey.targets if target.url.lower().startswith(odd)), None)


def _program(survey: Survey) -> Seen | None:
    return _first_foreign(survey, lambda target: url_shapes.PROGRAM.search(target.path))


def _login_words(survey: Survey) -> Seen | None:
    if len(survey.web) > _MANY_LINKS:
        return None
    return _first_foreign(
        survey,
        lambda target: url_shapes.LOGIN.search(target.host) or url_shapes.LOGIN.search(target.path.lower()[:120]),
    )


def _built_in(survey: Survey) -> Seen | None:
    return _first_foreign(survey, lambda target: url_shapes.BUILT.search("/" + target.path))


def _all_elsewhere(survey: Survey) -> Seen | None:
    web = survey.web
    if not web or survey.is_reply or survey.is_discussion or not survey.sender_owner:
        return None
    return _seen(web[0]) if len(survey.foreign) == len(web) else None


def _single_goal(survey: Survey) -> Seen | None:
    goals = {target.owner for target in survey.web}
    if len(goals) != 1 or survey.is_reply or survey.is_discussion or not survey.foreign or survey.words > _FEW_WORDS:
        return None
    return _seen(survey.foreign[0])


_FEW_WORDS = 220


def _foreign_button(survey: Survey) -> Seen | None:
    return _first_foreign(
        survey,
        lambda target: (
            not target.promised and target.link.text != target.link.target and _CLICK.search(target.link.text.lower())
        ),
    )


def _clear_http(survey: Survey) -> Seen | None:
    return _first_foreign(survey, lambda target: target.url.startswith("http:"))


def _name_in_path(survey: Survey) -> Seen | None:
    """A brand's name in the path of somebody else's page."""

    def wears(target: Target) -> bool:
        found = brands.named(re.sub(r"[^a-z]+", " ", target.path.lower()[:160]))
        return bool(found) and not any(brand.owns(target.host) or brand.owns(survey.sender.domain) for brand in found)

    return _first_foreign(survey, wears)


def _reads_differently(survey: Survey) -> Seen | None:
    """A host with letters of several scripts, or one that reads like another when digits stand for letters."""

    def mixed(target: Target) -> bool:
        name = domains.label(domains.shown(target.host))
        return "xn--" in target.host and target.link.place.startswith("html") and skeleton(name).isascii()

    return _first(survey, mixed)


def _unfilled(survey: Survey) -> Seen | None:
    found = next(
        (
            link
            for link in survey.reading.links
            if re.search(r"\{\{?\w+\}?\}|%7B\w+%7D|\[\w+_?link\]|#c?url#", link.target, re.IGNORECASE)
        ),
        None,
    )
    return Seen(found.target, f"link in {found.place}") if found else None


SIGNALS: tuple[Signal, ...] = (
    signal("link_text_differs", _text_differs, phishing=2.5, spam=0.6, social_engineering=1.0,
           text="A link shows one address but leads to another."),
    signal("link_text_shows_other", _text_differs_own, phishing=0.8,
           text="A link to the sender's site is dressed up as somebody else's address."),
    signal("link_imitates_brand", _brand_host, phishing=2.5,
           text="A link's host looks like a known brand's, but is not."),
    signal("link_wears_brand", _brand_worn, phishing=1.2,
           text="A link's host wears a brand's name beside other words."),
    signal("link_imitates_own", _own_host, phishing=3.0,
           text="A link's host is disguised to be similar to the recipient's domain."),
    signal("brand_leads_away", _brand_leads_away, phishing=2.0, spam=0.8,
           text="The mail speaks for a brand, but its links lead elsewhere."),
    signal("brand_in_subject_leads_away", _subject_brand_leads_away, phishing=0.7,
           text="The subject names a brand, but the links lead elsewhere."),
    signal("brand_in_text_leads_away", _body_brand_leads_away, phishing=0.5,
           text="The text names a brand, but neither sender nor links are the brand's."),
    signal("link_to_address", _address, phishing=1.5, spam=1.2,
           text="A link leads to a bare IP address."),
    signal("link_with_user", _user, phishing=1.5, spam=1.0,
           text="A link carries a user name before its host, to mislead the eye."),
    signal("link_shortened", _shortener, phishing=1.2, spam=1.4,
           text="A link hides its goal behind a shortener."),
    signal("link_free_hosting", _free_host, phishing=1.6, spam=1.4,
           text="A link leads to a page that anybody can put up for nothing."),
    signal("link_punycode", _punycode, phishing=0.8,
           text="A link's host is written with foreign letters."),
    signal("link_in_disguise", _reads_differently, phishing=2.0,
           text="A link's host uses foreign letters to look like a Latin name."),
    signal("link_cheap_ending", _cheap, phishing=0.8, spam=1.2,
           text="A link's domain has an ending that is cheap and often abused."),
    signal("link_many_labels", _labels, phishing=0.6,
           text="A link's host has unusually many parts."),
    signal("link_host_random", _random, phishing=0.6, spam=0.8,
           text="A link's host reads like a machine's choice."),
    signal("link_long_token", _token, phishing=0.4, spam=0.6,
           text="A link carries a long coded tail to a stranger's site."),
    signal("link_names_recipient", _carries_recipient, phishing=1.6, spam=0.5,
           text="A link to a stranger's site carries the recipient's address."),
    signal("link_redirects", _redirect, phishing=0.5, spam=0.3,
           text="A link holds another site's address: it redirects."),
    signal("link_borrows_redirect", _known_redirect, phishing=2.0, spam=1.8,
           text="A link borrows a big site's redirect to hide its goal."),
    signal("link_odd_port", _port, phishing=0.6,
           text="A link uses an unusual port."),
    signal("link_odd_scheme", _scheme, phishing=2.0,
           text="A link holds a page or script in itself."),
    signal("link_to_file", _program, phishing=0.6,
           text="A link leads to an archive or a program."),
    signal("link_sign_in_words", _login_words, phishing=0.7,
           text="A stranger's link wears words of signing in."),
    signal("link_in_broken_site", _built_in, phishing=1.2,
           text="A link leads deep into a site's machinery, where intruders hide pages."),
    signal("links_all_elsewhere", _all_elsewhere, phishing=0.5, spam=0.7,
           text="No link leads to the sender's own domain."),
    signal("link_single_goal", _single_goal, phishing=0.6, spam=0.7,
           text="A short mail whose links all lead to one stranger's site."),
    signal("link_button_elsewhere", _foreign_button, phishing=0.8, spam=0.7,
           text="A button or 'click here' leads to a stranger's site."),
    signal("link_clear_http", _clear_http, spam=0.3, phishing=0.2,
           text="A link to a stranger's site is not encrypted."),
    signal("brand_in_link_path", _name_in_path, phishing=1.0,
           text="A brand's name stands in the path of somebody else's page."),
    signal("link_template_left", _unfilled, phishing=1.0, spam=1.5,
           text="A link still holds the gaps of a template."),
)  # fmt: skip
