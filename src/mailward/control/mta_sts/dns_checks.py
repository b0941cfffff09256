# SPDX-License-Identifier: Apache-2.0
"""The records that make a policy known and its failures heard: what should stand there, and what does."""

from collections.abc import Sequence

from mailward.contract.dns import DnsTrouble
from mailward.contract.dns_check import PUBLISH, DnsCheck, DnsState, DnsSurvey, checked, unanswered
from mailward.contract.wording import NOTHING, Sentence
from mailward.control.mta_sts.policy_text import permits, record_of, text_of
from mailward.control.mta_sts.shapes import PolicyMode
from mailward.records.tls_reports import service as tls_reports

MAX_SHOWN = 20
_ID_WHY = Sentence(
    "dns.why.mta_sts", "Tells senders that there is an MTA-STS policy, and by its id when to fetch it anew."
)
_HOST_WHY = Sentence(
    "dns.why.mta_sts_host",
    "Senders fetch the policy from this host over HTTPS. Without it the policy is not known to anybody.",
)
_MX_WHY = Sentence("dns.why.mta_sts_mx", "Senders that heed the policy bring mail only to servers that it names.")
_REPORT_WHY = Sentence("dns.why.tls_reports", "Asks senders to tell you when they cannot encrypt mail to your servers.")
_SEVERAL = Sentence("dns.mta_sts.several", "There are several such records, and senders heed none of them. Leave one.")
_OLD = Sentence("dns.mta_sts.old", "Replace the record by the expected one; the policy or address has changed.")
_NO_HOST = Sentence(
    "dns.mta_sts.no_host",
    "Publish a CNAME, A or AAAA record that leads to the web server in front of this gateway.",
)
_LOSES = Sentence(
    "dns.mta_sts.loses",
    "The policy does not name {names}, which gets no mail from senders that heed the policy. Name it, or remove"
    " the MX.",
)
_WOULD_LOSE = Sentence(
    "dns.mta_sts.would_lose",
    "The policy does not name {names}, which would get no mail if it were enforced. Name it, or remove the MX.",
)


async def dns_checks(survey: DnsSurvey) -> Sequence[DnsCheck]:
    """Of a domain with a policy: its record, its host, and whether it names the domain's mail servers. And where
    reports are to come to: the record that says so."""
    async with survey.scoped() as connection:
        row = await connection.fetchrow(
            "SELECT mode, mx, max_age FROM hosted_sts_policies WHERE domain = $1", survey.domain
        )
        address = await tls_reports.report_address(connection)
    found: list[DnsCheck] = []
    if row is not None:
        names = [name for name in survey.gateway.mail_exchanges if "." in name]
        mx, mode = list(row["mx"]) or names, PolicyMode(row["mode"])
        found.append(await _id(survey, record_of(text_of(mode, mx, row["max_age"]))))
        found.append(await _host(survey))
        if mode is not PolicyMode.NONE:
            found.append(await _servers(survey, mx, enforced=mode is PolicyMode.ENFORCE))
    if address:
        found.append(await _reports(survey, address))
    return found


async def _id(survey: DnsSurvey, expected: str) -> DnsCheck:
    name = f"_mta-sts.{survey.domain}"
    return await _text(survey, "mta_sts", name, expected, "v=STSv1", _ID_WHY)


async def _reports(survey: DnsSurvey, address: str) -> DnsCheck:
    name = f"_smtp._tls.{survey.domain}"
    return await _text(survey, "tls_reports", name, f"v=TLSRPTv1; rua=mailto:{address}", "v=TLSRPTv1", _REPORT_WHY)


async def _text(survey: DnsSurvey, kind: str, name: str, expected: str, begins: str, why: Sentence) -> DnsCheck:
    """One TXT record that must stand alone among those of its kind."""
    try:
        texts = [text.decode("utf-8", "replace") for text in await survey.resolver.txt(name)]
    except DnsTrouble as exc:
        return checked(kind, name, "TXT", DnsState.UNKNOWN, why=why, expected=(expected,), advice=unanswered(exc))
    ours = [text for text in texts if text.startswith(begins)]
    same = [text for text in ours if _fields(text) == _fields(expected)]
    if not ours:
        state, advice = DnsState.MISSING, PUBLISH()
    elif len(ours) > 1:
        state, advice = DnsState.WRONG, _SEVERAL()
    elif not same:
        state, advice = DnsState.WRONG, _OLD()
    else:
        state, advice = DnsState.OK, NOTHING
    found = tuple(ours[:MAX_SHOWN])
    return checked(kind, name, "TXT", state, why=why, expected=(expected,), found=found, advice=advice)


async def _host(survey: DnsSurvey) -> DnsCheck:
    name = f"mta-sts.{survey.domain}"
    try:
        found = (*await survey.resolver.a(name), *await survey.resolver.aaaa(name))
    except DnsTrouble as exc:
        return checked("mta_sts_host", name, "A", DnsState.UNKNOWN, why=_HOST_WHY, advice=unanswered(exc))
    state = DnsState.OK if found else DnsState.MISSING
    advice = NOTHING if found else _NO_HOST()
    return checked("mta_sts_host", name, "A, AAAA", state, why=_HOST_WHY, found=found[:MAX_SHOWN], advice=advice)


async def _servers(survey: DnsSurvey, mx: Sequence[str], *, enforced: bool) -> DnsCheck:
    try:
        exchanges = [exchange.host for exchange in await survey.resolver.mx(survey.domain) if exchange.host]
    except DnsTrouble as exc:
        return checked("mta_sts_mx", survey.domain, "MX", DnsState.UNKNOWN, why=_MX_WHY, advice=unanswered(exc))
    outside = [host for host in exchanges if not permits(mx, host)]
    state, advice = DnsState.OK, NOTHING
    if outside:
        state = DnsState.WRONG if enforced else DnsState.WARNING
        advice = (_LOSES if enforced else _WOULD_LOSE)(names=", ".join(outside[:MAX_SHOWN]))
    found = tuple(exchanges[:MAX_SHOWN])
    return checked("mta_sts_mx", survey.domain, "MX", state, why=_MX_WHY, found=found, advice=advice)


def _fields(text: str) -> list[str]:
    return [field.strip() for field in text.split(";") if field.strip()]
