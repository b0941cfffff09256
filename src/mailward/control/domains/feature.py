# SPDX-License-Identifier: Apache-2.0
"""The manifest of the protected domains."""

from collections.abc import Sequence
from typing import Any

from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal, Sending
from mailward.contract.feature import Feature
from mailward.control.domains.dns_checks import dns_checks


def _routes() -> Sequence[Any]:
    from mailward.control.domains.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


def _jobs() -> Sequence[Any]:
    from mailward.control.domains.jobs import JOBS  # noqa: PLC0415 - only the worker needs them

    return JOBS


FEATURE = Feature(
    name="domains",
    room="control.domains",
    title="Domains",
    console="Domains",
    disclosure=Disclosure(
        does="Keeps the names of protected domains and of the mail servers behind them, to know which mail to take"
        " and where to bring it. Looks in the DNS for the proof of ownership, and on your order for the records that"
        " mail needs. Tests on your order whether the servers can be reached.",
        disabling_costs="A domain that is deleted is no longer protected: mail for it is refused.",
        collects=frozenset({DataItem.DOMAIN_NAME, DataItem.MAIL_SERVER, DataItem.RECIPIENT_ADDRESS}),
        sends=(
            Sending(
                to="the name servers of your domain and of the hosts that its MX records name, by way of your resolver",
                items=frozenset({DataItem.DOMAIN_NAME, DataItem.MAIL_SERVER}),
                purpose="To see who owns a domain, and whether its records bring mail to this gateway.",
            ),
        ),
        removed=Removal.DOMAIN_DELETION,
    ),
    routes=_routes,
    jobs=_jobs,
    dns_checks=dns_checks,
)
