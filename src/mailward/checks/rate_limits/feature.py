# SPDX-License-Identifier: Apache-2.0
"""The manifest of the rate limits."""

from mailward.checks.rate_limits.settings import RateLimitSettings
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature

FEATURE = Feature(
    name="rate_limits",
    room="checks.rate_limits",
    title="Rate limits",
    console="Inbound > Connection filtering > Rate limits",
    settings=RateLimitSettings,
    disclosure=Disclosure(
        does="Counts mail per address, sender, recipient and organization, asks whoever brings too much to come again"
        " later, and shuts out addresses that guess recipients. Counts are held in memory for as long as the limits"
        " need them; nothing is kept and nothing leaves.",
        disabling_costs="One sender may fill the queue or a mailbox, and may try out which addresses exist.",
        removed=Removal.NEVER_KEPT,
    ),
)
