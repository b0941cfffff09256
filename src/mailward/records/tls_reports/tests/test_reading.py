# SPDX-License-Identifier: Apache-2.0
"""TLS reports of others, as they come and as nobody should send them."""

import gzip
import json
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from mailward.records.tls_reports.reading import MAX_UNPACKED, NotAReport, read

REPORT = {
    "organization-name": "Company-X",
    "date-range": {"start-datetime": "2026-11-25T00:00:00Z", "end-datetime": "2026-11-25T23:59:59Z"},
    "contact-info": "sts-reporting@company-x.test",
    "report-id": "5065427c-23d3-47ca-b6e0-946ea0e8c4be",
    "policies": [
        {
            "policy": {
                "policy-type": "sts", "policy-string": ["version: STSv1", "mode: testing"],
                "policy-domain": "example.test", "mx-host": "*.mail.example.test",
            },
            "summary": {"total-successful-session-count": 5326, "total-failure-session-count": 303},
            "failure-details": [
                {
                    "result-type": "certificate-expired", "sending-mta-ip": "2001:db8:abcd:12::1",
                    "receiving-mx-hostname": "mx1.mail.example.test", "failed-session-count": 100,
                },
                {
                    "result-type": "starttls-not-supported", "sending-mta-ip": "2001:db8:abcd:13::1",
                    "receiving-mx-hostname": "mx2.mail.example.test", "receiving-ip": "203.0.113.56",
                    "failed-session-count": 200, "additional-information": "https://reports.company-x.test/?id=5065427c",
                },
            ],
        }
    ],
}  # fmt: skip


def numbered(*cases):
    """Cases by their number: packed bytes hold the time, and so would their names."""
    return pytest.mark.parametrize("content", cases, ids=[str(number) for number in range(len(cases))])


def packed(report=REPORT):
    return gzip.compress(json.dumps(report).encode())


def mail(*files, kind="application/tlsrpt+gzip"):
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = (
        "tls@company-x.test",
        "tls-reports@example.test",
        "Report Domain: example.test",
    )
    made.set_content("This is an aggregate TLS report.")
    for file in files:
        main, _, sub = kind.partition("/")
        made.add_attachment(file, maintype=main, subtype=sub, filename="company-x!example.test!1!2.json.gz")
    return made.as_bytes()


@numbered(
    json.dumps(REPORT).encode(),
    packed(),
    mail(packed()),
    mail(packed(), kind="application/gzip"),
    mail(json.dumps(REPORT).encode(), kind="application/tlsrpt+json"),
)
def test_the_example_of_the_rfc(content):
    [report] = read(content)
    [policy] = report.policies
    assert (report.organization, report.id) == ("Company-X", REPORT["report-id"])
    assert (policy.policy.domain, policy.summary.failures, policy.policy.mx) == (
        "example.test",
        303,
        "*.mail.example.test",
    )
    assert [(f.type, f.sessions) for f in policy.failures] == [
        ("certificate-expired", 100),
        ("starttls-not-supported", 200),
    ]


def test_several_in_one_mail():
    assert len(read(mail(packed(), packed({**REPORT, "report-id": "2"})))) == 2


def without(key):
    return {name: value for name, value in REPORT.items() if name != key}


@numbered(

        b"", b"hello", mail(), mail(b"hello"), packed()[:50], b"\x1f\x8b" + b"x" * 50, gzip.compress(b"no json"),
        packed(without("policies")), packed(without("date-range")), packed({**REPORT, "date-range": {"start-datetime": "yesterday"}}),
        packed({**REPORT, "policies": [{}] * 10}), packed({**REPORT, "organization-name": "x" * 100_000}),
        packed({**REPORT, "policies": "x"}), b"{" * 100_000, b"[" * 100_000, b'{"a":' * 100_000,
        packed({**REPORT, "policies": [{**REPORT["policies"][0], "summary": {"total-failure-session-count": -1}}]}),
        packed({**REPORT, "policies": [{**REPORT["policies"][0], "summary": {"total-failure-session-count": 10**30}}]}),
)  # fmt: skip
def test_what_is_no_report(content):
    with pytest.raises(NotAReport):
        read(content)


def test_a_bomb():
    """A little that becomes very much is not unpacked to its end."""
    bomb = gzip.compress(b" " * (4 * MAX_UNPACKED))
    assert len(bomb) < 1_000_000
    with pytest.raises(NotAReport, match="unpacks to more"):
        read(bomb)
    with pytest.raises(NotAReport, match="unpacks to more"):
        read(mail(*[gzip.compress(json.dumps(REPORT).encode() + b" " * (MAX_UNPACKED // 3))] * 4))
