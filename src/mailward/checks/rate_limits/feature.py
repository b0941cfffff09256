# SPDX-License-Identifier: Apache-2.0
"""The manifest of the rate limits."""

from collections.abc import Sequence
from typing import Any

from mailward.checks.rate_limits.settings import RETENTION_DAYS, RateLimitSettings
from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature


def _routes() -> Sequence[Any]:
    from mailward.checks.rate_limits.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


def _jobs() -> Sequence[Any]:
    from mailward.checks.rate_limits.jobs import JOBS  # noqa: PLC0415 - only the worker needs them

    return JOBS


FEATURE = Feature(
    name="rate_limits",
    room="checks.rate_limits",
    title="Rate limits",
    console="Inbound > Connection filtering > Rate limits",
    settings=RateLimitSettings,
    disclosure=Disclosure(
        does="Counts mail per address, sender, recipient and organization, asks whoever brings too much to come again"
        " later, and shuts out addresses that guess recipients. Counts are held in memory for as long as the limits"
        " need them; who was limited is kept for a day, so that you can see it. Nothing leaves.",
        disabling_costs="One sender may fill the queue or a mailbox, and may try out which addresses exist.",
        collects=frozenset({DataItem.SENDER_IP, DataItem.ENVELOPE}),
        retention_days=RETENTION_DAYS,
        removed=Removal.RETENTION,
    ),
    routes=_routes,
    jobs=_jobs,
)
