# SPDX-License-Identifier: Apache-2.0
"""Once a day, each domain that asks for it hears how our sessions with its servers were encrypted (RFC 8460)."""

import gzip
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

import msgspec
import structlog

from mailward.contract.dns import DnsTrouble
from mailward.contract.job import JobTools
from mailward.contract.organization import Organization
from mailward.contract.own_mail import OwnMail
from mailward.egress.door import ON_BEHALF_OF, SwitchedOff
from mailward.egress.https import FetchFailed, TlsReportUpload
from mailward.kit.database import AWAY
from mailward.kit.domain_names import plain_domain
from mailward.records.tls_reports.report import DateRange, Failure, Policy, PolicyReport, Summary, TlsReport
from mailward.records.tls_reports.settings import OUTCOME_DAYS, TlsReportsSettings

log = structlog.get_logger()

FEATURE_NAME = "tls_reports"
MAX_DOMAINS = 500
"""Domains that one organization reports to at one turn; the rest at the next."""
MAX_ADDRESSES = 4
"""Addresses of one record that get the report."""
MAX_ROWS = 5000
"""Rows of one report."""
POST_SECONDS = 60.0
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*/=?^_`{|}~.+-]{1,64}@[A-Za-z0-9.-]{1,253}")


def sender_of(settings: TlsReportsSettings, domains: Sequence[str]) -> str:
    """The address that reports come from; empty if there is none."""
    return settings.sender or (f"tls-reporting@{domains[0]}" if domains else "")


def targets_of(texts: tuple[bytes, ...]) -> list[str]:
    """The addresses of the one record at _smtp._tls.DOMAIN, mailto: and https: (RFC 8460, 3); none if there is no
    such record."""
    found = [text for text in texts if re.match(rb"v=TLSRPTv1\s*;", text)]
    if len(found) != 1:
        return []
    fields = (field.partition("=") for field in found[0].decode("ascii", "replace").split(";"))
    rua = next((value for key, _, value in fields if key.strip().lower() == "rua"), "")
    wanted = [word.strip() for word in rua.split(",")]
    return [word for word in wanted if word.startswith(("mailto:", "https://"))][:MAX_ADDRESSES]


async def send_due(tools: JobTools) -> None:
    """Report all days that are over. One organization's trouble is not another's."""
    for organization in tools.organizations():
        settings = organization.settings[FEATURE_NAME]
        assert isinstance(settings, TlsReportsSettings)
        if not settings.send or not organization.domains:
            continue
        try:
            await _send_for(tools, organization, settings)
        except AWAY as exc:
            log.warning("tls_reports.not_sent", organization=str(organization.id), why=type(exc).__name__)


async def _send_for(tools: JobTools, organization: Organization, settings: TlsReportsSettings) -> None:
    today = tools.clock.now().date()
    async with tools.database.scoped(organization.id) as connection:
        due = await connection.fetch(
            "SELECT DISTINCT o.day, o.domain FROM tls_outcomes o LEFT JOIN tls_reports_sent s USING (day, domain)"
            " WHERE o.day < $1 AND o.day >= $2 AND s.day IS NULL ORDER BY o.day, o.domain LIMIT $3",
            today, today - timedelta(days=OUTCOME_DAYS), MAX_DOMAINS,
        )  # fmt: skip
    ON_BEHALF_OF.set((organization.id,))
    for row in due:
        await _report(tools, organization, settings, row["day"], row["domain"])


async def _report(
    tools: JobTools, organization: Organization, settings: TlsReportsSettings, day: date, domain: str
) -> None:
    try:
        targets = targets_of(await tools.resolvers(FEATURE_NAME).txt(f"_smtp._tls.{domain}"))
    except DnsTrouble:
        return  # at the next turn
    async with tools.database.scoped(organization.id) as connection:
        rows = await connection.fetch(
            "SELECT domain, policy_type, policy, mx, host, address, failure, why, sessions FROM tls_outcomes"
            " WHERE day = $1 AND domain = $2 ORDER BY key LIMIT $3",
            day, domain, MAX_ROWS,
        )  # fmt: skip
    report = compose(organization, settings, day, domain, rows)
    packed = gzip.compress(msgspec.json.encode(report), mtime=0)
    sent: list[str] = []
    problems: list[str] = []
    for target in targets:
        why = await _bring(tools, organization, settings, target, report, packed, domain)
        (problems if why else sent).append(f"{target}: {why}" if why else target)
    counts = [(policy.summary.successes, policy.summary.failures) for policy in report.policies]
    async with tools.database.scoped(organization.id) as connection:
        await connection.execute(
            "INSERT INTO tls_reports_sent (organization_id, day, domain, sent_to, problems, sessions, failures, at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            organization.id, day, domain, sent, problems, sum(map(sum, counts)), sum(failed for _, failed in counts),
            tools.clock.now(),
        )  # fmt: skip
    if targets:
        log.info("tls_reports.sent", domain=domain, day=str(day), to=len(sent), problems=len(problems))


def compose(
    organization: Organization, settings: TlsReportsSettings, day: date, domain: str, rows: Sequence[Mapping[str, Any]]
) -> TlsReport:
    """The report of one day to one domain; sent twice it has the same id, so that nobody counts it twice."""
    start = datetime.combine(day, time(), UTC)
    by_policy: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_policy[row["policy_type"], tuple(row["policy"]), tuple(row["mx"])].append(row)
    own = sender_of(settings, organization.domains)
    return TlsReport(
        organization=settings.organization_name or organization.name,
        range=DateRange(start=start, end=start + timedelta(days=1, seconds=-1)),
        contact=settings.contact or own,
        id=f"{day}-{domain}@{own.rpartition('@')[2]}",
        policies=[_policy(domain, *key, some) for key, some in by_policy.items()],
    )


def _policy(
    domain: str, kind: str, text: tuple[str, ...], mx: tuple[str, ...], rows: Sequence[Mapping[str, Any]]
) -> PolicyReport:
    failed = [row for row in rows if row["failure"]]
    return PolicyReport(
        policy=Policy(type=kind, domain=domain, text=list(text), mx=list(mx)),
        summary=Summary(
            successes=sum(row["sessions"] for row in rows if not row["failure"]),
            failures=sum(row["sessions"] for row in failed),
        ),
        failures=[
            Failure(
                type=row["failure"], host=row["host"], address=row["address"] or None, sessions=row["sessions"],
                why=row["why"] or None,
            )
            for row in failed
        ] or None,
    )  # fmt: skip


async def _bring(
    tools: JobTools, organization: Organization, settings: TlsReportsSettings, target: str, report: TlsReport,
    packed: bytes, domain: str,
) -> str:  # fmt: skip
    """Why it could not be brought, for people; empty if it could."""
    try:
        if target.startswith("https://"):
            await tools.post(
                FEATURE_NAME, TlsReportUpload(domain=domain, report=packed), target, packed,
                content_type="application/tlsrpt+gzip", seconds=POST_SECONDS,
            )  # fmt: skip
            return ""
        address = target.removeprefix("mailto:").partition("!")[0].partition("?")[0]
        if not _ADDRESS.fullmatch(address) or not plain_domain(address.rpartition("@")[2]):
            return "this is no address"
        own = sender_of(settings, organization.domains)
        raw = letter(report, packed, domain=domain, sender=own, to=address, at=tools.clock.now())
        await tools.submit(
            OwnMail(organization_id=organization.id, recipients=(address,), raw=raw, kind="tls-report", sender=own)
        )
    except (FetchFailed, SwitchedOff, ValueError, KeyError) as exc:
        return str(exc) or type(exc).__name__
    return ""


def letter(report: TlsReport, packed: bytes, *, domain: str, sender: str, to: str, at: datetime) -> bytes:
    """The report as a mail (RFC 8460, 5.3)."""
    submitter = sender.rpartition("@")[2]
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = to
    mail["Date"] = format_datetime(at)
    mail["Subject"] = f"Report Domain: {domain} Submitter: {submitter} Report-ID: <{report.id}>"
    mail["Message-ID"] = f"<tls-{report.range.start:%Y%m%d}-{domain}@{submitter}>"
    mail["TLS-Report-Domain"] = domain
    mail["TLS-Report-Submitter"] = submitter
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(
        f"This is a report about the TLS sessions of {submitter} with the mail servers of {domain}"
        f" on {report.range.start:%Y-%m-%d}.\r\n"
    )
    begins, ends = int(report.range.start.timestamp()), int(report.range.end.timestamp())
    mail.add_attachment(
        packed, maintype="application", subtype="tlsrpt+gzip", filename=f"{submitter}!{domain}!{begins}!{ends}.json.gz"
    )
    mail.replace_header("Content-Type", "multipart/report")
    mail.set_param("report-type", "tlsrpt")
    return mail.as_bytes()
