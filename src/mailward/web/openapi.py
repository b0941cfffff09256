# SPDX-License-Identifier: Apache-2.0
"""Prints the OpenAPI document: `python -m mailward.web.openapi > console/openapi.json`."""

import json
import sys
from importlib import import_module

from mailward.contract.feature import Feature
from mailward.web.app import routes_of
from mailward.web.schema import document

ROOMS = (
    "control.profile",
    "control.domains",
    "control.directory_import",
    "checks.authentication",
    "checks.ip_reputation",
    "checks.outbound",
    "checks.rate_limits",
    "checks.reverse_dns",
    "checks.sender_filter",
    "checks.tls_peers",
    "checks.web_reputation",
    "control.mta_sts",
    "records.reports",
    "records.tls_reports",
    "records.dmarc_reports",
    "records.mail_tracking",
    "disposition.dkim_signing",
    "disposition.delivery",
    "disposition.quarantine",
)
"""The rooms that have routes; the catalog stands above this floor, and a test holds the two together."""


def features() -> list[Feature]:
    """The manifests of the rooms that have routes."""
    return [import_module(f"mailward.{room}.feature").FEATURE for room in ROOMS]


def text() -> str:
    """The committed form: one space of indent, so that a change is a readable difference."""
    return json.dumps(document(routes_of(features())), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
