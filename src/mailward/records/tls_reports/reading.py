# SPDX-License-Identifier: Apache-2.0
"""Find the reports in a mail, an archive or a file that a stranger sent. Every step has a bound."""

import zlib
from collections.abc import Iterator

import msgspec

from mailward.message import parse
from mailward.records.tls_reports.report import TlsReport

MAX_PACKED = 10 * 1024 * 1024
"""Bytes of a mail or a file."""
MAX_UNPACKED = 32 * 1024 * 1024
"""Bytes of all reports of one mail together, unpacked."""
MAX_FILES = 20
"""Files looked at in one mail."""
_GZIP = b"\x1f\x8b"
_BLANK = b" \t\r\n\xef\xbb\xbf"


class NotAReport(ValueError):  # noqa: N818 - reads better where it is caught
    """What was sent is no report. The text is for people."""


def read(content: bytes) -> list[TlsReport]:
    """The reports in a mail, a gzip file or a JSON file.

    Raises:
        NotAReport: there is none, or one of them is broken or too large.
    """
    if len(content) > MAX_PACKED:
        raise NotAReport(f"it is larger than {MAX_PACKED // 1024 // 1024} MB")
    files = [content] if _is_file(content) else list(_attached(content))
    if not files:
        raise NotAReport("there is no TLS report in it: neither JSON nor gzip")
    left, found = MAX_UNPACKED, []
    for file in files:
        text = _gunzip(file, left) if file.startswith(_GZIP) else file
        left -= len(text)
        if left < 0:
            raise NotAReport(f"it unpacks to more than {MAX_UNPACKED // 1024 // 1024} MB")
        found.append(_decode(text))
    return found


def _is_file(content: bytes) -> bool:
    return content.startswith(_GZIP) or content[:200].lstrip(_BLANK).startswith(b"{")


def _attached(mail: bytes) -> Iterator[bytes]:
    found = 0
    for part in parse(mail).parts[: 4 * MAX_FILES]:
        if not (
            part.attached or "tlsrpt" in part.content_type or "json" in part.content_type or "gzip" in part.content_type
        ):
            continue
        data = part.decode()
        if _is_file(data):
            found += 1
            yield data
        if found >= MAX_FILES:
            return


def _gunzip(data: bytes, most: int) -> bytes:
    engine = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        text = engine.decompress(data, most + 1)
    except zlib.error as exc:
        raise NotAReport("the gzip file is damaged") from exc
    if len(text) <= most and not engine.eof:
        raise NotAReport("the gzip file ends too early")
    return text


def _decode(text: bytes) -> TlsReport:
    try:
        return msgspec.json.decode(text.removeprefix(b"\xef\xbb\xbf"), type=TlsReport)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise NotAReport(f"the report is not as RFC 8460 says: {exc}") from exc
