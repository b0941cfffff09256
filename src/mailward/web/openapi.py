# SPDX-License-Identifier: Apache-2.0
"""Prints the OpenAPI document: `python -m mailward.web.openapi > console/openapi.json`."""

import json
import sys

from mailward.control.profile.feature import FEATURE as PROFILE
from mailward.disposition.quarantine.feature import FEATURE as QUARANTINE
from mailward.records.mail_tracking.feature import FEATURE as MAIL_TRACKING
from mailward.records.reports.feature import FEATURE as REPORTS
from mailward.web.app import routes_of
from mailward.web.schema import document

ROOMS = (PROFILE, REPORTS, MAIL_TRACKING, QUARANTINE)
"""The rooms that have routes; the catalog stands above this floor, and a test holds the two together."""


def text() -> str:
    """The committed form: one space of indent, so that a change is a readable difference."""
    return json.dumps(document(routes_of(ROOMS)), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
