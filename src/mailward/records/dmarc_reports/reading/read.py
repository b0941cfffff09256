# SPDX-License-Identifier: Apache-2.0
"""A mail or a file, read whole. This is what a scan worker runs; it never raises an `Exception`."""

from collections.abc import Iterable

from mailward.contract.dmarc_report import Reading, Report
from mailward.message import parse
from mailward.records.dmarc_reports.reading.parse import NoReport, read_report
from mailward.records.dmarc_reports.reading.unpack import Budget, CannotUnpack, files_of, looks_like_report, texts_of

MAX_PROBLEMS = 20


def read_mail(raw: bytes) -> Reading:
    """The reports that a mail carries."""
    try:
        senders = parse(raw).senders
        reading = _read(files_of(raw))
        sender = senders[0].address if len(senders) == 1 else ""
        return Reading(reports=reading.reports, problems=reading.problems, sender=sender)
    except Exception as error:  # noqa: BLE001 - it is said
        return Reading(problems=(f"the mail cannot be read ({type(error).__name__})",))


def read_file(data: bytes) -> Reading:
    """The reports in a file: XML, gzip, zip, or a whole mail."""
    return _read([data]) if looks_like_report(data) else read_mail(data)


def _read(files: Iterable[bytes]) -> Reading:
    reports: list[Report] = []
    problems: list[str] = []
    budget = Budget()
    for data in files:
        try:
            for text in texts_of(data, budget):
                try:
                    reports.append(read_report(text))
                except NoReport as exc:
                    problems.append(str(exc))
        except CannotUnpack as exc:
            problems.append(str(exc))
        except Exception as error:  # noqa: BLE001 - one file must not spoil the others
            problems.append(f"a file cannot be read ({type(error).__name__})")
    if not reports and not problems:
        problems.append("there is no report in it")
    return Reading(reports=tuple(reports), problems=tuple(problems[:MAX_PROBLEMS]))
