# SPDX-License-Identifier: Apache-2.0
"""`make train`: fit the weights of the marks of web addresses, measure them on sources left out, and write
`engines/web_reputation/data/structure.toml` and the model card.

One logistic regression; a mark that can only speak against an address never gets a weight that speaks
for it. The levels' points are set where, on mail of sources that were left out of the training, the share of
good mails with a link below them is what the level promises.
"""

import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT / "src")]

import numpy as np
from web_addresses import GROUPS, Address, every

from mailward.engines.web_reputation.levels import BAR, Level
from mailward.engines.web_reputation.structure import DATA, MARKS

CARD = ROOT / "docs" / "models" / "web_reputation.md"
PROMISES = {
    Level.LOWEST: 0.00005, Level.LOW: 0.0001, Level.MODERATELY_LOW: 0.0002, Level.MODERATELY_HIGH: 0.0005,
    Level.HIGH: 0.002, Level.HIGHEST: 0.01,
}  # fmt: skip
"""The share of good mails with links that each level may catch."""
GOOD_COUNTS = 4.0
"""One good address called bad costs as much as this many bad ones missed."""
ROUNDS = 450
RIDGE = 2e-4
LARGEST = 4.0
FULL = 400
"""Registered names that a source must have to count in full."""

LICENCES = {
    "phishtank-2020": "PhishTank 2020, by way of a public repository that states no licence; weights of marks only",
    "phishing.database-2026-inactive": "Phishing.Database, MIT",
    "iscx-url2016": "ISCX-URL2016, by way of a public repository that states no licence; weights of marks only",
    "top-hosts": "MISP warning lists (Tranco 10k), CC0-1.0",
    **{f"generated-{group + 1}": "our own generator (`bench/web_addresses.py`)" for group in range(GROUPS)},
    "phishing_pot-phishing": "phishing_pot, CC BY-NC 4.0; weights of marks only, no text or table",
    "spamassassin-ham": "SpamAssassin public corpus, PDDL 1.0",
    "enron_spam_raw-ham": "Enron mail made public by FERC",
    "lore-openbmc-ham": "a public list archive (lore.kernel.org)",
    "notmuch-ham": "test mails of notmuch, GPL-3+ (public list mail)",
    "sourceforge-trap-ham": "a public list archive; no licence stated",
    "sourceforge-trap-phishing": "a public list archive; no licence stated",
}


def fit(rows: list[Address]) -> tuple[np.ndarray, float]:
    """Weights and bias."""
    marks, label, cost = _matrix(rows), np.array([row.bad for row in rows], dtype=np.float64), _costs(rows)
    cost *= np.where(label > 0, 1.0, GOOD_COUNTS)
    cost /= cost.sum()
    low = np.array([0.0 if mark.sign > 0 else -LARGEST for mark in MARKS] + [-10.0])
    high = np.array([0.0 if mark.sign < 0 else LARGEST for mark in MARKS] + [10.0])
    x = np.hstack([marks, np.ones((len(rows), 1))])
    step = 4.0 / (float(np.linalg.eigvalsh((x * cost[:, None]).T @ x)[-1]) + 4 * RIDGE)
    weights = momentum = np.zeros(x.shape[1])
    for count in range(ROUNDS):
        slope = x.T @ (cost * (1 / (1 + np.exp(-(x @ momentum))) - label)) + RIDGE * momentum
        after = np.clip(momentum - step * slope, low, high)
        momentum = after + count / (count + 3) * (after - weights)
        weights = after
    return np.round(weights[:-1], 3), round(float(weights[-1]), 3)


def _matrix(rows: list[Address]) -> np.ndarray:
    made = np.zeros((len(rows), len(MARKS)))
    for place, row in enumerate(rows):
        made[place, list(row.marks)] = 1.0
    return made


def _costs(rows: list[Address]) -> np.ndarray:
    """Each source alike within its side, each registered name alike within its source by the root of its size."""
    sizes = Counter((row.source, row.owner) for row in rows)
    own = np.array([sizes[row.source, row.owner] ** -0.5 / sizes[row.source, row.owner] ** 0.5 for row in rows])
    names: dict[str, set[str]] = defaultdict(set)
    sums: Counter[str] = Counter()
    for row, cost in zip(rows, own, strict=True):
        names[row.source].add(row.owner)
        sums[row.source] += cost
    costs = np.array([
        cost / sums[row.source] * min(1.0, len(names[row.source]) / FULL) for row, cost in zip(rows, own, strict=True)
    ])  # fmt: skip
    bad = np.array([row.bad for row in rows])
    for side in (bad, ~bad):
        costs[side] /= costs[side].sum()
    return costs


def left_out(rows: list[Address]) -> dict[str, np.ndarray]:
    """The logits of each source under the model that has not seen it, the worst of each mail."""
    found = {}
    for source in sorted({row.source for row in rows}):
        weights, bias = fit([row for row in rows if _root(row.source) != _root(source)])
        own = [row for row in rows if row.source == source]
        worst: dict[str, float] = {}
        for row, logit in zip(own, _matrix(own) @ weights + bias, strict=True):
            worst[row.mail] = max(worst.get(row.mail, -np.inf), float(logit))
        found[source] = np.array(list(worst.values()))
    return found


def _root(source: str) -> str:
    """Two classes of one collection are left out together."""
    return source.rpartition("-")[0] if source.endswith(("-ham", "-phishing")) else source


def knots(logits: dict[str, np.ndarray]) -> list[tuple[float, int]]:
    """The points between a logit and a score: a level's bar stands where its promise is kept."""
    good = np.sort(np.concatenate([found for source, found in logits.items() if _is_mail(source)]))[::-1]
    found: list[tuple[float, int]] = []
    for level, share in sorted(PROMISES.items(), key=lambda pair: -pair[1]):
        allowed = int(share * len(good))
        edge = float(good[allowed]) + 0.02
        edge = max(edge, found[-1][0] + 0.15) if found else edge
        found.append((round(edge, 3), BAR[level] - 1))
    calm = float(np.median(good))
    return [(round(min(calm, found[0][0] - 1), 3), 100), *found, (round(found[-1][0] + 3, 3), 0)]


def _is_mail(source: str) -> bool:
    return source.endswith("-ham") or source.startswith("generated")


def caught(logits: np.ndarray, level: Level, points: list[tuple[float, int]]) -> float:
    """The share below a level's bar."""
    edge = next(logit for logit, score in points if score == BAR[level] - 1)
    return float((logits >= edge).mean())


def write(weights: np.ndarray, bias: float, points: list[tuple[float, int]], logits: dict[str, np.ndarray]) -> None:
    """The data file and the card."""
    trained = datetime.now(UTC).strftime("%Y-%m-%d")
    good = np.concatenate([found for source, found in logits.items() if _is_mail(source)])
    lines = ["# Written by `make train`; docs/models/web_reputation.md says from what.",
             f'trained = "{trained}"', f"bias = {bias}", f"knots = {[list(point) for point in points]}",
             "", "# The share of good mails with links, of sources left out of the training, that each level caught.", "[caught]",
             *(f"{level} = {caught(good, level, points):.5f}" for level in Level), "", "[weights]",
             *(f"{mark.id} = {weight}" for mark, weight in zip(MARKS, weights, strict=True))]  # fmt: skip
    DATA.write_text("\n".join(lines) + "\n", "utf-8")
    CARD.parent.mkdir(exist_ok=True)
    CARD.write_text(card(weights, points, logits, trained, len(good)), "utf-8")


def card(
    weights: np.ndarray, points: list[tuple[float, int]], logits: dict[str, np.ndarray], trained: str, mails: int
) -> str:
    """What somebody must know who relies on it."""
    levels = list(Level)
    made = sum(len(found) for source, found in logits.items() if source.startswith("generated"))
    head = "| source | side | mails or addresses | " + " | ".join(level.replace("_", " ") for level in levels) + " |"
    rows = [
        f"| {source} | {'good' if _is_mail(source) or source in ('iscx-url2016', 'top-hosts') else 'bad'} | {len(found)} | "
        + " | ".join(f"{caught(found, level, points):.2%}" for level in levels) + " |"
        for source, found in sorted(logits.items())
    ]  # fmt: skip
    order = np.argsort(-np.abs(weights))
    return "\n".join([
        "# Model card: the shape of web addresses", "",
        f"Trained on {trained} by `make train` (`bench/train_web_reputation.py`); this page is written by the same run.", "",
        '**What it is.** A logistic model over marks that were written by hand ("the host has many hyphens"). Only the',
        "weights are learned. It holds no word, name or text of what it was trained on. It looks at the address alone:",
        "it knows neither the page nor the mail.", "",
        "**What it is for.** Addresses that no list knows yet. It cannot tell a hijacked page with an ordinary address from",
        "an honest one; that is why most bad addresses pass it at careful levels, and why there are lists.", "",
        "## On sources left out", "",
        "Each row is measured by a model that saw nothing of that source. For mail, a mail counts as caught if one of its",
        "clickable links is; for lists of addresses, each address counts. The levels' bars are set on the good mails of all",
        f"left-out sources together ({mails} mails with links, {made} of them single addresses of our generator), so the sums over these rows keep the promise by construction;",
        "mail of a kind that is in none of them may fare differently.", "",
        head, "|" + "---|" * (len(levels) + 3), *rows, "",
        "The mail of these sources is old or technical, and modern newsletters and service mail come from our own generator.",
        "Addresses of bad mails include harmless ones (a logo, an imprint) that nobody labelled.", "",
        "## Sources", "",
        *(f"- {source}: {LICENCES.get(source, 'see the corpora')}" for source in sorted(logits)), "",
        "Each source counts the same on its side (less if it has few names), each registered name by the root of its size;",
        "the scheme of an address is no mark, since whole sources have one.", "",
        "## Weights", "", "| mark | weight |", "|---|---|",
        *(f"| {MARKS[place].text} | {weights[place]:+.2f} |" for place in order if weights[place]), "",
    ])  # fmt: skip


def main() -> None:
    """Everything."""
    rows = every()
    logits = left_out(rows)
    points = knots(logits)
    weights, bias = fit(rows)
    write(weights, bias, points, logits)
    for source, found in sorted(logits.items()):
        print(f"{source:34} {len(found):6}", *(f"{level}={caught(found, level, points):.4f}" for level in Level))


if __name__ == "__main__":
    main()
