# SPDX-License-Identifier: Apache-2.0
"""What an organization decides about TLS reports. Sending is off until somebody says so."""

from typing import Annotated

from msgspec import Meta

from mailward.contract.feature import Settings

RETENTION_DAYS = 90
"""How long what others report is kept."""
OUTCOME_DAYS = 31
"""How long our own sessions are counted back."""

Address = Annotated[str, Meta(max_length=254, pattern=r"^$|^[A-Za-z0-9!#$%&'*/=?^_`{|}~.+-]+@[A-Za-z0-9.-]+$")]


class TlsReportsSettings(Settings, frozen=True, kw_only=True):
    """Reports that others send us, and reports that we send."""

    report_address: Annotated[
        Address,
        Meta(
            title="Reports come to",
            description="An address of one of your domains, for the rua tag of your _smtp._tls records. Reports to it"
            " are read here and need no mailbox.",
            examples=["tls-reports@example.com"],
        ),
    ] = ""
    keep_copy: Annotated[
        bool,
        Meta(title="Deliver them too", description="Bring mail to that address to its mailbox as well as reading it."),
    ] = False
    send: Annotated[
        bool,
        Meta(
            title="Send reports",
            description="Once a day, tell each domain that asks for it how our sessions with its servers were"
            " encrypted.",
        ),
    ] = False
    sender: Annotated[
        Address,
        Meta(
            title="Reports come from",
            description="An address of one of your domains. Empty: tls-reporting at your first domain.",
            examples=["tls-reporting@example.com"],
        ),
    ] = ""
    organization_name: Annotated[
        str, Meta(max_length=200, title="Name in reports", description="Empty: the name of your organization.")
    ] = ""
    contact: Annotated[
        str, Meta(max_length=200, title="Contact", description="An address for questions about your reports.")
    ] = ""
