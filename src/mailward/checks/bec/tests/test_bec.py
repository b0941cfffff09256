# SPDX-License-Identifier: Apache-2.0
"""Bec does what every room of the spam family must do."""

from pathlib import Path

from mailward.checks.bec.feature import FEATURE
from mailward.contract.finding import Threat
from spam_family import SpamFamily


class TestBec(SpamFamily):
    feature = FEATURE
    threat = Threat.BEC
    cases = Path(__file__).parent / "cases"
