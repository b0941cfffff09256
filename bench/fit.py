# SPDX-License-Identifier: Apache-2.0
"""Fit the weights of the named signals: `python bench/fit.py KEPT.npz` prints them, `--write` puts them
into the tables.

One logistic regression per class with the intercept fixed at minus the points at which a class is caught,
so that points minus five is the logit. A signal that was declared to raise can only raise, one that was
declared to lower can only lower; it moves between bounds around what its author thought. Each source
weighs the same within its class and each campaign within its source, so that no corpus is learnt.
"""

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "src")]

import numpy as np

from corpora import Specimen, specimens
from mailward.contract.finding import CAUGHT_AT
from mailward.engines.antispam import engine

TARGETS = {
    "phishing": {"phishing": 1.0},
    "spam": {"spam": 1.0, "phishing": 0.3},
    "graymail": {"graymail": 1.0},
}
"""Which labels a class should catch, and how much each matters. Classes without data keep their weights."""

HAM_COUNTS = 12.0
"""One ham caught costs as much as this many mails missed."""

ROUNDS = 800
RIDGE = 0.02
LARGEST = 4.0


def shipped() -> np.ndarray:
    """The weights of the tables: signals by classes."""
    return np.array(
        [[signal.weights.get(threat, 0.0) for threat in engine.CLASSES] for signal in engine.SIGNALS], dtype=np.float32
    )


def fitted(seen: np.ndarray, found: list[Specimen]) -> np.ndarray:
    """Weights fitted to these mails, in tenths of a point."""
    weights = shipped().copy()
    for number, threat in enumerate(engine.CLASSES):
        if threat.value in TARGETS:
            weights[:, number] = _one_class(seen, found, TARGETS[threat.value], weights[:, number])
    return np.round(weights, 1)


def _one_class(seen: np.ndarray, found: list[Specimen], wanted: dict[str, float], start: np.ndarray) -> np.ndarray:
    is_graymail = "graymail" in wanted
    label = np.array([wanted.get(mail.label, 0.0) > 0 for mail in found])
    ignored = np.array(
        [
            not hit and mail.label not in ({"ham", "graymail"} if not is_graymail else {"ham"})
            for mail, hit in zip(found, label, strict=True)
        ]
    )
    cost = _costs(found) * np.where(label, [wanted.get(mail.label, 0.0) for mail in found], HAM_COUNTS)
    cost[ignored] = 0
    cost /= cost.sum()
    low, high = _bounds(start)
    moving = start != 0
    rows = cost > 0
    x, y, c = seen[rows][:, moving], label[rows].astype(np.float32), cost[rows].astype(np.float32)
    weights, momentum, begun = start[moving].copy(), start[moving].copy(), start[moving].copy()
    step = 4.0 / max(1e-6, float(np.linalg.eigvalsh((x * c[:, None]).T @ x)[-1]) + 4 * RIDGE * 0.01)
    for count in range(ROUNDS):
        logit = x @ momentum - CAUGHT_AT
        slope = x.T @ (c * (1 / (1 + np.exp(-logit)) - y)) + RIDGE * 0.01 * (momentum - begun)
        after = np.clip(momentum - step * slope, low[moving], high[moving])
        momentum = after + count / (count + 3) * (after - weights)
        weights = after
    result = np.zeros_like(start)
    result[moving] = weights
    return result


def _bounds(start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low = np.where(start > 0, 0.1, np.minimum(start * 2.0, -0.1))
    high = np.where(start > 0, np.minimum(LARGEST, start * 2.5 + 0.3), -0.1)
    return low.astype(np.float32), high.astype(np.float32)


def _costs(found: list[Specimen]) -> np.ndarray:
    """Each source alike within its label, each campaign alike within its source (by the root of its size)."""
    campaigns = Counter((mail.source, mail.cluster) for mail in found)
    own = np.array([campaigns[mail.source, mail.cluster] ** -0.5 for mail in found])
    sums: Counter[tuple[str, str]] = Counter()
    for mail, weight in zip(found, own, strict=True):
        sums[mail.source, mail.label] += weight
    sizes = Counter((mail.source, mail.label) for mail in found)
    return np.array(
        [
            weight / sums[mail.source, mail.label] * min(1.0, sizes[mail.source, mail.label] / 300)
            for mail, weight in zip(found, own, strict=True)
        ]
    )


def write(weights: np.ndarray) -> None:
    """Put the weights into the tables of the families."""
    by_id = {signal.id: row for signal, row in zip(engine.SIGNALS, weights, strict=True)}
    order = [threat.value for threat in engine.CLASSES]
    for path in sorted((Path(__file__).parents[1] / "src/mailward/engines/antispam").glob("*.py")):
        text = path.read_text()
        path.write_text(
            re.sub(
                r'(signal\("(\w+)", [^\n]*?)((?:, (?:phishing|bec|social_engineering|spam|graymail)=-?[\d.]+)+),\n',
                lambda found: _rewritten(found, by_id, order),
                text,
            )
        )


def _rewritten(found: re.Match[str], by_id: dict[str, np.ndarray], order: list[str]) -> str:
    if found[2] not in by_id:
        return found[0]
    names = re.findall(r"(\w+)=", found[3])
    return found[1] + "".join(f", {name}={by_id[found[2]][order.index(name)]:.1f}" for name in names) + ",\n"


def main() -> None:
    """Fit on every mail, print, and write if asked."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("kept", type=Path)
    arguments.add_argument("--write", action="store_true")
    chosen = arguments.parse_args()
    kept = np.load(chosen.kept)
    if list(kept["ids"]) != [signal.id for signal in engine.SIGNALS]:
        sys.exit("the kept signals are not today's; run evaluate.py --keep again")
    weights = fitted(kept["seen"], specimens()[:: int(kept["every"])])
    for signal, row, before in zip(engine.SIGNALS, weights, shipped(), strict=True):
        print(
            f"{signal.id:30}",
            *(
                f"{threat.value}={new:.1f} ({old:.1f})"
                for threat, new, old in zip(engine.CLASSES, row, before, strict=True)
                if old
            ),
        )
    if chosen.write:
        write(weights)


if __name__ == "__main__":
    main()
