# SPDX-License-Identifier: Apache-2.0
"""The manifest of the recipient filter."""

from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature

FEATURE = Feature(
    name="recipient_filter",
    room="checks.recipient_filter",
    title="Recipient filter",
    console="Inbound > Connection filtering > Recipient filter",
    disclosure=Disclosure(
        does="Refuses mail for addresses that are not in the list of valid recipients. It collects nothing of its"
        " own; the list belongs to the directory features.",
        disabling_costs="Mail for unknown addresses is accepted, scanned, and refused by the server behind us.",
        removed=Removal.NEVER_KEPT,
    ),
)
