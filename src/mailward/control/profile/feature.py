# SPDX-License-Identifier: Apache-2.0
"""The manifest of profile: accounts and their sessions."""

from collections.abc import Sequence
from typing import Any

from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature


def _routes() -> Sequence[Any]:
    from mailward.control.profile.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


FEATURE = Feature(
    name="profile",
    room="control.profile",
    title="Profile",
    console="Settings > Administrators",
    disclosure=Disclosure(
        does="Keeps the accounts of the people who use the console, and their sessions: a session remembers from"
        " which address it was opened.",
        disabling_costs="It cannot be switched off: without it nobody could sign in.",
        collects=frozenset({
            DataItem.PERSON_NAME, DataItem.EMAIL_ADDRESS, DataItem.CREDENTIAL, DataItem.CLIENT_IP,
        }),
        removed=Removal.DELETION,
    ),
    routes=_routes,
)  # fmt: skip
