# SPDX-License-Identifier: Apache-2.0
"""How well the antispam engine does, per source, class and language: `make evaluate`.

Prints, for the weights as shipped: ham that is caught, recall per class at the default level, recall at
a ham error of 0.1 % and 0.01 %, and 1-AUC; and the same with the weights fitted anew without the source
that is judged (leave one source out), which is the number to believe.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "src")]

import fit
import numpy as np

from corpora import Specimen, specimens
from mailward.contract.check import Facts, HighProfileUser
from mailward.contract.finding import CAUGHT_AT
from mailward.engines.antispam import engine
from mailward.message import parse
from mailward.message.content import read

UNWANTED = ("phishing", "bec", "social_engineering", "spam")
_EXECUTIVE = HighProfileUser("Executive", ("executive@corp.example",))
_BEC = Facts(own_domains=("corp.example",), high_profile_users=(_EXECUTIVE,))


def look(specimen: Specimen) -> tuple[list[int], float, float]:
    """The numbers of the signals that spoke, and milliseconds of CPU: parsing, engine."""
    raw = specimen.raw()
    begun = time.process_time()
    reading = read(parse(raw))
    try:
        _ = reading.text, reading.links, reading.files, reading.hidden_text
    except Exception as broken:  # noqa: BLE001 - one unreadable mail must not stop the measure
        print(f"unreadable: {specimen.path}: {broken!r}", file=sys.stderr)
        return [], 0.0, 0.0
    parsed = time.process_time()
    seen = engine.spoken(reading, _BEC if specimen.source == "bec-rdube" else Facts())
    return [number for number, _ in seen], (parsed - begun) * 1e3, (time.process_time() - parsed) * 1e3


def matrix(found: list[Specimen], jobs: int) -> tuple[np.ndarray, np.ndarray]:
    """One row per mail: which signals spoke; and the milliseconds."""
    seen = np.zeros((len(found), len(engine.SIGNALS)), dtype=np.float32)
    spent = np.zeros((len(found), 2))
    engine.load()
    with multiprocessing.Pool(jobs) as pool:
        for row, (numbers, parsing, engines) in enumerate(pool.imap(look, found, chunksize=64)):
            seen[row, numbers] = 1
            spent[row] = parsing, engines
    return seen, spent


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--jobs", type=int, default=2)
    arguments.add_argument("--every", type=int, default=1, help="take every n-th mail only")
    arguments.add_argument("--keep", type=Path, help="file to keep or find the signals of each mail in")
    arguments.add_argument("--shipped-only", action="store_true", help="do not fit without each source")
    chosen = arguments.parse_args()
    found = specimens()[:: chosen.every]
    if not found:
        sys.exit("no corpora: name their folder in MAILWARD_CORPORA")
    seen, spent = matrix(found, chosen.jobs)
    if chosen.keep:
        np.savez_compressed(
            chosen.keep, seen=seen, ids=np.array([signal.id for signal in engine.SIGNALS]), every=chosen.every
        )
    print(
        f"{len(found)} mails, {len(engine.SIGNALS)} signals; CPU per mail: parsing {spent[:, 0].mean():.2f}"
        f" ms, engine {spent[:, 1].mean():.2f} ms (median {np.median(spent[:, 1]):.2f})\n"
    )
    print("With the weights as shipped")
    report(found, seen @ fit.shipped())
    if not chosen.shipped_only:
        print("\nWith the weights fitted without the source judged")
        report(found, left_out(found, seen))


def left_out(found: list[Specimen], seen: np.ndarray) -> np.ndarray:
    """Points of every mail, by weights that never saw its source."""
    points = np.zeros((len(found), len(engine.CLASSES)), dtype=np.float32)
    sources = np.array([specimen.source for specimen in found])
    for source in sorted(set(sources)):
        rows = sources == source
        points[rows] = seen[rows] @ fit.fitted(
            seen[~rows], [specimen for specimen, out in zip(found, rows, strict=True) if not out]
        )
    return points


def report(found: list[Specimen], points: np.ndarray) -> None:
    """The tables."""
    points = np.round(points, 1)
    caught = dict(zip((threat.value for threat in engine.CLASSES), (points >= CAUGHT_AT).T, strict=True))
    unwanted = np.any([caught[name] for name in UNWANTED], axis=0)
    worst = points[:, [number for number, threat in enumerate(engine.CLASSES) if threat.value in UNWANTED]].max(axis=1)
    ham = np.array([specimen.label == "ham" for specimen in found])
    limits = {rate: np.quantile(worst[ham], 1 - rate) if ham.any() else 99 for rate in (0.001, 0.0001)}
    columns = "phishing bec social_engineering spam graymail".split()
    print(
        f"{'source':18}{'class':10}{'kind / language':26}{'mails':>6}{'caught':>8}"
        + "".join(f"{name[:8]:>9}" for name in columns)
        + f"{'@0.1%':>8}{'@0.01%':>8}{'1-AUC':>8}"
    )
    for name, rows in _groups(found):
        head = f"{name[0]:18}{name[1]:10}{name[2]:26}{rows.sum():6}{unwanted[rows].mean():8.2%}"
        own = "".join(f"{caught[column][rows].mean():9.1%}" for column in columns)
        tail = ""
        if name[1] in UNWANTED:
            tail = (
                "".join(f"{(worst[rows] > limit).mean():8.1%}" for limit in limits.values())
                + f"{_area(worst[rows], worst[ham]):8.3f}"
            )
        print(head + own + tail)


def _groups(found: list[Specimen]) -> Iterator[tuple[tuple[str, str, str], np.ndarray]]:
    """All of a source and class, then its kinds and its languages where there are enough mails."""
    keys = sorted({(specimen.source, specimen.label) for specimen in found})
    for source, label in keys:
        rows = np.array([specimen.source == source and specimen.label == label for specimen in found])
        yield (source, label, ""), rows
        for field in ("kind", "language"):
            values = sorted({getattr(specimen, field) for specimen, taken in zip(found, rows, strict=True) if taken})
            for value in values if len(values) > 1 else ():
                part = np.array(
                    [taken and getattr(specimen, field) == value for specimen, taken in zip(found, rows, strict=True)]
                )
                if part.sum() >= 15:
                    yield (source, label, f"  {value or '-'}"), part
    for label in ("ham", "spam", "phishing", "bec", "graymail"):
        rows = np.array([specimen.label == label for specimen in found])
        if rows.any():
            yield ("ALL", label, ""), rows


def _area(high: np.ndarray, low: np.ndarray) -> float:
    """1 - AUC: how often a ham outranks a mail of the class, ties half."""
    order = np.sort(low)
    below, upto = np.searchsorted(order, high, "left"), np.searchsorted(order, high, "right")
    return float(1 - ((below + upto) / 2).mean() / max(1, len(order)))


if __name__ == "__main__":
    main()
