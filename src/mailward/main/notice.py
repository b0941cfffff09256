# SPDX-License-Identifier: Apache-2.0
"""The data-collection notice, printed from the code that enforces it."""

import sys
from collections.abc import Iterable

import msgspec

from mailward.catalog import FEATURES
from mailward.contract.feature import Feature
from mailward.web.notice import entries


def notice(*, as_json: bool) -> int:
    """Print the notice as Markdown, or as JSON for programs."""
    if as_json:
        print(msgspec.json.encode(entries(FEATURES)).decode())  # noqa: T201 - the command's output
    else:
        sys.stdout.write(markdown(FEATURES))
    return 0


def markdown(features: Iterable[Feature]) -> str:
    """The notice as one Markdown document."""
    lines = [
        "# Data collection notice",
        "",
        "What each feature keeps, what it sends to others, how long, and what switching it off costs.",
        "A default installation sends nothing to anyone but mail to mail servers and questions to the DNS.",
    ]
    for feature in features:
        lines += ["", f"## {feature.title}", "", *_section(feature)]
    return "\n".join(lines) + "\n"


def _section(feature: Feature) -> list[str]:
    disclosure = feature.disclosure
    kept = f"{disclosure.retention_days} days; then " if disclosure.retention_days else ""
    lines = [
        disclosure.does,
        "",
        f"- **Where:** {feature.console}",
        f"- **Switched off:** {disclosure.disabling_costs}",
        f"- **Kept:** {kept}{disclosure.removed.value}",
        "- **Collects:** " + ("; ".join(sorted(disclosure.collects)) or "nothing of its own"),
    ]
    if not disclosure.sends:
        return [*lines, "- **Sends:** nothing"]
    lines.append("- **Sends:**")
    lines += [f"    - to {s.to}: {'; '.join(sorted(s.items))} ({s.purpose})" for s in disclosure.sends]
    return lines
