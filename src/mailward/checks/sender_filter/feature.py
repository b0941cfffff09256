# SPDX-License-Identifier: Apache-2.0
"""The manifest of the sender filter."""

from collections.abc import Sequence
from typing import Any

from mailward.checks.sender_filter.belongings import BELONGINGS
from mailward.checks.sender_filter.service import compile_lists
from mailward.checks.sender_filter.settings import SenderFilterSettings
from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal, Sending
from mailward.contract.feature import Feature


def _routes() -> Sequence[Any]:
    from mailward.checks.sender_filter.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


def _jobs() -> Sequence[Any]:
    from mailward.checks.sender_filter.jobs import JOBS  # noqa: PLC0415 - only the worker needs them

    return JOBS


FEATURE = Feature(
    name="sender_filter",
    room="checks.sender_filter",
    title="Sender filter",
    console="Inbound > Connection filtering > Sender filter",
    settings=SenderFilterSettings,
    compile=compile_lists,
    disclosure=Disclosure(
        does="Refuses mail from blocked senders and spares approved senders some checks, for the organization, a domain"
        " or a person. Keeps the addresses that you list. If you switch it on, refuses senders whose domain does"
        " not exist.",
        disabling_costs="Nobody is approved or blocked, and mail that could never be answered is taken.",
        collects=frozenset({DataItem.SENDER_ADDRESS, DataItem.EMAIL_ADDRESS, DataItem.ADMINISTRATOR_ACTION}),
        sends=(
            Sending(
                to="the name servers of the sender's domain, by way of your resolver; only if unknown sender domains"
                " are refused",
                items=frozenset({DataItem.SENDER_DOMAIN}),
                purpose="To see whether the domain of the envelope sender could be answered.",
            ),
        ),
        removed=Removal.DELETION,
    ),
    routes=_routes,
    jobs=_jobs,
    belongings=BELONGINGS,
)
