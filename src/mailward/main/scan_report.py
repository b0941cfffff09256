# SPDX-License-Identifier: Apache-2.0
"""The answers of `mailward scan` on paper: JSON lines for programs, colours and sentences for people.

What is printed comes from strangers: characters that steer a terminal are shown as what they are.
"""

import json
from typing import Any, Protocol, TextIO

import msgspec

from mailward.contract.finding import Reason, Verdict


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, as the contract of the command says. `unreadable` if the file, not the mail, was the
    trouble; it decides the exit status and is not printed."""

    path: str
    verdict: Verdict
    score: float
    scores: dict[str, float]
    reasons: tuple[Reason, ...]
    error: str = ""
    unreadable: bool = False


class Report(Protocol):
    """A way to print. Raises `BrokenPipeError` when nobody reads any more."""

    def line(self, line: Line) -> None:
        """Print one answer, at once."""
        ...

    def trouble(self, why: str) -> None:
        """Say why there will be no answers."""
        ...

    def end(self) -> None:
        """All is said."""
        ...


def report(stdout: TextIO, *, as_json: bool) -> Report:
    """The report that was asked for."""
    return JsonReport(stdout) if as_json else PlainReport(stdout)


class JsonReport:
    """One JSON object a line, in ASCII, so that no terminal or locale can spoil it."""

    def __init__(self, stdout: TextIO) -> None:
        self._stdout = stdout

    def line(self, line: Line) -> None:
        """Print one answer, at once."""
        self._write(
            {
                "path": line.path,
                "verdict": str(line.verdict),
                "score": line.score,
                "scores": line.scores,
                "reasons": [
                    {"id": reason.id, "text": reason.text, "weight": reason.weight, "evidence": reason.evidence}
                    for reason in line.reasons
                ],
                "error": line.error or None,
            }
        )

    def trouble(self, why: str) -> None:
        """Say why there will be no answers."""
        self._write({"error": why})

    def end(self) -> None:
        """Every line has been written already."""
        self._stdout.flush()

    def _write(self, value: dict[str, Any]) -> None:
        self._stdout.write(json.dumps(value) + "\n")
        self._stdout.flush()


_COLOURS = {
    Verdict.CLEAN: "green",
    Verdict.GRAYMAIL: "cyan",
    Verdict.SPAM: "yellow",
    Verdict.UNSCANNABLE: "magenta",
}
_ALARM = "bold red"
_MAX_SHOWN = 12
"""Reasons printed for each mail; the JSON form has them all."""


class PlainReport:
    """For people: the verdict first, then why."""

    def __init__(self, stdout: TextIO) -> None:
        from rich.console import Console  # noqa: PLC0415 - programs that ask for JSON need not wait for it

        self._console = Console(file=stdout, highlight=False, soft_wrap=True)
        self._count = 0
        self._verdicts: dict[Verdict, int] = {}

    def line(self, line: Line) -> None:
        """Print one answer, at once."""
        from rich.text import Text  # noqa: PLC0415

        self._count += 1
        self._verdicts[line.verdict] = self._verdicts.get(line.verdict, 0) + 1
        head = Text()
        head.append(f"{line.verdict.replace('_', ' '):<18}", style=_COLOURS.get(line.verdict, _ALARM))
        head.append(f"{line.score:>6.1f}  ")
        head.append(printable(line.path), style="bold")
        self._console.print(head)
        if line.error:
            self._console.print(Text(f"{'':26}{printable(line.error)}", style="magenta"))
        if line.verdict is not Verdict.CLEAN:
            self._reasons(line.reasons)

    def trouble(self, why: str) -> None:
        """Say why there will be no answers."""
        self._console.print(f"mailward: {why}", style="red", markup=False)

    def end(self) -> None:
        """Count, where there was more than one mail."""
        if self._count > 1:
            words = ", ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in self._verdicts.items())
            self._console.print(f"\n{self._count} mails: {words}", markup=False)

    def _reasons(self, reasons: tuple[Reason, ...]) -> None:
        from rich.text import Text  # noqa: PLC0415

        for reason in reasons[:_MAX_SHOWN]:
            said = Text(f"{'':18}{reason.weight:>+6.1f}  {reason.text}")
            if reason.evidence:
                said.append(f"  {printable(reason.evidence)}", style="dim")
            self._console.print(said)
        if len(reasons) > _MAX_SHOWN:
            self._console.print(Text(f"{'':26}and {len(reasons) - _MAX_SHOWN} more", style="dim"))


def printable(text: str) -> str:
    """Text from outside with everything that is no printable character written as an escape."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
