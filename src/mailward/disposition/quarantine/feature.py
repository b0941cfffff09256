# SPDX-License-Identifier: Apache-2.0
"""The manifest of quarantine."""

from collections.abc import Sequence
from typing import Any

from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature
from mailward.disposition.quarantine.belongings import BELONGINGS
from mailward.disposition.quarantine.settings import RETENTION_DAYS


def _routes() -> Sequence[Any]:
    from mailward.disposition.quarantine.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


def _jobs() -> Sequence[Any]:
    from mailward.disposition.quarantine.jobs import JOBS  # noqa: PLC0415 - only the worker needs them

    return JOBS


FEATURE = Feature(
    name="quarantine",
    room="disposition.quarantine",
    title="Quarantine",
    console="Quarantine",
    disclosure=Disclosure(
        does="Holds mail that was caught, until somebody releases or deletes it or its time is over.",
        disabling_costs="Caught mail could only be delivered or deleted, and a wrong verdict could not be undone.",
        collects=frozenset({
            DataItem.SENDER_ADDRESS, DataItem.RECIPIENT_ADDRESS, DataItem.HEADERS, DataItem.VERDICT, DataItem.BODY,
            DataItem.ADMINISTRATOR_ACTION, DataItem.ENVELOPE,
        }),
        retention_days=RETENTION_DAYS,
        removed=Removal.RETENTION,
    ),
    routes=_routes,
    jobs=_jobs,
    belongings=BELONGINGS,
)  # fmt: skip
