# SPDX-License-Identifier: Apache-2.0
"""The manifest of outbound mail."""

from collections.abc import Sequence
from typing import Any

from mailward.checks.outbound.belongings import BELONGINGS
from mailward.checks.outbound.dns_checks import dns_checks
from mailward.checks.outbound.service import compile_connectors
from mailward.checks.outbound.settings import HISTORY_DAYS, OutboundSettings
from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal, Sending
from mailward.contract.feature import Feature


def _routes() -> Sequence[Any]:
    from mailward.checks.outbound.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


def _jobs() -> Sequence[Any]:
    from mailward.checks.outbound.jobs import JOBS  # noqa: PLC0415 - only the worker needs them

    return JOBS


FEATURE = Feature(
    name="outbound",
    room="checks.outbound",
    title="Outbound mail",
    console="Outbound",
    settings=OutboundSettings,
    compile=compile_connectors,
    disclosure=Disclosure(
        does="Takes mail for the outside from the servers that you register, for senders of your own domains, scans"
        " it, limits how much leaves, and pauses senders that seem to be taken over. It counts the recipients of each"
        " sender by the minute for some hours, and remembers each sender's busiest hours to know what is unusual.",
        disabling_costs="Nobody can send to the outside through Mailward, and accounts that were taken over are not"
        " noticed here.",
        collects=frozenset(
            {
                DataItem.DOMAIN_NAME,
                DataItem.MAIL_SERVER,
                DataItem.ORGANIZATION_NAME,
                DataItem.CREDENTIAL,
                DataItem.SENDER_ADDRESS,
                DataItem.ADMINISTRATOR_ACTION,
            }
        ),
        sends=(
            Sending(
                to="the name servers of your domains, by way of your resolver, on your order",
                items=frozenset({DataItem.DOMAIN_NAME}),
                purpose="To see whether the SPF record of a domain names this gateway.",
            ),
        ),
        retention_days=HISTORY_DAYS,
        removed=Removal.RETENTION,
    ),
    routes=_routes,
    jobs=_jobs,
    belongings=BELONGINGS,
    dns_checks=dns_checks,
)
