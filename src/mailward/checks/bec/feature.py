# SPDX-License-Identifier: Apache-2.0
"""The manifest of the bec check."""

from mailward.checks.bec.hooks import examine
from mailward.checks.bec.settings import BecSettings
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature
from mailward.engines.antispam.service import SEEN

FEATURE = Feature(
    name="bec",
    room="checks.bec",
    title="Business e-mail compromise",
    console="Inbound > Spam filtering > Business e-mail compromise",
    settings=BecSettings,
    disclosure=Disclosure(
        does="Compares senders with the high-profile users and the domains of your organization, and looks for the"
        " requests that impostors make. All of it happens on your machine.",
        disabling_costs="Forged requests for payments in the name of your own people are delivered unless another check"
        " catches them.",
        collects=SEEN,
        removed=Removal.NEVER_KEPT,
    ),
    examine=examine,
)
