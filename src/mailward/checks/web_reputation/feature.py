# SPDX-License-Identifier: Apache-2.0
"""The manifest of the web reputation."""

from collections.abc import Sequence
from typing import Any

from mailward.checks.web_reputation.hooks import examine
from mailward.checks.web_reputation.service import compile_exceptions
from mailward.checks.web_reputation.settings import WebReputationSettings
from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal, Sending
from mailward.contract.feature import Feature


def _routes() -> Sequence[Any]:
    from mailward.checks.web_reputation.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


def _jobs() -> Sequence[Any]:
    from mailward.checks.web_reputation.jobs import JOBS  # noqa: PLC0415 - only the worker needs them

    return JOBS


FEATURE = Feature(
    name="web_reputation",
    room="checks.web_reputation",
    title="Web reputation",
    console="Inbound > Spam filtering > Web reputation",
    settings=WebReputationSettings,
    examine=examine,
    compile=compile_exceptions,
    disclosure=Disclosure(
        does="Judges the web addresses in subject, body and attachments: by lists on this machine, by the DNS lists"
        " that you enter, and by what an address looks like. Keeps the addresses and keywords that you except. No"
        " address is ever opened.",
        disabling_costs="Mail that leads to known phishing pages and malware is delivered unless another check catches"
        " it.",
        collects=frozenset({DataItem.URL, DataItem.VERDICT, DataItem.ADMINISTRATOR_ACTION}),
        sends=(
            Sending(
                to="the name servers of the DNS lists that you enter, by way of your resolver; nobody by default",
                items=frozenset({DataItem.URL_DOMAIN}),
                purpose="To ask whether the registered name of a host in a mail is listed. Never the whole address; not"
                " IP addresses, not your own domains, and not names that are not public.",
            ),
        ),
        removed=Removal.DELETION,
    ),
    routes=_routes,
    jobs=_jobs,
)
