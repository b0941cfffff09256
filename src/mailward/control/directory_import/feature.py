# SPDX-License-Identifier: Apache-2.0
"""The manifest of the directory import."""

from collections.abc import Sequence
from typing import Any

from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature
from mailward.control.directory_import.belongings import BELONGINGS


def _routes() -> Sequence[Any]:
    from mailward.control.directory_import.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


FEATURE = Feature(
    name="directory_import",
    room="control.directory_import",
    title="Directory import",
    console="Directory > Import",
    disclosure=Disclosure(
        does="Keeps the list of addresses that exist and their display names, brought as a file.",
        disabling_costs="Without a list, mail for people who do not exist is accepted and fails later.",
        collects=frozenset({DataItem.EMAIL_ADDRESS, DataItem.PERSON_NAME, DataItem.DOMAIN_NAME}),
        removed=Removal.DEPROVISIONING,
    ),
    routes=_routes,
    belongings=BELONGINGS,
)
