# SPDX-License-Identifier: Apache-2.0
"""The manifest of reports: for now, the numbers of the overview."""

from collections.abc import Sequence
from typing import Any

from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature


def _routes() -> Sequence[Any]:
    from mailward.records.reports.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


FEATURE = Feature(
    name="reports",
    room="records.reports",
    title="Reports",
    console="Overview",
    disclosure=Disclosure(
        does="Counts what mail tracking recorded, at the moment when somebody asks, and keeps nothing of its own.",
        disabling_costs="The console would have no overview.",
        removed=Removal.NEVER_KEPT,
    ),
    routes=_routes,
)
