# SPDX-License-Identifier: Apache-2.0
"""The XML of a report, in the format of RFC 9990 (namespace dmarc-2.0)."""

import gzip
import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

from mailward.contract.dmarc_report import Permission, Published, Report, Row, Signature

NAMESPACE = "urn:ietf:params:xml:ns:dmarc-2.0"
GENERATOR = "Mailward"

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DKIM = frozenset({"none", "pass", "fail", "policy", "neutral", "temperror", "permerror"})
_SPF = _DKIM | {"softfail"}


def write_report(report: Report) -> bytes:
    """The document, in UTF-8. What no XML may hold becomes a question mark."""
    return "\n".join(_document(report)).encode()


def pack(xml: bytes) -> bytes:
    """The document as it is sent. The same document gives the same bytes."""
    return gzip.compress(xml, mtime=0)


def _document(report: Report) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<feedback xmlns="{NAMESPACE}">'
    yield "<version>1.0</version>"
    yield "<report_metadata>"
    yield _element("org_name", report.organization) + _element("email", report.email)
    yield _optional("extra_contact_info", report.contact) + _element("report_id", report.report_id)
    yield f"<date_range><begin>{report.begin}</begin><end>{report.end}</end></date_range>"
    yield _element("generator", GENERATOR)
    yield "</report_metadata>"
    yield from _policy(report.published)
    for row in report.rows:
        yield from _record(row)
    yield "</feedback>"


def _policy(published: Published) -> Iterator[str]:
    yield "<policy_published>"
    yield _element("domain", published.domain) + _element("p", published.p)
    yield _optional("sp", published.sp) + _optional("np", published.np)
    yield _element("adkim", published.adkim) + _element("aspf", published.aspf) + _optional("fo", published.fo)
    yield _element("testing", "y" if published.testing else "n") + _element("discovery_method", "treewalk")
    yield "</policy_published>"


def _record(row: Row) -> Iterator[str]:
    reasons = "".join(
        f"<reason>{_element('type', reason.kind)}{_optional('comment', reason.comment)}</reason>"
        for reason in row.overrides
    )
    yield f"<record><row>{_element('source_ip', row.source_ip)}<count>{row.count}</count>"
    yield (
        f"<policy_evaluated><disposition>{row.disposition}</disposition><dkim>{row.dkim}</dkim><spf>{row.spf}</spf>"
        f"{reasons}</policy_evaluated></row>"
    )
    yield (
        f"<identifiers>{_element('header_from', row.header_from)}{_optional('envelope_from', row.envelope_from)}"
        f"{_optional('envelope_to', row.envelope_to)}</identifiers>"
    )
    results = [_signature(one) for one in row.signatures if one.domain]
    results += [_permission(one) for one in row.permissions[:1] if one.domain and one.scope == "mfrom"]
    yield f"<auth_results>{''.join(results)}</auth_results></record>"


def _signature(one: Signature) -> str:
    result = one.result if one.result in _DKIM else "neutral"
    return f"<dkim>{_element('domain', one.domain)}{_element('selector', one.selector)}<result>{result}</result></dkim>"


def _permission(one: Permission) -> str:
    result = one.result if one.result in _SPF else "neutral"
    return f"<spf>{_element('domain', one.domain)}<scope>mfrom</scope><result>{result}</result></spf>"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(_UNWRITABLE.sub('?', text))}</{name}>"


def _optional(name: str, text: str) -> str:
    return _element(name, text) if text else ""
