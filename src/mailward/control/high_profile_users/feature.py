# SPDX-License-Identifier: Apache-2.0
"""The manifest of the high-profile users."""

from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature

FEATURE = Feature(
    name="high_profile_users",
    room="control.high_profile_users",
    title="High-profile users",
    console="Directory > High-profile users",
    disclosure=Disclosure(
        does="Keeps the names and true addresses of people who are likely to be imitated, so that a mail which"
        " borrows such a name stands out.",
        disabling_costs="Mail that borrows the name of a person who is not listed is not checked for it.",
        collects=frozenset({DataItem.PERSON_NAME, DataItem.EMAIL_ADDRESS}),
        removed=Removal.DELETION,
    ),
)
