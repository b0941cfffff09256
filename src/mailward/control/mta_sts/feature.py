# SPDX-License-Identifier: Apache-2.0
"""The manifest of MTA-STS hosting."""

from collections.abc import Sequence
from typing import Any

from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal, Sending
from mailward.contract.feature import Feature
from mailward.control.mta_sts.belongings import BELONGINGS
from mailward.control.mta_sts.dns_checks import dns_checks


def _routes() -> Sequence[Any]:
    from mailward.control.mta_sts.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


FEATURE = Feature(
    name="mta_sts",
    room="control.mta_sts",
    title="MTA-STS",
    console="TLS > MTA-STS",
    disclosure=Disclosure(
        does="Publishes, for each domain that you switch it on for, which mail servers may get its mail and that their"
        " certificates must be good, so that nobody in between can have mail in clear text. Anybody may read it.",
        disabling_costs="Senders encrypt to whoever answers, and go without where somebody in between says so.",
        collects=frozenset({DataItem.DOMAIN_NAME, DataItem.MAIL_SERVER, DataItem.ADMINISTRATOR_ACTION}),
        sends=(
            Sending(
                to="your resolver, when somebody looks at the page of the records",
                items=frozenset({DataItem.DOMAIN_NAME, DataItem.MAIL_SERVER}),
                purpose="To compare the records of your domain with those that should be there.",
            ),
        ),
        removed=Removal.DOMAIN_DELETION,
    ),
    routes=_routes,
    belongings=BELONGINGS,
    dns_checks=dns_checks,
)
