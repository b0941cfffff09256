# SPDX-License-Identifier: Apache-2.0
"""The manifest of mail tracking."""

from collections.abc import Sequence
from typing import Any

from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature
from mailward.records.mail_tracking.settings import RETENTION_DAYS


def _routes() -> Sequence[Any]:
    from mailward.records.mail_tracking.api import ROUTES  # noqa: PLC0415 - the catalog imports no web framework

    return ROUTES


def _jobs() -> Sequence[Any]:
    from mailward.records.mail_tracking.jobs import JOBS  # noqa: PLC0415 - only the worker needs them

    return JOBS


FEATURE = Feature(
    name="mail_tracking",
    room="records.mail_tracking",
    title="Mail tracking",
    console="Messages",
    disclosure=Disclosure(
        does="Records each mail that came or was refused, what was decided for each recipient and why, and every"
        " state change after that, so that people can find a mail and see what became of it.",
        disabling_costs="It cannot be switched off: quarantine, delivery and the overview read these records.",
        collects=frozenset({
            DataItem.SENDER_IP, DataItem.RECIPIENT_IP, DataItem.ENVELOPE, DataItem.SENDER_ADDRESS,
            DataItem.RECIPIENT_ADDRESS, DataItem.SUBJECT, DataItem.MESSAGE_ID, DataItem.HEADERS, DataItem.URL,
            DataItem.URL_DOMAIN, DataItem.ATTACHMENT_NAME, DataItem.ATTACHMENT_DIGEST, DataItem.BODY,
            DataItem.AUTHENTICATION_DOMAIN, DataItem.VERDICT, DataItem.ADMINISTRATOR_ACTION,
        }),
        retention_days=RETENTION_DAYS,
        removed=Removal.RETENTION,
    ),
    routes=_routes,
    jobs=_jobs,
)  # fmt: skip
