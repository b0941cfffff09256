# SPDX-License-Identifier: Apache-2.0
"""What a mail costs: CPU of `mailward scan`, mails per second accepted and delivered, memory of each
process, and the same load through Postfix, as root where it is installed. Prints a Markdown table and
writes it to docs/benchmarks.md.

    make bench                    2,000 mails each
    make bench ARGS="--mails 500" quicker, rougher

Load comes from Postfix's smtp-source and ends in its smtp-sink, which share the machine with the
product: on two cores they take a part of what they measure.
"""

import argparse
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

sys.path[:0] = [str(Path(__file__).parents[1])]

import msgspec
from bench import mails, postfix
from tests.product import ROOT, Process, Product, free_port

PAGE = ROOT / "docs" / "benchmarks.md"
SIZES = (4 * 1024, 9 * 1024, 50 * 1024)
SESSIONS = (1, 20)
DRAIN_SECONDS = 180.0
RECIPIENT = "lee@example.test"
MIB = 1 << 20


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """`mailward scan` of many mails. `start` is a run over one mail; CPU is of all its processes."""

    jobs: int
    start: float
    cpu_milliseconds: float
    per_second: float


class Throughput(msgspec.Struct, frozen=True, kw_only=True):
    """One run of smtp-source: mails per second acknowledged, and arrived at the sink."""

    size: int
    sessions: int
    accepted: float
    delivered: float
    arrived: int
    cpu_milliseconds: dict[str, float]
    """CPU per mail of each role."""


class Server(Protocol):
    """Whoever takes the load."""

    smtp_port: int

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU by role."""
        ...

    @property
    def log(self) -> str:
        """What it said."""
        ...


class Gateway(Product):
    """The product as a server under load."""

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU by role."""
        found: dict[str, float] = {}
        for process in self.processes():
            found[process.role] = found.get(process.role, 0.0) + process.cpu
        return found


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="What a mail of 9 KB costs.")
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--no-page", action="store_true", help="print only, leave docs/benchmarks.md alone")
    options = parser.parse_args()
    missing = [tool for tool in ("smtp-source", "smtp-sink") if shutil.which(tool) is None]
    if missing:
        print(f"{' and '.join(missing)} not found: they come with Debian's package postfix", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="mailward-bench-") as name:
        folder = Path(name)
        scans = [scan(folder / f"scan-{jobs}", options.mails, jobs) for jobs in sorted({1, os.cpu_count() or 1})]
        idle, busy, runs = gateway(folder / "gateway", options.mails)
        peer = beside(folder / "peer", options.mails) if postfix.available() else []
    page = render(options.mails, scans, runs, peer, idle, busy)
    print(page)
    if not options.no_page:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page)
    return 0


def scan(folder: Path, count: int, jobs: int) -> Scan:
    """Judge `count` files; the cost of starting is measured apart and taken off."""
    mails.write(folder / "one", 1)
    mails.write(folder / "all", count)
    start, start_cpu = _scanned(folder / "one", 1, jobs)
    seconds, cpu = _scanned(folder / "all", count, jobs)
    return Scan(
        jobs=jobs,
        start=start,
        cpu_milliseconds=(cpu - start_cpu) * 1000 / (count - 1),
        per_second=(count - 1) / max(seconds - start, 1e-6),
    )


def _scanned(folder: Path, count: int, jobs: int) -> tuple[float, float]:
    """Wall and CPU seconds. Raises `RuntimeError` unless every mail was answered."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "mailward", "scan", "--json", "--jobs", str(jobs), str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if len(done.stdout.splitlines()) != count:
        raise RuntimeError(f"scan answered {len(done.stdout.splitlines())} of {count}: {done.stderr[-2000:]}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def gateway(folder: Path, count: int) -> tuple[list[Process], list[Process], list[Throughput]]:
    """The whole gateway: memory when idle and after the load, and one run for each size and number of sessions."""
    folder.mkdir()
    with sink(folder) as (port, counted):
        product = Gateway(folder / "data", next_hop=f"127.0.0.1:{port}", recipients=(RECIPIENT,))
        product.init()
        product.start()
        try:
            throughput(product, folder, counted, count=max(50, count // 10), size=mails.SIZE, sessions=4)  # warm
            idle = product.processes()
            runs = series(product, folder, counted, count)
            return idle, product.processes(), runs
        finally:
            product.stop()


def beside(folder: Path, count: int) -> list[Throughput]:
    """The same through Postfix, which checks nothing."""
    folder.mkdir()
    with sink(folder) as (port, counted), postfix.running(folder / "postfix", port) as peer:
        throughput(peer, folder, counted, count=max(50, count // 10), size=mails.SIZE, sessions=4)  # warm
        return series(peer, folder, counted, count)


def series(server: Server, folder: Path, counted: "Counter", count: int) -> list[Throughput]:
    """One run for each size and number of sessions."""
    return [
        throughput(server, folder, counted, count=count, size=size, sessions=sessions)
        for size in SIZES
        for sessions in SESSIONS
    ]


@contextmanager
def sink(folder: Path) -> Iterator[tuple[int, "Counter"]]:
    """Postfix's smtp-sink on a free port, and how many mails it has got."""
    port, record = free_port(), folder / "sink.txt"
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with record.open("wb") as output:
        process = subprocess.Popen(["smtp-sink", "-c", *user, f"127.0.0.1:{port}", "512"], stdout=output, stderr=output)
    try:
        time.sleep(0.3)
        yield port, Counter(record)
    finally:
        process.terminate()
        process.wait()


class Counter:
    """The running counters that smtp-sink prints."""

    def __init__(self, record: Path) -> None:
        self._record = record

    def value(self) -> int:
        """Mails so far."""
        with self._record.open("rb") as file:
            file.seek(max(0, self._record.stat().st_size - 200))
            found = re.findall(rb"mesg=(\d+)", file.read())
        return int(found[-1]) if found else 0


def throughput(
    server: Server, folder: Path, counted: Counter, *, count: int, size: int, sessions: int
) -> Throughput:  # fmt: skip
    """Send `count` mails over `sessions` connections, and wait until all have come through."""
    letter = folder / "letter.txt"
    letter.write_bytes(mails.mail(1, size).replace(b"\r\n", b"\n"))
    before, arrived_before, began = server.cpu(), counted.value(), time.monotonic()
    done = subprocess.run(
        ["smtp-source", "-d", "-s", str(sessions), "-m", str(count), "-F", str(letter), "-f", "robin@sender.test",
         "-t", RECIPIENT, f"127.0.0.1:{server.smtp_port}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    accepted = time.monotonic() - began
    if done.returncode:
        raise RuntimeError(f"smtp-source: {done.stderr.strip()[-500:]}\n{server.log[-2000:]}")
    while (arrived := counted.value() - arrived_before) < count and time.monotonic() - began < DRAIN_SECONDS:
        time.sleep(0.02)
    delivered, after = time.monotonic() - began, server.cpu()
    used = {role: after[role] - before.get(role, 0.0) for role in after}
    return Throughput(
        size=size,
        sessions=sessions,
        accepted=count / accepted,
        delivered=arrived / delivered,
        arrived=arrived,
        cpu_milliseconds={role: seconds * 1000 / count for role, seconds in used.items() if seconds > 0},
    )


def render(
    count: int, scans: list[Scan], runs: list[Throughput], peer: list[Throughput], idle: list[Process],
    busy: list[Process],
) -> str:  # fmt: skip
    """The page."""
    roles = sorted({role for run in runs for role in run.cpu_milliseconds})
    lines = [
        "# What a mail costs",
        "",
        f"Measured by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {_machine()}. {count:,} mails in each run; for",
        "`scan` they have 9 KB, and half of them an HTML part. Load generator and sink (Postfix's `smtp-source`",
        "and `smtp-sink`) run on the same cores. A mail counts as accepted when the gateway said `250`, which it",
        "says once body and row are on disk, and as delivered when the sink has it. CPU per mail is the figure to",
        "compare: mails per second suffer from whatever else the machine is doing.",
        "",
        "## `mailward scan`",
        "",
        "| jobs | CPU per mail | mails per second | start |",
        "| ---: | ---: | ---: | ---: |",
        *(f"| {s.jobs} | {s.cpu_milliseconds:.2f} ms | {s.per_second:,.0f} | {s.start:.2f} s |" for s in scans),
        "",
        "CPU is of all processes together, without the start (which loads the engines).",
        "",
        "## The gateway",
        "",
        "| size | connections | accepted per second | delivered per second | " + " | ".join(roles) + " | all |",
        "| ---: | ---: | ---: | ---: |" + " ---: |" * (len(roles) + 1),
    ]
    for run in runs:
        shares = [f"{run.cpu_milliseconds.get(role, 0.0):.2f}" for role in roles]
        arrived = "" if run.arrived >= count else f" ({run.arrived:,} of {count:,} came)"
        lines.append(
            f"| {run.size >> 10} KB | {run.sessions} | {run.accepted:,.0f} | {run.delivered:,.0f}{arrived}"
            f" | {' | '.join(shares)} | {sum(run.cpu_milliseconds.values()):.2f} |"
        )
    lines += ["", "The columns behind are milliseconds of CPU per mail, by process.", "", *_compared(runs, peer)]
    lines += ["## Memory", ""]
    lines += [
        "| process | number | before the load | after | of that its own |",
        "| :--- | ---: | ---: | ---: | ---: |",
    ]
    before, after = _memory(idle), _memory(busy)
    for role in sorted(after):
        number, pss, own = after[role]
        early = before.get(role, (0, 0, 0))[1]
        lines.append(f"| {role} | {number} | {early / MIB:.0f} MiB | {pss / MIB:.0f} MiB | {own / MIB:.0f} MiB |")
    total = sum(pss for _, pss, _ in after.values())
    lines += [f"| all | {len(busy)} | {sum(p.pss for p in idle) / MIB:.0f} MiB | {total / MIB:.0f} MiB | |", ""]
    lines += ["Proportional set size: what several processes share is divided among them.", ""]
    return "\n".join(lines)


def _compared(runs: list[Throughput], peer: list[Throughput]) -> list[str]:
    """The same load through Postfix; a ratio above 1 means that we are faster, or need less."""
    if not peer:
        return []
    lines = [
        "## Beside Postfix",
        "",
        "The same load, sink and machine in the same run, as Debian ships it. Postfix relays without any check;",
        "Mailward runs all of its own. A ratio above 1 is in Mailward's favour.",
        "",
        "| size | connections | accepted per second | delivered | CPU per mail | ratio accepted | delivered | CPU |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for own, other in zip(runs, peer, strict=True):
        used, others = sum(own.cpu_milliseconds.values()), sum(other.cpu_milliseconds.values())
        lines.append(
            f"| {other.size >> 10} KB | {other.sessions} | {other.accepted:,.0f} | {other.delivered:,.0f}"
            f" | {others:.2f} ms | {own.accepted / other.accepted:.2f} | {own.delivered / other.delivered:.2f}"
            f" | {others / max(used, 0.001):.2f} |"
        )
    return [*lines, ""]


def _memory(processes: list[Process]) -> dict[str, tuple[int, int, int]]:
    """Number, proportional size and own size, by role."""
    found: dict[str, tuple[int, int, int]] = {}
    for process in processes:
        number, pss, own = found.get(process.role, (0, 0, 0))
        found[process.role] = (number + 1, pss + process.pss, own + process.own)
    return found


def _machine() -> str:
    """Processor, cores and Python, in words."""
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    name = model[1].strip() if model else platform.machine()
    return f"{os.cpu_count()} cores of {name}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
