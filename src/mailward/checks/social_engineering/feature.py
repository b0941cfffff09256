# SPDX-License-Identifier: Apache-2.0
"""The manifest of the social engineering check."""

from mailward.checks.social_engineering.hooks import examine
from mailward.checks.social_engineering.settings import SocialEngineeringSettings
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature
from mailward.engines.antispam.service import SEEN

FEATURE = Feature(
    name="social_engineering",
    room="checks.social_engineering",
    title="Social engineering",
    console="Inbound > Spam filtering > Social engineering attack",
    settings=SocialEngineeringSettings,
    disclosure=Disclosure(
        does="Looks for the marks of a targeted attack: hosts, recipients, dates and reply addresses that"
        " contradict one another, answers without a thread, disguised domains, locked or renamed files. All of"
        " it happens on your machine.",
        disabling_costs="Targeted attacks that look neither like phishing nor like spam are delivered unless another"
        " check catches them.",
        collects=SEEN,
        removed=Removal.NEVER_KEPT,
    ),
    examine=examine,
)
