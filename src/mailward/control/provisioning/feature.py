# SPDX-License-Identifier: Apache-2.0
"""The manifest of provisioning."""

from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature

FEATURE = Feature(
    name="provisioning",
    room="control.provisioning",
    title="Provisioning",
    console="Settings > Organization",
    disclosure=Disclosure(
        does="Keeps the record of each organization on this system and the key that seals its mail.",
        disabling_costs="It cannot be switched off: without it there is nobody to protect.",
        collects=frozenset({DataItem.ORGANIZATION_NAME}),
        removed=Removal.DEPROVISIONING,
    ),
)
