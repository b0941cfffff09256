# SPDX-License-Identifier: Apache-2.0
"""From the profilers' counts to tables that say where a mail's time goes."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.product import ROOT

SHOWN = 12
_FEW = 100
"""Samples that say nothing about a process."""
_LEAST = 0.02
"""Share of a process below which what a function does itself is not worth a line."""
_WORTH = 0.1
"""The same with what it calls."""


def engines(folder: Path, letters: list[bytes]) -> None:
    """Profile the scan engines over these mails, in a process of their own."""
    (folder / "mails").mkdir()
    for number, letter in enumerate(letters):
        (folder / "mails" / f"{number}.eml").write_bytes(letter)
    command = [sys.executable, str(ROOT / "bench" / "profiled.py"), "scan", str(folder / "mails")]
    subprocess.run(command, check=True, env={**os.environ, "PROFILE_FOLDER": str(folder / "profiles")})


def render(folder: Path, cost: dict[str, float], *, mails: int) -> str:
    """What each role costs, and within each of ours the functions that work most."""
    lines = [f"CPU per mail under the profiler, {mails:,} mails: "
             + ", ".join(f"{role} {cost[role]:.2f} ms" for role in sorted(cost, key=cost.__getitem__, reverse=True)) + "."]  # fmt: skip
    for role, (own, everything, samples) in sorted(_read(folder).items()):
        if samples < _FEW:
            continue
        lines += ["", f"| {role}: function | itself | with what it calls |", "| :--- | ---: | ---: |"]
        chosen = [name for name, _ in own.most_common(SHOWN)]
        chosen += [name for name, count in everything.most_common(SHOWN * 3) if 0.04 < count / samples < 0.9]
        for name in sorted(dict.fromkeys(chosen), key=lambda name: -everything[name]):
            if own[name] >= _LEAST * samples or everything[name] >= _WORTH * samples:
                lines.append(f"| `{name}` | {own[name] / samples:.0%} | {everything[name] / samples:.0%} |")
    return "\n".join(lines)


def _read(folder: Path) -> dict[str, tuple[Counter[str], Counter[str], int]]:
    """Counts by role: processes that do the same are one."""
    found: dict[str, tuple[Counter[str], Counter[str], int]] = {}
    for path in folder.glob("*.json"):
        said = json.loads(path.read_text())
        role = path.stem.partition("-")[0]
        own, everything, samples = found.get(role, (Counter(), Counter(), 0))
        found[role] = (own + Counter(said["own"]), everything + Counter(said["all"]), samples + said["samples"])
    return found
