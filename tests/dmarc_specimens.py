# SPDX-License-Identifier: Apache-2.0
"""DMARC reports about example.test for tests: as many days, sources and reporters as a test wants."""

import gzip
from datetime import UTC, date, datetime, time
from email.message import EmailMessage
from email.policy import SMTP
from xml.sax.saxutils import escape


def row(ip, count, *, dkim="pass", spf="pass", disposition="none", signed_by="example.test", sent_by="example.test",
        signature="pass", permission="pass", reason=""):  # fmt: skip
    """One record."""
    override = f"<reason><type>{reason}</type></reason>" if reason else ""
    signatures = f"<dkim><domain>{signed_by}</domain><selector>s1</selector><result>{signature}</result></dkim>"
    return (
        f"<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated>"
        f"<disposition>{disposition}</disposition><dkim>{dkim}</dkim><spf>{spf}</spf>{override}</policy_evaluated></row>"
        f"<identifiers><envelope_from>{sent_by}</envelope_from><header_from>example.test</header_from></identifiers>"
        f"<auth_results>{signatures if signed_by else ''}"
        f"<spf><domain>{sent_by}</domain><result>{permission}</result></spf></auth_results></record>"
    )


def report(day: date, *rows: str, reporter="Reporter", domain="example.test", policy="none", report_id="") -> bytes:
    """The XML of a day's report."""
    begin = int(datetime.combine(day, time(), UTC).timestamp())
    return (
        '<?xml version="1.0"?><feedback><report_metadata>'
        f"<org_name>{escape(reporter)}</org_name><email>noreply@{reporter.lower()}.test</email>"
        f"<report_id>{report_id or f'{day}.{domain}'}</report_id>"
        f"<date_range><begin>{begin}</begin><end>{begin + 86399}</end></date_range></report_metadata>"
        f"<policy_published><domain>{domain}</domain><p>{policy}</p><pct>100</pct></policy_published>"
        f"{''.join(rows)}</feedback>"
    ).encode()


def mail(xml: bytes, *, sender="noreply@reporter.test", to="dmarc@example.test") -> bytes:
    """A report as it is mailed."""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = sender, to, "Report Domain: example.test Submitter: reporter.test"
    made["Message-ID"] = f"<{abs(hash(xml))}@reporter.test>"
    made["Date"] = "Fri, 27 Nov 2026 04:00:00 +0000"
    made.set_content("This is an aggregate report.")
    made.add_attachment(
        gzip.compress(xml), maintype="application", subtype="gzip", filename="reporter.test!example.test.xml.gz"
    )
    return made.as_bytes()
