# SPDX-License-Identifier: Apache-2.0
"""Reports as they come: both formats, every wrapping, the mistakes of real reporters, and the tricks of attackers."""

import base64
import gzip
import io
import zipfile
import zlib
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailward.records.dmarc_reports.reading import parse, unpack
from mailward.records.dmarc_reports.reading.parse import NoReport, read_report
from mailward.records.dmarc_reports.reading.read import read_file, read_mail
from mailward.records.dmarc_reports.reading.unpack import Budget, CannotUnpack, texts_of

CASES = Path(__file__).parent / "cases"
OLD, NEW = (CASES / "rfc7489.xml").read_bytes(), (CASES / "rfc9990.xml").read_bytes()
BOMB = b"<!DOCTYPE a [<!ENTITY a0 'ha'>" + b"".join(
    b"<!ENTITY a%d '&a%d;&a%d;&a%d;&a%d;'>" % (n, n - 1, n - 1, n - 1, n - 1) for n in range(1, 20)
) + b"]><feedback>&a19;</feedback>"  # fmt: skip


def zipped(*files, name="report{}.xml", **options):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for number, data in enumerate(files):
            archive.writestr(name.format(number), data)
    return whole.getvalue()


def mail(data, kind="application/gzip", name="r.xml.gz", *, body="This is a report.", sender="r@reporter.test"):
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "dmarc@example.test", "Report Domain: example.test"
    made.set_content(body)
    main, _, sub = kind.partition("/")
    made.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return made.as_bytes()


def test_the_old_format():
    report = read_report(OLD)
    assert (report.organization, report.email, report.report_id) == ("Reporter", "noreply@reporter.test", "8293631894")
    assert (report.begin, report.end, report.contact) == (1795651200, 1795737599, "https://reporter.test/help")
    assert (report.published.domain, report.published.p, report.published.pct) == ("example.test", "none", "100")
    first, second = report.rows
    assert (first.source_ip, first.count, first.dkim, first.spf) == ("192.0.2.10", 12, "pass", "fail")
    assert first.signatures[0].selector == "s2026"
    assert second.overrides[0].kind == "forwarded"
    assert second.overrides[0].comment == "looks like a mailing list"
    assert [signature.result for signature in second.signatures] == ["fail", "pass"]
    assert second.source_ip == "2001:db8::5"
    assert report.notes == ()


def test_the_format_of_rfc_9990():
    report = read_report(NEW)
    (row,) = report.rows
    assert (row.disposition, row.dkim, row.spf, row.count) == ("pass", "pass", "fail", 123)
    assert report.published.testing is True
    assert report.published.np == "reject"
    assert report.errors == ("a lookup took too long",)


@pytest.mark.parametrize(
    "data",
    [
        OLD, gzip.compress(OLD), zipped(OLD), zipped(gzip.compress(OLD), name="r{}.xml.gz"), gzip.compress(zipped(OLD)),
        b"\xef\xbb\xbf" + OLD, b"\r\n \n" + OLD, OLD.decode().replace("UTF-8", "utf-16").encode("utf-16"),
        gzip.compress(OLD) + b"\0\0trailing", mail(gzip.compress(OLD)), mail(zipped(OLD), "application/octet-stream"),
        mail(OLD, "text/xml", "r.xml"), mail(gzip.compress(OLD), "application/zip", "r.zip"),
    ],
)  # fmt: skip
def test_every_wrapping(data):
    reading = read_file(data)
    assert reading.problems == ()
    assert reading.reports[0].report_id == "8293631894"
    assert len(reading.reports[0].rows) == 2


def test_a_mail_that_is_nothing_but_the_file():
    head = b"From: r@reporter.test\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    reading = read_mail(head + base64.encodebytes(zipped(OLD)))
    assert len(reading.reports) == 1
    assert reading.sender == "r@reporter.test"


def test_several_reports_in_one_file_and_one_broken_beside_them():
    reading = read_file(zipped(OLD, b"<feedback>", NEW, b"<html></html>"))
    assert len(reading.reports) == 2
    assert len(reading.problems) == 2


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        (b"<email>noreply@reporter.test</email>", b"<email><noreply@reporter.test></email>", "mended"),
        (b"<org_name>Reporter", b"<org_name>Reporter & Sons", "mended"),
        (b"<org_name>Reporter", b"<org_name>Reporter\x0b\xff", "mended"),
        (b"<report_id>8293631894</report_id>", b"", "no report id"),
        (b"<count>12</count>", b"<count>many</count>", "left out"),
        (b"<source_ip>192.0.2.10</source_ip>", b"<source_ip>nowhere</source_ip>", "left out"),
        (b"</record>\n</feedback>", b"</record>\n", "breaks off"),
    ],
)
def test_mistakes_are_put_right_and_noted(old, new, note):
    assert old in OLD
    report = read_report(OLD.replace(old, new))
    assert report.published.domain == "example.test"
    assert any(note in words for words in report.notes)
    assert report.rows[-1].source_ip == "2001:db8::5"


def test_words_are_read_whatever_their_case():
    report = read_report(OLD.replace(b">pass<", b">Pass<").replace(b">none<", b"> NONE <"))
    assert report.rows[0].dkim == "pass"
    assert report.rows[0].disposition == "none"


@pytest.mark.parametrize(
    "xml",
    [
        b'<!DOCTYPE f SYSTEM "file:///etc/passwd"><feedback>' + OLD[45:],
        b"<!DOCTYPE f [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><feedback><a>&x;</a></feedback>",
        BOMB,
        b"<feedback>" + b"<a>" * 1000,
        b"<html><body>hello</body></html>",
        b"<feedback></feedback>",
        OLD.replace(b"<domain>example.test</domain>", b"", 1),
        OLD.replace(b"1795651200", b"never"),
        b"<" * 5000,
        b"",
    ],
)
def test_what_is_hostile_or_no_report_is_refused(xml):
    with pytest.raises(NoReport):
        read_report(xml)


def test_a_row_too_many_is_left_out_and_said(monkeypatch):
    monkeypatch.setattr(parse, "MAX_ROWS", 1)
    report = read_report(OLD)
    assert len(report.rows) == 1
    assert any("left out" in note for note in report.notes)


def test_values_are_cut():
    report = read_report(OLD.replace(b">Reporter<", b">" + b"x" * 100_000 + b"<"))
    assert len(report.organization) == parse.MAX_TEXT


def test_elements_have_a_bound(monkeypatch):
    monkeypatch.setattr(parse, "MAX_ELEMENTS", 20)
    with pytest.raises(NoReport, match="more than 20"):
        read_report(OLD)


def nested(depth):
    data = OLD
    for _ in range(depth):
        data = gzip.compress(data)
    return data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (gzip.compress(b"<feedback>" + bytes(unpack.MAX_XML)), "unpacks to more"),
        (zipped(b"<feedback>" + bytes(unpack.MAX_XML)), "unpacks to more"),
        (gzip.compress(gzip.compress(b"<feedback>" + bytes(unpack.MAX_XML))), "unpacks to more"),
        (nested(unpack.MAX_DEPTH + 1), "archive in an archive"),
        (b"<" * (unpack.MAX_PACKED + 1), "larger than"),
        (gzip.compress(OLD)[:12], "ends too early"),
        (b"\x1f\x8b" + b"nonsense" * 10, "damaged"),
        (zipped(OLD)[:60], "damaged"),
    ],
    ids=["gzip bomb", "zip bomb", "double bomb", "nested", "large", "cut", "damaged gzip", "damaged zip"],
)
def test_bombs_and_wrecks(data, why):
    with pytest.raises(CannotUnpack, match=why):
        list(texts_of(data, Budget()))
    assert any(why in problem for problem in read_file(data).problems)


def test_a_locked_archive_is_named():
    locked = bytearray(zipped(OLD))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.find(magic) + offset] |= 1
    assert "password" in read_file(bytes(locked)).problems[0]


def test_overlapping_members_cost_no_more_than_the_budget():
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    kernel = deflater.compress(bytes(8 * 1024 * 1024)) + deflater.flush()
    assert len(kernel) < 10_000
    whole = zipped(*[b"<feedback>" + bytes(8 * 1024 * 1024)] * 12)
    assert "unpacks to more" in read_file(whole).problems[-1]


@pytest.mark.parametrize("raw", [b"", b"Subject: hello\r\n\r\nIs anybody there?\r\n", b"\x00" * 1000])
def test_a_mail_without_a_report_says_so(raw):
    reading = read_mail(raw)
    assert reading.reports == ()
    assert reading.problems == ("there is no report in it",)


@given(st.data())
@settings(max_examples=200)
def test_whatever_is_broken_in_a_report_is_said_and_never_raised(data):
    raw = bytearray(data.draw(st.sampled_from([OLD, gzip.compress(OLD, mtime=0), zipped(OLD)])))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=30)) or b"<"
    reading = read_file(bytes(raw))
    assert reading.reports or reading.problems
    for report in reading.reports:
        assert all(row.count > 0 for row in report.rows)
