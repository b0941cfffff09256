# SPDX-License-Identifier: Apache-2.0
"""The manifest of ARC sealing."""

from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature
from mailward.disposition.arc_sealing.settings import ArcSealingSettings

FEATURE = Feature(
    name="arc_sealing",
    room="disposition.arc_sealing",
    title="ARC sealing",
    console="Inbound > Domain-based authentication > ARC sealing",
    settings=ArcSealingSettings,
    disclosure=Disclosure(
        does="Writes into mail that we change what we found about its sender before, and seals that with a key of your"
        " domain, so that servers behind us can still trust the mail.",
        disabling_costs="A server behind us that checks DKIM again sees a broken signature where we tagged or stamped.",
        collects=frozenset({DataItem.AUTHENTICATION_DOMAIN, DataItem.SENDER_IP, DataItem.ENVELOPE}),
        removed=Removal.NEVER_KEPT,
    ),
)
