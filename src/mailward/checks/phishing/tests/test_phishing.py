# SPDX-License-Identifier: Apache-2.0
"""Phishing does what every room of the spam family must do."""

from pathlib import Path

from mailward.checks.phishing.feature import FEATURE
from mailward.contract.finding import Threat
from spam_family import SpamFamily


class TestPhishing(SpamFamily):
    feature = FEATURE
    threat = Threat.PHISHING
    cases = Path(__file__).parent / "cases"
