# SPDX-License-Identifier: Apache-2.0
"""The manifest of the graymail check."""

from mailward.checks.graymail.hooks import examine
from mailward.checks.graymail.settings import GraymailSettings
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature
from mailward.engines.antispam.service import SEEN

FEATURE = Feature(
    name="graymail",
    room="checks.graymail",
    title="Graymail",
    console="Inbound > Spam filtering > Graymail",
    settings=GraymailSettings,
    disclosure=Disclosure(
        does="Tells bulk mail that was probably asked for (newsletters, offers, notices of networks and forums)"
        " from personal mail and from spam. All of it happens on your machine.",
        disabling_costs="Newsletters and notices arrive like any other mail.",
        collects=SEEN,
        removed=Removal.NEVER_KEPT,
    ),
    examine=examine,
)
