# SPDX-License-Identifier: Apache-2.0
"""Graymail does what every room of the spam family must do."""

from pathlib import Path

from mailward.checks.graymail.feature import FEATURE
from mailward.contract.finding import Threat
from spam_family import SpamFamily


class TestGraymail(SpamFamily):
    feature = FEATURE
    threat = Threat.GRAYMAIL
    cases = Path(__file__).parent / "cases"
