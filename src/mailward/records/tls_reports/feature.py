# SPDX-License-Identifier: Apache-2.0
"""The manifest of TLS reports."""

from collections.abc import Sequence
from typing import Any

from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal, Sending
from mailward.contract.feature import Feature
from mailward.records.tls_reports.settings import OUTCOME_DAYS, RETENTION_DAYS, TlsReportsSettings


def _routes() -> Sequence[Any]:
    from mailward.records.tls_reports.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


def _jobs() -> Sequence[Any]:
    from mailward.records.tls_reports.jobs import JOBS  # noqa: PLC0415 - only the worker needs them

    return JOBS


FEATURE = Feature(
    name="tls_reports",
    room="records.tls_reports",
    title="TLS reports",
    console="TLS > Reports",
    settings=TlsReportsSettings,
    routes=_routes,
    jobs=_jobs,
    disclosure=Disclosure(
        does="Reads the reports in which others tell you whether they could encrypt mail to your servers, and why not."
        " If you switch sending on: counts how each session with somebody else's mail server began, keeps the counts"
        f" for {OUTCOME_DAYS} days, and once a day sends them to the addresses that the domain names for it."
        f" Reports about your domains are kept for {RETENTION_DAYS} days.",
        disabling_costs="You do not see that somebody cannot bring you mail, or only in clear text; and others do not"
        " learn from you what is wrong with their certificates.",
        collects=frozenset(
            {
                DataItem.DOMAIN_NAME, DataItem.MAIL_SERVER, DataItem.SENDER_IP, DataItem.SENDER_ADDRESS,
                DataItem.RECIPIENT_DOMAIN, DataItem.RECIPIENT_IP, DataItem.RECIPIENT_ADDRESS,
            }
        ),
        sends=(
            Sending(
                to="the addresses (mail or https) that the owner of a recipient's domain publishes for TLS reports;"
                " only if you switch sending on",
                items=frozenset({DataItem.RECIPIENT_DOMAIN, DataItem.RECIPIENT_IP, DataItem.ORGANIZATION_NAME}),
                purpose="To tell the owner how many sessions with which of its servers were encrypted, and why others"
                " were not. No addresses of people, nothing of the mails.",
            ),
            Sending(
                to="the name servers of the recipient's domain, by way of your resolver; only if you switch sending on",
                items=frozenset({DataItem.RECIPIENT_DOMAIN}),
                purpose="To find the address for reports.",
            ),
        ),
        retention_days=RETENTION_DAYS,
        removed=Removal.RETENTION,
    ),
)  # fmt: skip
