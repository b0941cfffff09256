# SPDX-License-Identifier: Apache-2.0
"""What a worker does with a mail: read it once, then ask each engine, each one on its own.

An engine that raises, whatever it raises, has failed and is named; the others still answer. Every
millisecond is counted to the engine that used it.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from mailward.contract.check import Examination, Facts
from mailward.contract.finding import Reason, Threat
from mailward.contract.mail import Content
from mailward.engines.antispam import engine as antispam
from mailward.engines.antivirus.kinds import is_misread, shown
from mailward.engines.antivirus.service import Antivirus, File
from mailward.engines.scanning import wire
from mailward.engines.scanning.preview import show
from mailward.engines.web_reputation import rating
from mailward.message import Message, Part, parse
from mailward.message.content import Reading, read
from mailward.records.dmarc_reports.service import read_reports

Signals = dict[Threat, tuple[Reason, ...]]
T = TypeVar("T")
SpamEngine = Callable[[Reading, Facts], Signals]

_BLINDING = frozenset({"parts", "depth", "unwrapped", "splitting", "delimiters", "header_bytes"})
"""Caps of the message whose hitting means that a part may have gone unseen."""

_MEMORY = "limit=memory: the mail needs more memory than a mail may use"
_NESTING = "limit=nesting: the mail is nested more deeply than can be followed"


class Examiner:
    """All that a worker can do. Make it before the fork: making it loads rules and models."""

    def __init__(self, *, antivirus: Antivirus | None = None, spam: SpamEngine = antispam.signals) -> None:
        self._antivirus = antivirus or Antivirus()
        self._spam = spam

    def __call__(self, asked: wire.Request) -> wire.Answer:
        """Answer one request."""
        if isinstance(asked, wire.Examine):
            return self.examine(asked.raw, asked.facts)
        if isinstance(asked, wire.ReadReports):
            return read_reports(asked.raw)
        return show(asked.raw)

    def examine(self, raw: bytes, facts: Facts) -> Examination:
        """Judge one mail. Never raises an `Exception`."""
        sheet = _Sheet()
        message = parse(raw)
        reading = sheet.run("message", lambda: _read(message))
        sheet.run("antivirus", lambda: self._look_for_malware(message, sheet))
        addresses = None
        if reading is None:
            sheet.failures["antispam"] = sheet.failures[rating.NAME] = sheet.failures["message"]
        else:
            sheet.run("antispam", lambda: sheet.add(self._spam(reading, facts)))
            addresses = sheet.run(rating.NAME, lambda: rating.rate(reading))
        return Examination(
            content=reading.content if reading else Content(),
            reasons={threat: tuple(found) for threat, found in sheet.reasons.items()},
            failures=sheet.failures,
            milliseconds=sheet.milliseconds,
            web_addresses=addresses or (),
        )

    def _look_for_malware(self, message: Message, sheet: "_Sheet") -> None:
        sighting = self._antivirus.examine(_files(message), message.raw)
        sheet.add({Threat.MALWARE: sighting.reasons})
        if failure := sighting.failure or _unseen(message):
            sheet.failures["antivirus"] = failure


class _Sheet:
    """What has been found, what has failed and what it cost, so far."""

    def __init__(self) -> None:
        self.reasons: dict[Threat, list[Reason]] = {}
        self.failures: dict[str, str] = {}
        self.milliseconds: dict[str, float] = {}

    def add(self, found: Signals) -> None:
        """Take an engine's reasons."""
        for threat, reasons in found.items():
            if reasons:
                self.reasons.setdefault(threat, []).extend(reasons)

    def run(self, engine: str, work: Callable[[], T]) -> T | None:
        """Let an engine work; None, and a failure by its name, if it raised."""
        started = time.process_time()
        try:
            return work()
        except MemoryError:
            self.failures[engine] = _MEMORY
        except RecursionError:
            self.failures[engine] = _NESTING
        except Exception as error:  # noqa: BLE001 - it is named, and the others go on
            self.failures[engine] = f"the engine {engine} broke ({type(error).__name__})"
        finally:
            self.milliseconds[engine] = round((time.process_time() - started) * 1000, 3)
        return None


def _unseen(message: Message) -> str:
    """Why something in the mail may have gone unseen, empty if nothing did: parts beyond the reader's
    caps, and files that are no such thing as their name says under any reading that we know, in a mail
    that readers understand in different ways."""
    for limit in message.limits:
        if limit in _BLINDING:
            return f"limit={limit}: the mail has more of {limit} than are looked at"
    if message.suspicious:
        for part in message.parts:
            if part.attached and is_misread(part.name, part.decode()):
                return (
                    f"limit=encoding: {shown(part.name)} is stored in a way that mail programs understand differently"
                )
    return ""


def _read(message: Message) -> Reading:
    """The reading with its content, which is where the work is done."""
    reading = read(message)
    _ = reading.content
    return reading


def _files(message: Message) -> list[File]:
    """Every leaf of the mail under every reading, decoded."""
    found: list[File] = []
    for part in message.parts:
        place = f"attachment {part.name}" if part.name else f"part {part.path}"
        for data in (part.decode(), *part.others):
            found.append(File(name=part.name, data=data, place=place, body=_is_body(part)))  # noqa: PERF401
    return found


def _is_body(part: Part) -> bool:
    return not part.attached
