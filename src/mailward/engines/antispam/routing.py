# SPDX-License-Identifier: Apache-2.0
"""How the mail came: the path it tells of, the peer that brought it, and what authentication found."""

import re
from itertools import pairwise

from mailward.engines.antispam import domains
from mailward.engines.antispam.signal import Seen, Signal, signal
from mailward.engines.antispam.survey import Survey

_BY_LITERAL = re.compile(r"\bfrom \[?\d{1,3}(?:\.\d{1,3}){3}\]?[\s;(]")
_UNQUALIFIED = re.compile(r"\bfrom ([A-Za-z0-9_-]{1,40}) \(|\(helo[= ]([A-Za-z0-9_-]{1,40})\)", re.IGNORECASE)
_DYNAMIC = re.compile(
    r"\b(?:[a-z0-9-]*\d{1,3}[-.]\d{1,3}[-.]\d{1,3}[a-z0-9-]*\.(?:[a-z0-9-]+\.)+[a-z]{2,}|(?:\w|-)*(?:dyn(?:amic)?|dsl|adsl|dhcp|dial(?:up|in)?|ppp|cable|pool|client)(?:\w|-)*\.(?:[a-z0-9-]+\.)+[a-z]{2,})",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(r"\((?:unknown|unverified|may be forged)|may be forged\)|\bfrom unknown\b", re.IGNORECASE)
_WEB_SERVER = re.compile(
    r"from userid \d+|\((?:apache|www-data|nobody|httpd|nginx|www|wwwrun|webmaster)@|\bwith local\b.*(?:www|apache)|by \S+ \(Postfix, from userid",
    re.IGNORECASE,
)
_INSIDE = re.compile(r"\b(?:10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)")
_DAY = 86_400.0
_BACK = 6 * 3600.0


def _first_hop(survey: Survey) -> str:
    """The oldest hop that came over the network from outside."""
    for hop in reversed(survey.hops):
        if hop.lower().startswith("from") and not _INSIDE.search(hop.partition(" by ")[0]):
            return hop
    return ""


def _hop(pattern: re.Pattern[str], survey: Survey) -> Seen | None:
    hop = _first_hop(survey).partition(" by ")[0]
    return Seen(hop[:200], "header Received") if hop and pattern.search(hop + " ") else None


def _literal(survey: Survey) -> Seen | None:
    return _hop(_BY_LITERAL, survey) if not survey.is_list else None


def _unnamed(survey: Survey) -> Seen | None:
    helo = survey.facts.connection.helo if survey.facts.connection else ""
    if helo and "." not in helo and ":" not in helo:
        return Seen(helo, "HELO")
    return _hop(_UNQUALIFIED, survey) if not survey.is_list else None


def _dynamic(survey: Survey) -> Seen | None:
    connection = survey.facts.connection
    if connection is not None:
        return (
            Seen(connection.peer_name, "connection")
            if connection.peer_name and _DYNAMIC.search(connection.peer_name)
            else None
        )
    return _hop(_DYNAMIC, survey) if not survey.is_list else None


def _no_name(survey: Survey) -> Seen | None:
    connection = survey.facts.connection
    if connection is not None:
        private = _INSIDE.match(connection.peer_ip) or connection.peer_ip == "::1"
        return Seen(connection.peer_ip, "connection") if not connection.peer_name and not private else None
    return _hop(_UNKNOWN, survey)


def _web_server(survey: Survey) -> Seen | None:
    found = next((hop for hop in reversed(survey.hops[-3:]) if _WEB_SERVER.search(hop)), "")
    return Seen(found[:200], "header Received") if found and not survey.is_list else None


def _gap(survey: Survey) -> Seen | None:
    times = survey.hop_times
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return (
        Seen(f"{max(gaps) / 3600:.0f} hours between two servers", "header Received")
        if gaps and max(gaps) > _DAY
        else None
    )


def _backwards(survey: Survey) -> Seen | None:
    times = survey.hop_times
    gaps = [earlier - later for earlier, later in pairwise(times)]
    return Seen(f"{max(gaps) / 3600:.0f} hours back in time", "header Received") if gaps and max(gaps) > _BACK else None


def _envelope_differs(survey: Survey) -> Seen | None:
    owner = survey.envelope_owner
    if not owner or owner == survey.sender_owner or survey.is_list or not survey.sender_owner:
        return None
    if domains.within(owner, domains.hosts().mail_services) or owner in survey.recipient_owners:
        return None
    return Seen(f"{survey.envelope_sender} for {survey.sender.address}", "envelope")


def _machine(survey: Survey) -> Seen | None:
    local = (survey.envelope_sender or "").partition("@")[0].lower()
    return (
        Seen(survey.envelope_sender or "", "envelope")
        if local in _ACCOUNTS and survey.envelope_owner != survey.sender_owner
        else None
    )


_ACCOUNTS = frozenset(
    {
        "root",
        "www-data",
        "apache",
        "nobody",
        "httpd",
        "nginx",
        "www",
        "daemon",
        "administrator",
        "wwwrun",
        "cpanel",
        "plesk",
    }
)


def _null_sender(survey: Survey) -> Seen | None:
    if survey.envelope_sender != "" or survey.is_report or _automatic(survey):
        return None
    return Seen("<>", "envelope")


def _automatic(survey: Survey) -> bool:
    answered = survey.message.first("auto-submitted").lower() not in {"", "no"}
    return answered or bool(
        survey.message.fields("x-autoreply") or survey.message.fields("disposition-notification-to")
    )


def _dmarc_fail(survey: Survey) -> Seen | None:
    dmarc = survey.facts.authentication.dmarc
    failed = survey.disproven and dmarc.policy in {"quarantine", "reject"}
    return (
        Seen(f"{dmarc.domain}: {dmarc.why or 'fail'}", "authentication") if failed and not _passed_on(survey) else None
    )


def _dmarc_fail_soft(survey: Survey) -> Seen | None:
    dmarc = survey.facts.authentication.dmarc
    failed = survey.disproven and dmarc.policy not in {"quarantine", "reject"}
    return (
        Seen(f"{dmarc.domain}: {dmarc.why or 'fail'}", "authentication") if failed and not _passed_on(survey) else None
    )


def _passed_on(survey: Survey) -> bool:
    return survey.facts.authentication.arc.result == "pass"


def _spf_fail(survey: Survey) -> Seen | None:
    spf = survey.facts.authentication.spf
    return (
        Seen(f"{spf.domain}: {spf.why or spf.result}", "authentication")
        if survey.facts.authentication.evaluated and spf.result == "fail"
        else None
    )


def _spf_softfail(survey: Survey) -> Seen | None:
    spf = survey.facts.authentication.spf
    return (
        Seen(f"{spf.domain}: {spf.why or spf.result}", "authentication")
        if survey.facts.authentication.evaluated and spf.result == "softfail"
        else None
    )


def _dkim_fail(survey: Survey) -> Seen | None:
    results = survey.facts.authentication.dkim
    broken = results and all(result.result == "fail" for result in results)
    return (
        Seen(f"{results[0].domain}: {results[0].why or 'fail'}", "authentication")
        if broken and not survey.is_list
        else None
    )


def _unproven(survey: Survey) -> Seen | None:
    authentication = survey.facts.authentication
    if not authentication.evaluated or survey.proven or survey.disproven:
        return None
    proven = authentication.spf.result == "pass" or any(result.result == "pass" for result in authentication.dkim)
    return None if proven else Seen(survey.sender.domain, "authentication")


SIGNALS: tuple[Signal, ...] = (
    signal("dmarc_fails", _dmarc_fail, phishing=3.0, spam=1.5, bec=2.0, social_engineering=1.5,
           text="The sender's domain asks that mail which is not proven be refused, and this is not proven."),
    signal("dmarc_fails_softly", _dmarc_fail_soft, phishing=1.2, spam=0.8, bec=1.0, social_engineering=0.8,
           text="The mail fails the sender's own domain policy."),
    signal("spf_fails", _spf_fail, phishing=1.2, spam=1.0, bec=0.8, social_engineering=0.5,
           text="The sending server is not allowed to send for this domain."),
    signal("spf_softfails", _spf_softfail, phishing=0.5, spam=0.5, bec=0.3,
           text="The sending server is probably not allowed to send for this domain."),
    signal("signature_broken", _dkim_fail, phishing=0.8, spam=0.5, social_engineering=1.0,
           text="The mail's signature does not fit: it was changed or forged."),
    signal("sender_unproven", _unproven, phishing=0.5, spam=0.5, bec=0.3,
           text="Nothing proves the sender's domain."),
    signal("path_from_address", _literal, spam=0.6, phishing=0.3,
           text="The first server gave an address instead of a name."),
    signal("path_from_unnamed", _unnamed, spam=0.4, phishing=0.3,
           text="The first server gave a name that is none."),
    signal("path_from_dynamic", _dynamic, spam=0.8, phishing=0.3,
           text="The mail was brought by a dial-in or home connection."),
    signal("path_unconfirmed", _no_name, spam=0.4, phishing=0.2,
           text="The sending server's name could not be confirmed."),
    signal("path_from_web_server", _web_server, spam=0.8, phishing=0.8,
           text="A web server's account sent the mail."),
    signal("path_with_gap", _gap, spam=0.3, social_engineering=1.0,
           text="The mail lay for more than a day between two servers."),
    signal("path_back_in_time", _backwards, spam=0.5, social_engineering=1.2,
           text="The times of the servers on the path contradict one another."),
    signal("envelope_differs", _envelope_differs, spam=0.5, phishing=0.4, social_engineering=0.8,
           text="The mail's return address belongs to another domain than its sender."),
    signal("envelope_is_machine", _machine, phishing=1.4, spam=1.0,
           text="A server's own account sent the mail in somebody else's name."),
    signal("envelope_empty", _null_sender, spam=1.5, phishing=1.0, social_engineering=1.0,
           text="The mail has no return address, though it is no report."),
)  # fmt: skip
