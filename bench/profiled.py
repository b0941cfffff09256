# SPDX-License-Identifier: Apache-2.0
"""Where the time goes: the product, with a sampling profiler in the processes that touch mail.

    python bench/profiled.py mailward run ...   the product; each process leaves PROFILE_FOLDER/<name>.json
    python bench/profiled.py scan FOLDER        the engines of a scan worker over all mails of a folder

The kernel's profiling timer interrupts after each ms of CPU, so that waiting costs nothing and is not seen.
C code counts for the Python function that called it. The product itself knows nothing of this. Scan workers
are too well confined to be watched, so that their engines run here without the wall.
"""

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

FOLDER = "PROFILE_FOLDER"
SECONDS = 0.001
_SCAN_ROUNDS = 12

if __name__ == "__main__":
    sys.path[:1] = [str(Path(__file__).parents[1] / "src"), str(Path(__file__).parents[1])]


class Sampler:
    """Counts, for each function, the samples that found it at work itself, and those that found it anywhere."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._own: Counter[str] = Counter()
        self._all: Counter[str] = Counter()

    def __enter__(self) -> None:
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, SECONDS, SECONDS)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        found = {"own": self._own, "all": self._all, "samples": sum(self._own.values())}
        Path(os.environ[FOLDER], f"{self._name}.json").write_text(json.dumps(found))

    def _sample(self, _number: int, frame: FrameType | None) -> None:
        if frame is None:
            return
        self._own[_place(frame)] += 1
        seen: set[str] = set()
        walked: FrameType | None = frame
        while walked is not None:
            seen.add(_place(walked))
            walked = walked.f_back
        self._all.update(seen)


def _place(frame: FrameType) -> str:
    path = frame.f_code.co_filename
    for mark in ("/src/mailward/", "/site-packages/", "/python3.", "/bench/"):
        if mark in path:
            path = path.rpartition(mark)[2]
            break
    return f"{path}:{frame.f_code.co_qualname}"


def _watched(name: str, life: Callable[..., Any]) -> Callable[..., Any]:
    def run(*arguments: Any, **named: Any) -> Any:
        with Sampler(f"{name}-{os.getpid()}"):
            return life(*arguments, **named)

    return run


def _mailward() -> None:
    from mailward.main import app, wiring  # noqa: PLC0415 - after the path is set

    wiring.smtp = _watched("smtp", wiring.smtp)
    wiring.worker = _watched("worker", wiring.worker)
    sys.argv = ["mailward", *sys.argv[2:]]
    app()


def _scan(folder: Path) -> None:
    from mailward.contract.check import Facts  # noqa: PLC0415 - idem
    from mailward.engines.scanning.service import Examiner  # noqa: PLC0415 - idem

    examiner = Examiner()
    mails = [path.read_bytes() for path in sorted(folder.glob("*.eml"))]
    for mail in mails:
        examiner.examine(mail, Facts())
    with Sampler("scan"):
        for _ in range(_SCAN_ROUNDS):
            for mail in mails:
                examiner.examine(mail, Facts())


if __name__ == "__main__":
    if sys.argv[1] == "scan":
        _scan(Path(sys.argv[2]))
    else:
        _mailward()
