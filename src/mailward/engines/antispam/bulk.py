# SPDX-License-Identifier: Apache-2.0
"""Bulk mail that was probably asked for: newsletters, offers, notices of networks and forums."""

import re

from mailward.engines.antispam import domains
from mailward.engines.antispam.lures import quoted, spoken
from mailward.engines.antispam.signal import Seen, Signal, signal
from mailward.engines.antispam.survey import Survey

_SERVICE_FIELDS = tuple(
    """
    feedback-id x-sg-eid x-mailgun-sid x-mc-user x-mandrill-user x-campaignid x-campaign x-campaign-id
    x-mailing-id x-csa-complaints x-sfmc-stack x-job x-mailer-recptid x-cid x-mailer-sid x-mailingid
    x-ses-outgoing x-sib-id x-emarsys-identify x-newsletter x-list-unsubscribe x-subscriber
    x-delivery-context x-rpcampaign x-pmta x-binding x-report-abuse x-mc-unique x-mailid x-msys-api
    x-klaviyo-message-id x-hubspot-message-source x-marketoid x-acxm x-cheetahmailid x-responsys
    x-accountcode x-customer x-emailtype-id x-broadcast-id x-mailchimp-campaign x-unsubscribe x-ecs-mailerid
    x-jobid x-mid x-rmailer
    """.split()
)
_COUNTED_SENDER = re.compile(
    r"(?:bounce|return|errors?|bnc|news|list|mailer|owner)[\w.+=-]*[\d=]|[\w.+-]+[=][\w.-]+@|-\d{4,}|\d{8,}|\+[\w=.-]{12,}",
    re.IGNORECASE,
)
_OFFICE = re.compile(
    r"^(?:no-?reply|do-?not-?reply|news(?:letters?)?|info|offers?|deals?|marketing|promo(?:tions?)?|hello|contact|mail(?:er|ing)?|updates?|notifications?|alerts?|"
    r"digest|service|customer|store|shop|subscri|members?|editor|bulletin|announce|list|kundenservice|angebote|aktuell|specials?|club|team|email|reply|support|postmaster|webmaster|weekly|daily)",
    re.IGNORECASE,
)
_SOCIAL = frozenset(
    "facebookmail.com linkedin.com twitter.com x.com instagram.com pinterest.com tiktok.com"
    " quora.com xing.com vk.com meetup.com nextdoor.com snapchat.com discord.com threads.net"
    " bsky.app mastodon.social reddit.com redditmail.com ok.ru classmates.com strava.com"
    " tumblr.com twitch.tv youtube.com".split()
)
_FORUM = frozenset(
    "github.com gitlab.com stackoverflow.email stackexchange.com discoursemail.com groups.io"
    " googlegroups.com atlassian.net yahoogroups.com phpbb.com vbulletin.com bitbucket.org"
    " launchpad.net sourceforge.net".split()
)
_FORUM_FIELDS = (
    "x-discourse-topic-id",
    "x-github-reason",
    "x-gitlab-project",
    "x-phpbb-origin",
    "x-jira-fingerprint",
    "x-forum",
    "x-vbulletin",
    "x-launchpad-bug",
)
_MANY_LINKS = 8
_SOME_LINKS = 3
_WORDS = 120


def _unsubscribe_field(survey: Survey) -> Seen | None:
    value = survey.message.first("list-unsubscribe")
    return Seen(value[:200], "header List-Unsubscribe") if value and not survey.is_list else None


def _one_click(survey: Survey) -> Seen | None:
    value = survey.message.first("list-unsubscribe-post")
    return Seen(value[:200], "header List-Unsubscribe-Post") if value else None


def _precedence(survey: Survey) -> Seen | None:
    value = survey.message.first("precedence")
    return (
        Seen(value, "header Precedence")
        if value.lower().startswith(("bulk", "junk")) and not survey.is_list and not survey.is_report
        else None
    )


def _service(survey: Survey) -> Seen | None:
    for name in _SERVICE_FIELDS:
        if survey.message.fields(name):
            return Seen(f"{name}: {survey.message.first(name)[:100]}", "header")
    if survey.envelope_owner and domains.within(survey.envelope_owner, domains.hosts().mail_services):
        return Seen(survey.envelope_sender or "", "envelope")
    return None


def _counted_sender(survey: Survey) -> Seen | None:
    address = survey.envelope_sender or ""
    counted = _COUNTED_SENDER.search(address) and address.lower() != survey.sender.address.lower()
    return Seen(address, "envelope") if counted and not survey.is_list else None


def _counted_links(survey: Survey) -> Seen | None:
    found = next((target for target in survey.web if target.counted), None)
    return Seen(found.url, found.place) if found else None


def _unsubscribe_text(survey: Survey) -> Seen | None:
    return quoted(survey, "unsubscribe") if not survey.is_list and not survey.is_reply else None


def _unsubscribe_link(survey: Survey) -> Seen | None:
    if survey.is_list or survey.is_reply:
        return None
    found = next(
        (
            target
            for target in survey.web
            if _LEAVE.search(target.url[:400].lower()) or _LEAVE.search(target.link.text.lower())
        ),
        None,
    )
    return Seen(found.link.text + " → " + found.url, found.place) if found else None


_LEAVE = re.compile(
    r"unsub|opt-?out|optout|/(?:un)?subscri|remove-?me|email-?pref|preferences|manage_?sub|abmeld|abbestell|austrag|desinscri|desabonn|desuscri|darse-?de-?baja|disiscri|cancellaz|descadastr|"
    r"uitschrij|afmeld|wypis|отпис|退订|配信停止|配信解除"
)


def _newsletter(survey: Survey) -> Seen | None:
    return quoted(survey, "newsletter") if not survey.is_list and not survey.is_reply else None


def _newsletter_strong(survey: Survey) -> Seen | None:
    strong = survey.hits.count("newsletter") > 1 and not survey.is_list and not survey.is_reply
    return quoted(survey, "newsletter") if strong else None


def _sale(survey: Survey) -> Seen | None:
    return quoted(survey, "sale") if not survey.is_list and not survey.is_reply else None


def _sale_strong(survey: Survey) -> Seen | None:
    return (
        quoted(survey, "sale") if survey.hits.count("sale") > 1 and not survey.is_list and not survey.is_reply else None
    )


def _leavable_letter(survey: Survey) -> Seen | None:
    """Says how to leave, and looks like a letter to many: offers, issues, links."""
    if (
        survey.is_list
        or survey.is_reply
        or not (survey.hits.count("unsubscribe") or survey.is_bulk or _unsubscribe_link(survey))
    ):
        return None
    many = spoken(survey, "newsletter", "sale") or len(survey.web) >= _MANY_LINKS
    return (quoted(survey, "unsubscribe", "newsletter", "sale") or Seen("", "body")) if many else None


def _many_links(survey: Survey) -> Seen | None:
    many = len(survey.web) >= _MANY_LINKS and not survey.is_list and not survey.is_reply
    return Seen(f"{len(survey.web)} links", "body") if many else None


def _office(survey: Survey) -> Seen | None:
    local = survey.sender.address.partition("@")[0]
    return Seen(survey.sender.address, "header From") if _OFFICE.search(local) and not survey.is_list else None


def _layout(survey: Survey) -> Seen | None:
    """A page of pictures, links and text: nobody writes so by hand."""
    images = sum(len(view.images) for view in survey.reading.html)
    laid_out = images >= _SOME_LINKS and len(survey.web) >= _SOME_LINKS and not survey.is_reply and not survey.is_list
    return Seen(f"{images} pictures, {len(survey.web)} links", "body") if laid_out else None


def _issue(survey: Survey) -> Seen | None:
    """A long plain text with many links and headings ruled off by lines: a newsletter of the plain kind."""
    ruled = len(re.findall(r"^[ \t]*[-=_*~+#]{10,}[ \t]*$", survey.text[:20000], re.MULTILINE)) >= _SOME_LINKS
    long = survey.words > _WORDS and len(survey.web) >= _SOME_LINKS
    return Seen("ruled off by lines", "body") if ruled and long and not survey.is_reply and not survey.is_list else None


def _social(survey: Survey) -> Seen | None:
    return Seen(survey.sender.address, "header From") if domains.within(survey.sender.domain, _SOCIAL) else None


def _social_words(survey: Survey) -> Seen | None:
    return quoted(survey, "social_notice") if not survey.is_list and not survey.is_reply else None


def _forum(survey: Survey) -> Seen | None:
    if field := next((name for name in _FORUM_FIELDS if survey.message.fields(name)), None):
        return Seen(field, "header")
    return (
        Seen(survey.sender.address, "header From")
        if domains.within(survey.sender.domain, _FORUM) and not survey.is_list
        else None
    )


def _forum_words(survey: Survey) -> Seen | None:
    return quoted(survey, "forum_notice") if not survey.is_list else None


def _personal(survey: Survey) -> Seen | None:
    """A thread, a list's discussion, or a report: not bulk, whatever else it shows."""
    return Seen("", "header References") if survey.is_reply or survey.is_report else None


def _transaction(survey: Survey) -> Seen | None:
    """A receipt, a reset, an appointment: sent by machine, but to one, and because of what they did."""
    strong = survey.hits.count("transaction") and not survey.is_bulk and not survey.hits.count("sale")
    return quoted(survey, "transaction") if strong else None


SIGNALS: tuple[Signal, ...] = (
    signal("bulk_unsubscribe_field", _unsubscribe_field, graymail=3.5,
           text="A field tells mail programs how to unsubscribe."),
    signal("bulk_one_click", _one_click, graymail=0.8,
           text="A field offers to unsubscribe with one click."),
    signal("bulk_precedence", _precedence, graymail=2.5,
           text="A field says that the mail went to many."),
    signal("bulk_service", _service, graymail=1.5,
           text="A service for mass mail sent it."),
    signal("bulk_counted_return", _counted_sender, graymail=1.2,
           text="The return address is numbered per recipient."),
    signal("bulk_counted_links", _counted_links, graymail=1.0,
           text="Links count clicks through a mail service."),
    signal("bulk_unsubscribe_text", _unsubscribe_text, graymail=2.0,
           text="The text tells how to unsubscribe."),
    signal("bulk_unsubscribe_link", _unsubscribe_link, graymail=2.2,
           text="A link lets the reader unsubscribe."),
    signal("bulk_newsletter", _newsletter, graymail=1.2,
           text="Calls itself a newsletter, or speaks like one."),
    signal("bulk_newsletter_strong", _newsletter_strong, graymail=1.0,
           text="Speaks like a newsletter in many words."),
    signal("bulk_sale", _sale, graymail=0.8,
           text="Advertises offers."),
    signal("bulk_sale_strong", _sale_strong, graymail=0.8,
           text="Advertises many offers."),
    signal("bulk_letter_to_many", _leavable_letter, graymail=1.4,
           text="A letter to many that can be left."),
    signal("bulk_many_links", _many_links, graymail=0.8,
           text="Holds many links."),
    signal("bulk_office", _office, graymail=0.8,
           text="The sender is an office, not a person."),
    signal("bulk_layout", _layout, graymail=0.8,
           text="Laid out with pictures and links."),
    signal("bulk_issue", _issue, graymail=1.2,
           text="Laid out like the issue of a periodical."),
    signal("bulk_social", _social, graymail=4.5,
           text="A social network sent it."),
    signal("bulk_social_words", _social_words, graymail=1.0,
           text="Reports what somebody did on a network."),
    signal("bulk_forum", _forum, graymail=3.5,
           text="A forum or a project's tracker sent it."),
    signal("bulk_forum_words", _forum_words, graymail=1.5,
           text="Reports a new post or answer."),
    signal("bulk_not_personal", _personal, graymail=-3.0,
           text="Part of a conversation, or a report."),
    signal("bulk_not_transaction", _transaction, graymail=-1.5,
           text="A receipt or notice about something the reader did."),
)  # fmt: skip
