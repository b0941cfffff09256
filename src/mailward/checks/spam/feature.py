# SPDX-License-Identifier: Apache-2.0
"""The manifest of the spam check."""

from mailward.checks.spam.hooks import examine
from mailward.checks.spam.settings import SpamSettings
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature
from mailward.engines.antispam.service import SEEN

FEATURE = Feature(
    name="spam",
    room="checks.spam",
    title="Spam",
    console="Inbound > Spam filtering > Spam",
    settings=SpamSettings,
    disclosure=Disclosure(
        does="Judges whether a mail is unasked advertising or a swindle for money, from its words, links, build"
        " and path, by signals that each have a name and are shown with their weight. All of it happens on"
        " your machine.",
        disabling_costs="Spam is delivered unless another check catches it.",
        collects=SEEN,
        removed=Removal.NEVER_KEPT,
    ),
    examine=examine,
)
