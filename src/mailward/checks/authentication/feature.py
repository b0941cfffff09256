# SPDX-License-Identifier: Apache-2.0
"""The manifest of domain-based authentication."""

from collections.abc import Sequence
from typing import Any

from mailward.checks.authentication.belongings import BELONGINGS
from mailward.checks.authentication.dns_checks import dns_checks
from mailward.checks.authentication.hooks import examine
from mailward.checks.authentication.service import compile_rules
from mailward.checks.authentication.settings import AuthenticationSettings
from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal, Sending
from mailward.contract.feature import Feature


def _routes() -> Sequence[Any]:
    from mailward.checks.authentication.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


FEATURE = Feature(
    name="authentication",
    room="checks.authentication",
    title="Domain-based authentication",
    console="Inbound > Domain-based authentication",
    disclosure=Disclosure(
        does=(
            "Finds out whether a mail was really sent by the domain it names, with SPF, DKIM, DMARC and ARC,"
            " writes the outcome into the header of the mail, and does with it what the rules of your domains say."
            " Keeps the domains, addresses and networks that you list in those rules."
        ),
        disabling_costs="Mail in the name of somebody else's domain is no longer told from mail of that domain.",
        collects=frozenset(
            {
                DataItem.SENDER_IP,
                DataItem.ENVELOPE,
                DataItem.HEADERS,
                DataItem.AUTHENTICATION_DOMAIN,
                DataItem.VERDICT,
                DataItem.DOMAIN_NAME,
                DataItem.ADMINISTRATOR_ACTION,
            }
        ),
        sends=(
            Sending(
                to="the domain name system: your resolver, and through it the name servers of the domains asked for",
                items=frozenset({DataItem.AUTHENTICATION_DOMAIN}),
                purpose="Fetch SPF, DKIM, DMARC and ARC records of the domains that a mail names",
            ),
            Sending(
                to="the name servers of the sending domain, or of the owner of the sending address",
                items=frozenset({DataItem.AUTHENTICATION_DOMAIN, DataItem.SENDER_IP, DataItem.ENVELOPE}),
                purpose=(
                    "Answer SPF records that ask for names made of the sending address, the HELO name or the"
                    " envelope sender, or for the name of the sending address"
                ),
            ),
        ),
        removed=Removal.RETENTION,
        retention_days=60,
    ),
    settings=AuthenticationSettings,
    examine=examine,
    reads_content=False,
    compile=compile_rules,
    routes=_routes,
    belongings=BELONGINGS,
    dns_checks=dns_checks,
)
