# SPDX-License-Identifier: Apache-2.0
"""Spam does what every room of the spam family must do."""

from pathlib import Path

from mailward.checks.spam.feature import FEATURE
from mailward.contract.finding import Threat
from spam_family import SpamFamily


class TestSpam(SpamFamily):
    feature = FEATURE
    threat = Threat.SPAM
    cases = Path(__file__).parent / "cases"
