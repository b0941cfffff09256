# SPDX-License-Identifier: Apache-2.0
"""The mail that carries a report (RFC 9990, 3.5.1): its subject and its file name say what it is."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from mailward.contract.dmarc_report import Report

MAX_DOMAIN = 200
_WORDS = """This is an aggregate report about mail in the name of {domain} on {day} (UTC), because
the DMARC record of that domain asks for it. It was written by {organization}.

{mails} mails are counted in it. To get no more reports, take this address out of
the "rua" tag of the record at _dmarc.{domain}.
{contact}"""


def compose(report: Report, packed: bytes, *, submitter: str, destination: str, at: datetime, message_id: str) -> bytes:
    """The whole mail, ASCII, with CRLF. `submitter` is our domain."""
    mail = EmailMessage(policy=SMTP)
    local, _, domain = report.email.rpartition("@")
    mail["From"] = Address(report.organization, local, domain)
    mail["To"] = destination
    mail["Subject"] = f"Report Domain: {report.published.domain} Submitter: {submitter} Report-ID: <{report.report_id}>"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["MIME-Version"] = "1.0"
    day = datetime.fromtimestamp(report.begin, at.tzinfo).date()
    contact = f"\nContact: {report.contact}\n" if report.contact else ""
    text = _WORDS.format(
        domain=report.published.domain, day=day, organization=report.organization, contact=contact,
        mails=sum(row.count for row in report.rows),
    )  # fmt: skip
    mail.set_content(text)
    mail.add_attachment(packed, maintype="application", subtype="gzip", filename=file_name(report, submitter))
    return mail.as_bytes()


def file_name(report: Report, submitter: str) -> str:
    """The name that RFC 9990, 3.5.1 gives the file."""
    parts = (submitter[:MAX_DOMAIN], report.published.domain[:MAX_DOMAIN], str(report.begin), str(report.end))
    return "!".join(parts) + ".xml.gz"
