# SPDX-License-Identifier: Apache-2.0
"""The manifest of mta_sts."""

from mailward.control.mta_sts.hooks import examine
from mailward.control.mta_sts.settings import MtaStsSettings
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature

FEATURE = Feature(
    name="mta_sts",
    room="control.mta_sts",
    title="MtaSts",
    console="Inbound > MtaSts",
    settings=MtaStsSettings,
    examine=examine,
    disclosure=Disclosure(
        does="Say what this feature does, in words that the people whose mail it is understand.",
        disabling_costs="Say what is lost when it is switched off.",
        removed=Removal.NEVER_KEPT,
    ),
)
