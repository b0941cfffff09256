# SPDX-License-Identifier: Apache-2.0
"""The manifest of the phishing check."""

from mailward.checks.phishing.hooks import examine
from mailward.checks.phishing.settings import PhishingSettings
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature
from mailward.engines.antispam.service import SEEN

FEATURE = Feature(
    name="phishing",
    room="checks.phishing",
    title="Phishing",
    console="Inbound > Spam filtering > Phishing",
    settings=PhishingSettings,
    disclosure=Disclosure(
        does="Judges whether a mail tries to lead its reader to a false page or to give away secrets: borrowed"
        " brands, look-alike domains, links that lead elsewhere than they say, lures in many languages, failed"
        " authentication. All of it happens on your machine.",
        disabling_costs="Phishing mail is delivered unless another check catches it.",
        collects=SEEN,
        removed=Removal.NEVER_KEPT,
    ),
    examine=examine,
)
