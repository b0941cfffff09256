# SPDX-License-Identifier: Apache-2.0
"""`mailward scan`: judge mails without a server, in confined workers, one answer for each in the order given.

Files that cannot be read get an answer too, and never stop the others. An empty file, and bytes that
have no header field before their first blank line, are no mail: they are looked at all the same, and
what is not caught is `unscannable` with an `error`, because nobody can say it is clean.
"""

import asyncio
import os
import re
import signal
import stat
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import msgspec

from mailward.catalog import CHECKS
from mailward.contract.check import Facts, View
from mailward.contract.feature import Feature, Settings
from mailward.contract.finding import Failed, Finding, Verdict
from mailward.engines.scanning.service import CannotStart, Pool, ScanClient, open_pool
from mailward.main.scan_report import Line, Report, report
from mailward.policy.verdict import Judgement, judge

EXIT_CLEAN = 0
EXIT_CAUGHT = 1
EXIT_UNREADABLE = 2
EXIT_INTERRUPTED = 128 + signal.SIGINT
EXIT_BROKEN_PIPE = 128 + signal.SIGPIPE
EXIT_UNAVAILABLE = 69

MAX_BYTES = 150 * 1024 * 1024
"""Bytes of one file. Nothing that a mail server takes is larger."""

_AHEAD = 4
"""Mails for each worker that are read before the first of them is answered."""

_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]{0,20}:")
_HEADER_WINDOW = 256 * 1024
_STANDARD_INPUT = "-"


class Source(msgspec.Struct, frozen=True):
    """One thing to judge: its path as shown, and why it cannot even be opened, if so."""

    path: str
    error: str = ""


def scan(paths: Sequence[str], jobs: int | None = None, *, json_output: bool, stdin: BinaryIO, stdout: TextIO) -> int:
    """Judge all `paths` and write one answer for each; answers the exit status.

    `jobs` is how many mails are examined at the same time, by default one for each core.
    """
    printed = report(stdout, as_json=json_output)
    sources = find(paths)
    workers = jobs or _cores()
    first = _take(sources, workers)
    try:
        pool = open_pool(workers=max(1, min(workers, len(first))), died=lambda _pid, _cause: None)
    except CannotStart as error:
        printed.trouble(f"{error}. This system cannot confine the scan workers.")
        return EXIT_UNAVAILABLE
    try:
        seen = asyncio.run(_scan_all(pool, _chained(first, sources), stdin, printed))
        printed.end()
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())
        return EXIT_BROKEN_PIPE
    except CannotStart as error:
        printed.trouble(str(error))
        return EXIT_UNAVAILABLE
    finally:
        pool.close()
    return seen


def find(paths: Iterable[str]) -> Iterator[Source]:
    """Files in the order given; a folder's, with all below it, in the order of their names. What lies
    in a folder and is no regular file is passed over; what is named is read, whatever it is."""
    for path in paths:
        if path != _STANDARD_INPUT and Path(path).is_dir():
            yield from _below(path)
        else:
            yield Source(path)


def looks_like_mail(raw: bytes) -> bool:
    """Whether a header field stands before the first blank line."""
    for line in raw[:_HEADER_WINDOW].lstrip(b"\r\n").split(b"\n"):
        if not line.strip():
            return False
        if _FIELD.match(line):
            return True
    return False


def findings(view: View, checks: Iterable[Feature], settings: Mapping[str, Settings]) -> dict[str, Finding]:
    """Every check's answer by the name of its room; a check that breaks has failed."""
    found: dict[str, Finding] = {}
    for feature in checks:
        if feature.examine is None:
            continue
        try:
            found[feature.name] = feature.examine(view, settings[feature.name])
        except Exception as error:  # noqa: BLE001 - the four outcomes have no fifth
            found[feature.name] = Failed(f"the check broke ({type(error).__name__})")
    return found


async def _scan_all(pool: Pool, sources: Iterator[Source], stdin: BinaryIO, printed: Report) -> int:
    """Keep a window of mails in work, print in order, and answer the exit status."""
    loop = asyncio.get_running_loop()
    broken: asyncio.Future[None] = loop.create_future()
    loop.add_signal_handler(signal.SIGCHLD, _reap, pool, broken)
    pool.fill()
    client = ScanClient(pool.address, concurrency=pool.workers * 2)
    settings = {feature.name: feature.settings() for feature in CHECKS}
    window: deque[asyncio.Task[Line]] = deque()
    status = EXIT_CLEAN
    try:
        for source in sources:
            window.append(loop.create_task(_judge(source, stdin, client, settings)))
            if len(window) >= pool.workers * _AHEAD:
                status = max(status, _print(await _next(window, broken), printed))
        while window:
            status = max(status, _print(await _next(window, broken), printed))
    finally:
        loop.remove_signal_handler(signal.SIGCHLD)
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)
    return status


async def _next(window: "deque[asyncio.Task[Line]]", broken: "asyncio.Future[None]") -> Line:
    """The oldest mail's answer, or the pool's end."""
    task = window.popleft()
    either: set[asyncio.Future[Any]] = {task, broken}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        task.cancel()
        broken.result()
    return await task


def _reap(pool: Pool, broken: "asyncio.Future[None]") -> None:
    try:
        pool.reap()
    except CannotStart as error:
        if not broken.done():
            broken.set_exception(error)


def _print(line: Line, printed: Report) -> int:
    printed.line(line)
    if line.error and line.unreadable:
        return EXIT_UNREADABLE
    return EXIT_CLEAN if line.verdict is Verdict.CLEAN else EXIT_CAUGHT


async def _judge(source: Source, stdin: BinaryIO, client: ScanClient, settings: Mapping[str, Settings]) -> Line:
    if source.error:
        return _unreadable(source.path, source.error)
    try:
        raw = _read(source.path, stdin)
    except (OSError, ValueError) as error:
        return _unreadable(source.path, getattr(error, "strerror", None) or str(error))
    if not raw:
        return _unreadable(source.path, "it is empty: there is no mail in it")
    facts = Facts()
    examination = await client.examine(raw, facts)
    return _line(source.path, raw, View(facts=facts, examination=examination), settings)


def _line(path: str, raw: bytes, view: View, settings: Mapping[str, Settings]) -> Line:
    judgement = judge(findings(view, CHECKS, settings))
    line = Line(
        path=path,
        verdict=Verdict.PHISHING if judgement.verdict is Verdict.WEB_REPUTATION else judgement.verdict,
        score=judgement.score,
        scores=_scores(judgement),
        reasons=judgement.reasons,
    )
    if judgement.verdict is Verdict.UNSCANNABLE:
        line = msgspec.structs.replace(line, error=judgement.trouble)
    if judgement.verdict in {Verdict.CLEAN, Verdict.UNSCANNABLE} and not looks_like_mail(raw):
        line = msgspec.structs.replace(
            line,
            verdict=Verdict.UNSCANNABLE,
            error="it is no mail: no header field stands at its start",
            unreadable=True,
        )
    return line


def _scores(judgement: Judgement) -> dict[str, float]:
    """The six classes of the command's contract. Without a server there are no lists: what is known of web addresses
    is whether they look like those of phishing pages, and counts as phishing."""
    found = {str(threat): value for threat, value in judgement.probabilities.items()}
    found["phishing"] = max(found["phishing"], found.pop("web_reputation"))
    return found


def _unreadable(path: str, why: str) -> Line:
    nothing = judge({"virus": Failed(why)})
    return Line(
        path=path,
        verdict=Verdict.UNSCANNABLE,
        score=0.0,
        scores=_scores(nothing),
        reasons=(),
        error=why,
        unreadable=True,
    )


def _read(path: str, stdin: BinaryIO) -> bytes:
    if path == _STANDARD_INPUT:
        return _bounded(stdin)
    with Path(path).open("rb") as file:
        return _bounded(file)


def _bounded(file: BinaryIO) -> bytes:
    raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES} bytes")
    return raw


def _below(folder: str) -> Iterator[Source]:
    errors: list[OSError] = []
    for here, folders, names in os.walk(folder, onerror=errors.append):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(here, name)  # noqa: PTH118 - a Path would lose "./"
            with suppress(OSError):
                if stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - idem
                    yield Source(path)
        while errors:
            failed = errors.pop()
            yield Source(str(failed.filename), failed.strerror or "it cannot be read")
    for failed in errors:
        yield Source(str(failed.filename), failed.strerror or "it cannot be read")


def _take(sources: Iterator[Source], count: int) -> list[Source]:
    taken = []
    for source in sources:
        taken.append(source)
        if len(taken) >= count:
            break
    return taken


def _chained(first: list[Source], rest: Iterator[Source]) -> Iterator[Source]:
    yield from first
    yield from rest


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
