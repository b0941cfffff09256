# SPDX-License-Identifier: Apache-2.0
"""The manifest of DKIM signing."""

from collections.abc import Sequence
from typing import Any

from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal, Sending
from mailward.contract.feature import Feature
from mailward.disposition.dkim_signing.belongings import BELONGINGS
from mailward.disposition.dkim_signing.dns_checks import dns_checks
from mailward.disposition.dkim_signing.service import compile_keys
from mailward.disposition.dkim_signing.settings import DkimSigningSettings


def _routes() -> Sequence[Any]:
    from mailward.disposition.dkim_signing.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


def _jobs() -> Sequence[Any]:
    from mailward.disposition.dkim_signing.jobs import JOBS  # noqa: PLC0415 - only the worker needs them

    return JOBS


FEATURE = Feature(
    name="dkim_signing",
    room="disposition.dkim_signing",
    title="DKIM signing",
    console="Outbound > DKIM signing",
    settings=DkimSigningSettings,
    compile=compile_keys,
    disclosure=Disclosure(
        does="Signs mail that leaves in the name of your domains, with keys that are made here and kept sealed. Looks"
        " in the DNS whether the public halves are published.",
        disabling_costs="Others cannot tell your mail from mail that only borrows your name, and may refuse it.",
        collects=frozenset({DataItem.DOMAIN_NAME, DataItem.CREDENTIAL, DataItem.ADMINISTRATOR_ACTION}),
        sends=(
            Sending(
                to="the domain name system: your resolver, and through it the name servers of your own domains",
                items=frozenset({DataItem.DOMAIN_NAME}),
                purpose="See whether the public half of a key is published before mail is signed with it",
            ),
        ),
        removed=Removal.DELETION,
    ),
    routes=_routes,
    jobs=_jobs,
    belongings=BELONGINGS,
    dns_checks=dns_checks,
)
