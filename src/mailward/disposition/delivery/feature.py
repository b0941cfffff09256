# SPDX-License-Identifier: Apache-2.0
"""The manifest of delivery."""

from collections.abc import Sequence
from typing import Any

from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal, Sending
from mailward.contract.feature import Feature
from mailward.disposition.delivery.belongings import BELONGINGS


def _routes() -> Sequence[Any]:
    from mailward.disposition.delivery.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


FEATURE = Feature(
    name="delivery",
    room="disposition.delivery",
    title="Delivery",
    console="Messages > Queue",
    disclosure=Disclosure(
        does="Brings accepted mail to the organization's own mail servers, and outbound mail to those of its"
        " recipients, and keeps it, sealed, until they take it.",
        disabling_costs="It cannot be switched off: mail would be accepted and never arrive.",
        collects=frozenset(
            {
                DataItem.BODY,
                DataItem.ENVELOPE,
                DataItem.HEADERS,
                DataItem.SENDER_ADDRESS,
                DataItem.RECIPIENT_ADDRESS,
                DataItem.RECIPIENT_IP,
                DataItem.ADMINISTRATOR_ACTION,
            }
        ),
        sends=(
            Sending(
                to="DNS servers",
                items=frozenset({DataItem.RECIPIENT_DOMAIN}),
                purpose="To find the mail servers of recipients outside, for outbound mail and for notices.",
            ),
        ),
        retention_days=10,
        removed=Removal.RETENTION,
    ),
    belongings=BELONGINGS,
    routes=_routes,
)
