# SPDX-License-Identifier: Apache-2.0
"""The page: what was measured, beside whom, and where a goal was missed, the profile that says why."""

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from bench.floor import Floor

MIB = 1 << 20
_PEER = {"off": "Postfix", "on": "Postfix and rspamd"}


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """`mailward scan` of many mails. `start` is a run over one mail; CPU is of all its processes."""

    jobs: int
    start: float
    cpu_milliseconds: float
    per_second: float


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one server: mails per second acknowledged, and arrived; milliseconds of CPU per mail by role;
    seconds from MAIL to arrival at 50, 95 and 99 %. `missing` were acknowledged and never came."""

    accepted: float
    relayed: float
    cpu: dict[str, float]
    latency: tuple[float, ...]
    mails: int
    missing: int = 0


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides under one load. The ratios are above 1 in our favour: mails relayed per second, CPU per mail."""

    mode: str
    size: int
    sessions: int
    own: Side
    peer: Side
    ratio: float
    cpu_ratio: float


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `goals` are ratios by mode; `profiles` are tables by mode, size and sessions; `memory` is octets by
    role."""

    scans: list[Scan]
    cells: list[Cell]
    goals: dict[str, float]
    profiles: dict[tuple[str, int, int], str]
    memory: dict[str, dict[str, int]]
    floor: Floor


def render(result: Result) -> str:
    """The page in Markdown."""
    lines = [
        "# What a mail costs",
        "",
        f"Measured by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {_machine()}. One process of ours, on the same cores,",
        "is both load generator and sink: sessions stay open and send the next mail when the last is acknowledged,",
        "MAIL, RCPT and DATA in one write. Everybody says 250 once the mail is synced to disk, and relays it at once.",
        "Latency is from MAIL to the mail's arrival at the sink, under that load. A ratio is the median over pairs of",
        "runs, ours and the peer's in turn; above 1 is in our favour. CPU is of all processes, the database included.",
        "Mailward has an SMTP process for each core here (`MAILWARD_SMTP_PROCESSES`). Where other work shares the machine,",
        "CPU per mail is the figure to believe: whoever has more processes gets more of the rest.",
        "",
    ]
    for mode in dict.fromkeys(cell.mode for cell in result.cells):
        lines += _compared(mode, [cell for cell in result.cells if cell.mode == mode], result.goals[mode])
    lines += _why(result)
    lines += _memory(result.memory)
    if result.scans:
        lines += _scans(result.scans)
    return "\n".join(lines)


def line(cell: Cell) -> str:
    """One cell in a few words, for whoever watches."""
    own, peer = cell.own, cell.peer
    return (
        f"{cell.mode:>3} {_size(cell.size):>5} x{cell.sessions:<3} relayed {own.relayed:7.1f}/s beside {peer.relayed:7.1f}/s = "
        f"{cell.ratio:.2f}; CPU {_cpu(own):.2f} beside {_cpu(peer):.2f} ms = {cell.cpu_ratio:.2f}; p50/p99 {_ms(own.latency[0])}/"
        f"{_ms(own.latency[2])} beside {_ms(peer.latency[0])}/{_ms(peer.latency[2])} ms  {_roles(own)}"
    )


_HEADING = {
    "off": (
        "## All checks off, beside Postfix",
        "Every check of the organization is switched off in its settings; mail is stored, tracked and relayed. Postfix as",
        "Debian ships it relays without any check.",
    ),
    "on": (
        "## Default checks, beside Postfix with rspamd",
        "Authentication, virus rules and the spam family as they are by default (rate limits lifted: all mail comes from",
        "one address). rspamd as Debian ships it, asked as a milter, with local checks: no Redis, no lists, no maps.",
    ),
}


def _compared(mode: str, cells: list[Cell], goal: float) -> list[str]:
    heading, *words = _HEADING[mode]
    columns = (
        f"| size | sessions | accepted per second | {_PEER[mode]} | relayed per second | {_PEER[mode]} | **ratio** "
        f"(goal {goal:.1f}) | CPU per mail | {_PEER[mode]} | ratio | p50 / p95 / p99 ms | {_PEER[mode]} |"
    )
    lines = [heading, "", *words, "", columns, "| ---: |" + " ---: |" * (columns.count("|") - 2)]
    for cell in cells:
        own, peer = cell.own, cell.peer
        lines.append(
            f"| {_size(cell.size)} | {cell.sessions} | {own.accepted:,.0f} | {peer.accepted:,.0f} | {_relayed(own)} "
            f"| {_relayed(peer)} | **{cell.ratio:.2f}** | {_cpu(own):.2f} ms | {_cpu(peer):.2f} ms | {cell.cpu_ratio:.2f} "
            f"| {' / '.join(map(_ms, own.latency))} | {' / '.join(map(_ms, peer.latency))} |"
        )
    roles = sorted({role for cell in cells for role in cell.own.cpu})
    lines += ["", "Our CPU per mail in milliseconds, by process:", "", f"| size | sessions | {' | '.join(roles)} |"]
    lines.append("| ---: | ---: |" + " ---: |" * len(roles))
    for cell in cells:
        shares = " | ".join(f"{cell.own.cpu.get(role, 0.0):.2f}" for role in roles)
        lines.append(f"| {_size(cell.size)} | {cell.sessions} | {shares} |")
    return [*lines, ""]


def _why(result: Result) -> list[str]:
    """What was missed, and where the time goes there."""
    missed = [cell for cell in result.cells if cell.ratio < result.goals[cell.mode]]
    if not missed:
        return ["Every goal is reached.", ""]
    words = ", ".join(f"{cell.mode} {_size(cell.size)} x {cell.sessions}" for cell in missed)
    lines = [
        "## Where a goal is missed",
        "",
        f"Missed: {words}.",
        "",
        *_alone(result),
        "The profiler's samples over CPU time:",
        "",
    ]
    for (mode, size, sessions), profile in result.profiles.items():
        lines += [f"### Checks {mode}, {_size(size)}, {sessions} session{'s' * (sessions > 1)}", "", profile, ""]
    return lines


def _alone(result: Result) -> list[str]:
    """What one session's syncs alone come to, beside what a mail took and how much of that was work."""
    floor = result.floor
    alone = [cell for cell in result.cells if cell.sessions == 1 and cell.size < MIB]
    lines = [
        "One session shares nothing with anybody. What no design of ours can go below on this machine are its syncs: a file",
        f"with its folder takes {floor.file:.2f} ms, a transaction of one row {floor.transaction:.2f} ms, both at once {floor.both:.2f} ms",
        "(medians of bench/floor.py, in the same run). Between that and what a mail took lies work, which nothing overlaps",
        "here and nobody shares: where the CPU is as long as the time between two answers, it is the work that misses the",
        "goal, not the waiting. Milliseconds from one 250 to the next:",
        "",
        "| checks | size | Mailward | of these CPU | peer |",
        "| :--- | ---: | ---: | ---: | ---: |",
    ]
    for cell in alone:
        own, peer = 1000 / max(cell.own.accepted, 1e-9), 1000 / max(cell.peer.accepted, 1e-9)
        lines.append(f"| {cell.mode} | {_size(cell.size)} | {own:.2f} | {_cpu(cell.own):.2f} | {peer:.2f} |")
    return [*lines, ""] if alone else []


def _memory(memory: dict[str, dict[str, int]]) -> list[str]:
    lines = [
        "## Memory",
        "",
        "After the load, proportional set size: what several processes share is divided among them.",
        "",
    ]
    lines += ["| server | process | |", "| :--- | :--- | ---: |"]
    for server, roles in memory.items():
        lines += [f"| {server} | {role} | {size / MIB:.0f} MiB |" for role, size in sorted(roles.items())]
        lines.append(f"| {server} | all | {sum(roles.values()) / MIB:.0f} MiB |")
    return [*lines, ""]


def _scans(scans: list[Scan]) -> list[str]:
    return [
        "## `mailward scan`", "",
        "Mails of 9 KB. CPU is of all processes together, without the start (which loads the engines).", "",
        "| jobs | CPU per mail | mails per second | start |", "| ---: | ---: | ---: | ---: |",
        *(f"| {s.jobs} | {s.cpu_milliseconds:.2f} ms | {s.per_second:,.0f} | {s.start:.2f} s |" for s in scans), "",
    ]  # fmt: skip


def _relayed(side: Side) -> str:
    missing = f" ({side.missing:,} of {side.mails:,} never came)" if side.missing else ""
    return f"{side.relayed:,.1f}{missing}"


def _cpu(side: Side) -> float:
    return sum(side.cpu.values())


def _roles(side: Side) -> str:
    return " ".join(f"{role}={milliseconds:.2f}" for role, milliseconds in sorted(side.cpu.items()))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f}" if seconds >= 0.01 else f"{seconds * 1000:.1f}"


def _size(octets: int) -> str:
    return f"{octets / MIB:.0f} MB" if octets >= MIB else f"{octets >> 10} KB"


def _machine() -> str:
    """Processor, cores and Python, in words."""
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    name = model[1].strip() if model else platform.machine()
    return f"{os.cpu_count()} cores of {name}, Python {platform.python_version()}"
