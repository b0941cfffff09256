# SPDX-License-Identifier: Apache-2.0
"""What a mail costs, beside those that operators trust: `make bench`.

    make bench                          about twenty minutes; writes docs/benchmarks.md
    make bench ARGS="--quick"           two minutes, rough
    make bench ARGS="--profile off:4"   one profile: all checks off, mails of 4 KB

Every run of ours is followed by the same run of the peer, and a ratio is the median over such pairs, so that
what else the machine is doing falls on both. Load generator and sink are one process of ours that shares the
machine with what it measures; its own CPU counts for nobody.
"""

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "src")]

import msgspec
import uvloop
from bench import floor, load, mails, name_server, postfix, profile, report, rspamd
from bench.report import Cell, Result, Scan, Side
from bench.servers import OFF, ON, Gateway, Peer, people
from tests.product import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
SIZES = (4 * 1024, mails.SIZE, 50 * 1024, 5 * 1024 * 1024)
SESSIONS = (1, 20, 200)
GOALS = {"off": 1.0, "on": 1.5}
DOMAINS = {"off": OFF, "on": ON}
VARIANTS = 20
LARGE = 1024 * 1024
SESSIONS_PER_ADDRESS = 1000
PROFILED_SESSIONS = 20


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    modes: tuple[str, ...]
    sizes: tuple[int, ...]
    sessions: tuple[int, ...]
    pairs: int
    seconds: float
    scans: int
    profiles: bool


def main() -> int:
    """Measure, print, write."""
    options = _options()
    missing = [name for name, there in _NEEDED.items() if not there()]
    if missing:
        print(f"cannot measure without {', '.join(missing)}: see scripts/debian.sh; root is needed", file=sys.stderr)
        return 2
    os.environ["MAILWARD_CONNECTIONS_PER_ADDRESS"] = str(SESSIONS_PER_ADDRESS)
    os.environ.setdefault("MAILWARD_SMTP_PROCESSES", str(os.cpu_count() or 1))
    with tempfile.TemporaryDirectory(prefix="mailward-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        if options.profile:
            mode, _, size = options.profile.partition(":")
            sessions = options.sessions or PROFILED_SESSIONS
            print(uvloop.run(profiled(folder, mode, int(size or 4) * 1024, sessions=sessions)))
            return 0
        page = report.render(measure(folder, _plan(options)))
    print(page)
    if not (options.no_page or options.quick):
        PAGE.write_text(page)
    return 0


_NEEDED: dict[str, Callable[[], bool]] = {
    "postfix": postfix.available, "rspamd": rspamd.available, "unbound": name_server.available,
}  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What a mail costs, beside Postfix, and Postfix with rspamd.")
    parser.add_argument("--quick", action="store_true", help="one short pair each, no page")
    parser.add_argument("--mode", choices=tuple(GOALS), help="only with all checks off, or on")
    parser.add_argument("--size", type=int, help="only mails of so many KB")
    parser.add_argument("--sessions", type=int, help="only so many sessions")
    parser.add_argument("--pairs", type=int, help="runs of each side")
    parser.add_argument("--profile", metavar="MODE:KB", help="only a profile, such as off:4")
    parser.add_argument("--no-page", action="store_true", help="print only, leave docs/benchmarks.md alone")
    return parser.parse_args()


def _plan(options: argparse.Namespace) -> Plan:
    return Plan(
        modes=(options.mode,) if options.mode else tuple(GOALS),
        sizes=(options.size * 1024,) if options.size else SIZES,
        sessions=(options.sessions,) if options.sessions else SESSIONS,
        pairs=options.pairs or (1 if options.quick else 3),
        seconds=1.5 if options.quick else 4.0,
        scans=0 if options.quick or options.size else 400,
        profiles=not options.quick,
    )


def measure(folder: Path, plan: Plan) -> Result:
    """Everything, and what explains it where a goal was missed."""
    scans = [scan(folder / f"scan-{jobs}", plan.scans, jobs) for jobs in sorted({1, os.cpu_count() or 1}) if plan.scans]
    cells, memory = uvloop.run(compare(folder, plan))
    return Result(
        scans=scans, cells=cells, goals=GOALS, memory=memory, profiles=profiles_of(folder, cells) if plan.profiles else {},
        floor=floor.measure(folder / "floor"),
    )  # fmt: skip


def profiles_of(folder: Path, cells: list[Cell]) -> dict[tuple[str, int, int], str]:
    """A profile of each kind of mail for which a goal was missed, under the most sessions for which it was."""
    missed: dict[tuple[str, int], int] = {}
    for cell in cells:
        if cell.ratio < GOALS[cell.mode]:
            missed[cell.mode, cell.size] = max(cell.sessions, missed.get((cell.mode, cell.size), 0))
    return {
        (mode, size, sessions): uvloop.run(profiled(folder, mode, size, sessions=sessions))
        for (mode, size), sessions in missed.items()
    }


async def compare(folder: Path, plan: Plan) -> tuple[list[Cell], dict[str, dict[str, int]]]:
    """All cells, and the memory of each server at the end, by role."""
    cells: list[Cell] = []
    (folder / "servers").mkdir(mode=0o755)
    async with everybody(folder / "servers") as (sink, gateway, peers):
        for mode in plan.modes:
            for size in plan.sizes:
                letters = _letters(size)
                for side in (gateway, peers[mode]):
                    await _run(sink, side, letters, mode, sessions=4, seconds=0.5)  # warm
                for sessions in plan.sessions:
                    pairs = [
                        (await _run(sink, gateway, letters, mode, sessions=sessions, seconds=plan.seconds),
                         await _run(sink, peers[mode], letters, mode, sessions=sessions, seconds=plan.seconds))
                        for _ in range(plan.pairs)
                    ]  # fmt: skip
                    cells.append(_cell(mode, size, sessions, pairs))
                    print(report.line(cells[-1]), file=sys.stderr, flush=True)
        memory = {"mailward": gateway.memory(), **{_NAMES[mode]: peers[mode].memory() for mode in plan.modes}}
    return cells, memory


_NAMES = {"off": "Postfix", "on": "Postfix and rspamd"}


@asynccontextmanager
async def everybody(folder: Path) -> AsyncIterator[tuple[load.Sink, Gateway, dict[str, Peer]]]:
    """The sink, the product and the peers, all running."""
    sink = load.Sink()
    port = await sink.listen()
    with ExitStack() as stack:
        resolver = stack.enter_context(name_server.running(folder / "unbound"))
        filtering = stack.enter_context(rspamd.running(folder / "rspamd", resolver))
        peers = {
            "off": Peer(stack.enter_context(postfix.running(folder / "postfix", port))),
            "on": Peer(
                stack.enter_context(postfix.running(folder / "filtered", port, milter=filtering.milter)), filtering
            ),
        }
        gateway = start(folder / "gateway", port, resolver)
        stack.callback(gateway.stop)
        await asyncio.to_thread(rspamd.settled, filtering)
        yield sink, gateway, peers
    sink.close()


def start(folder: Path, sink: int, resolver: str, *, program: tuple[str, ...] = ("-m", "mailward")) -> Gateway:
    """The product, ready, with both organizations as they shall be."""
    folder.mkdir()
    os.environ["MAILWARD_NAME_SERVERS"] = resolver
    gateway = Gateway(folder / "data", next_hop=f"127.0.0.1:{sink}", program=program)
    gateway.prepare()
    gateway.start()
    gateway.choose()
    return gateway


async def profiled(folder: Path, mode: str, size: int, *, sessions: int = PROFILED_SESSIONS) -> str:
    """One run of the product under the profiler, and the engines over the same mails: a table of each process."""
    folder = folder / f"profile-{mode}-{size}"
    folder.mkdir(mode=0o755)
    (folder / "profiles").mkdir()
    os.environ["PROFILE_FOLDER"] = str(folder / "profiles")
    sink = load.Sink()
    port, letters = await sink.listen(), _letters(size)
    with name_server.running(folder / "unbound") as resolver:
        gateway = start(folder / "gateway", port, resolver, program=(str(ROOT / "bench" / "profiled.py"), "mailward"))
        try:
            before = gateway.cost()
            sample = await _sample(sink, gateway, letters, mode, sessions=sessions, seconds=6.0)
            cost = gateway.cost().since(before, sample.accepted)
        finally:
            await asyncio.to_thread(gateway.stop)
    sink.close()
    if mode == "on":
        profile.engines(folder, [mails.mail(number, size) for number in range(VARIANTS)])
    return profile.render(folder / "profiles", cost, mails=sample.accepted)


async def _run(
    sink: load.Sink, server: Gateway | Peer, letters: list[bytes], mode: str, *, sessions: int, seconds: float
) -> Side:
    """One sample, and what it cost."""
    before = server.cost()
    sample = await _sample(sink, server, letters, mode, sessions=sessions, seconds=seconds)
    return Side(
        accepted=sample.accepted / max(sample.accepting, 1e-6),
        relayed=(sample.accepted - sample.missing) / max(sample.relaying, 1e-6),
        cpu=server.cost().since(before, sample.accepted),
        latency=tuple(sample.percentile(share) for share in (0.5, 0.95, 0.99)),
        mails=sample.accepted,
        missing=sample.missing,
    )


async def _sample(
    sink: load.Sink, server: Gateway | Peer, letters: list[bytes], mode: str, *, sessions: int, seconds: float
) -> load.Sample:
    try:
        return await load.run(
            sink, server.smtp_port, letters=letters, recipients=people(DOMAINS[mode]), sessions=sessions, seconds=seconds,
            most=max(sessions, 60) if len(letters[0]) > LARGE else 1_000_000,
        )  # fmt: skip
    except load.Refused as exc:
        raise RuntimeError(f"{type(server).__name__} did not take the load: {exc}\n{server.log[-3000:]}") from exc


def _cell(mode: str, size: int, sessions: int, pairs: list[tuple[Side, Side]]) -> Cell:
    """The medians over the pairs."""
    return Cell(
        mode=mode, size=size, sessions=sessions,
        own=_middle([own for own, _ in pairs]), peer=_middle([peer for _, peer in pairs]),
        ratio=statistics.median(own.relayed / max(peer.relayed, 1e-9) for own, peer in pairs),
        cpu_ratio=statistics.median(sum(peer.cpu.values()) / max(sum(own.cpu.values()), 1e-9) for own, peer in pairs),
    )  # fmt: skip


def _middle(sides: list[Side]) -> Side:
    """The run with the median of mails relayed per second."""
    return sorted(sides, key=lambda side: side.relayed)[len(sides) // 2]


def _letters(size: int) -> list[bytes]:
    count = 2 if size > LARGE else VARIANTS
    return [load.letter(mails.mail(number, size)) for number in range(count)]


def scan(folder: Path, count: int, jobs: int) -> Scan:
    """Judge `count` files of 9 KB; the cost of starting is measured apart and taken off."""
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


if __name__ == "__main__":
    sys.exit(main())
