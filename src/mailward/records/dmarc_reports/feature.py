# SPDX-License-Identifier: Apache-2.0
"""The manifest of DMARC reports."""

from collections.abc import Sequence
from typing import Any

from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal, Sending
from mailward.contract.feature import Feature
from mailward.records.dmarc_reports.settings import RETENTION_DAYS, TALLY_DAYS, DmarcReportsSettings


def _routes() -> Sequence[Any]:
    from mailward.records.dmarc_reports.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


def _jobs() -> Sequence[Any]:
    from mailward.records.dmarc_reports.jobs import JOBS  # noqa: PLC0415 - only the worker needs them

    return JOBS


FEATURE = Feature(
    name="dmarc_reports",
    room="records.dmarc_reports",
    title="DMARC reports",
    console="Inbound > Domain-based authentication > DMARC reports",
    settings=DmarcReportsSettings,
    routes=_routes,
    jobs=_jobs,
    disclosure=Disclosure(
        does="Reads the reports in which others tell you who sends mail in the name of your domains, and shows each"
        " source, how much it sent and whether it passed. If you switch sending on: counts the mail that you receive"
        f" by domain, source address and result of SPF, DKIM and DMARC, keeps the counts for {TALLY_DAYS} days, and"
        " sends them once a day to the addresses that the domain names for it, and to nobody who sent you only spam."
        f" Reports about your domains are kept for {RETENTION_DAYS} days.",
        disabling_costs="You do not see who sends in your name, nor when a stricter policy would be safe; and other"
        " domains do not learn from you who sends in theirs.",
        collects=frozenset(
            {
                DataItem.SENDER_IP, DataItem.SENDER_DOMAIN, DataItem.SENDER_ADDRESS, DataItem.RECIPIENT_ADDRESS,
                DataItem.DOMAIN_NAME, DataItem.AUTHENTICATION_DOMAIN, DataItem.VERDICT, DataItem.ORGANIZATION_NAME,
                DataItem.ADMINISTRATOR_ACTION,
            }
        ),
        sends=(
            Sending(
                to="the addresses that the owner of a sending domain publishes for reports; only if you switch sending"
                " on",
                items=frozenset(
                    {
                        DataItem.SENDER_IP, DataItem.SENDER_DOMAIN, DataItem.DOMAIN_NAME,
                        DataItem.AUTHENTICATION_DOMAIN, DataItem.ORGANIZATION_NAME,
                    }
                ),
                purpose="To tell the owner which servers sent you mail in the domain's name, how many mails, to which"
                " of your domains, how they fared in SPF, DKIM and DMARC, and who reports. No addresses of people, no"
                " subjects, nothing of the mails themselves.",
            ),
            Sending(
                to="your resolver, and through it the name servers of the domains reported to and of the owners of"
                " sending addresses",
                items=frozenset({DataItem.AUTHENTICATION_DOMAIN, DataItem.SENDER_IP}),
                purpose="To find the address for reports and whether its owner agrees to them, and the names of the"
                " addresses that send in your name.",
            ),
        ),
        retention_days=RETENTION_DAYS,
        removed=Removal.RETENTION,
    ),
)  # fmt: skip
