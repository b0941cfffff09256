# SPDX-License-Identifier: Apache-2.0
"""SocialEngineering does what every room of the spam family must do."""

from pathlib import Path

from mailward.checks.social_engineering.feature import FEATURE
from mailward.contract.finding import Threat
from spam_family import SpamFamily


class TestSocialEngineering(SpamFamily):
    feature = FEATURE
    threat = Threat.SOCIAL_ENGINEERING
    cases = Path(__file__).parent / "cases"
