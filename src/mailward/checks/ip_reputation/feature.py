# SPDX-License-Identifier: Apache-2.0
"""The manifest of the IP reputation."""

from collections.abc import Sequence
from typing import Any

from mailward.checks.ip_reputation.service import compile_lists
from mailward.checks.ip_reputation.settings import RETENTION_DAYS, IpReputationSettings
from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal, Sending
from mailward.contract.feature import Feature


def _routes() -> Sequence[Any]:
    from mailward.checks.ip_reputation.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


def _jobs() -> Sequence[Any]:
    from mailward.checks.ip_reputation.jobs import JOBS  # noqa: PLC0415 - only the worker needs them

    return JOBS


FEATURE = Feature(
    name="ip_reputation",
    room="checks.ip_reputation",
    title="IP reputation",
    console="Inbound > Connection filtering > IP reputation",
    settings=IpReputationSettings,
    compile=compile_lists,
    disclosure=Disclosure(
        does="Refuses or delays mail by the address that brings it: your approved and blocked addresses and countries,"
        " the DNS block lists that you enter, and experience: how much of what an address sent before was bad. Counts"
        " of good and bad mail are kept per address. Countries are read from a file of yours on this machine.",
        disabling_costs="Addresses that are known to send spam are heard, and all their mail is scanned.",
        collects=frozenset({DataItem.SENDER_IP, DataItem.VERDICT, DataItem.ADMINISTRATOR_ACTION}),
        sends=(
            Sending(
                to="the name servers of the DNS block lists that you enter, by way of your resolver; nobody by default",
                items=frozenset({DataItem.SENDER_IP}),
                purpose="To ask whether the address that connects is listed. Addresses of private networks are not"
                " asked about.",
            ),
        ),
        retention_days=RETENTION_DAYS,
        removed=Removal.RETENTION,
    ),
    routes=_routes,
    jobs=_jobs,
)
