# SPDX-License-Identifier: Apache-2.0
"""What an organization decides about DMARC reports. Sending is off until somebody says so."""

from typing import Annotated

from msgspec import Meta

from mailward.contract.feature import Settings

RETENTION_DAYS = 400
"""How long what others report is kept: a year can be compared with the one before."""
TALLY_DAYS = 31
"""How long counts of others' mail are kept: they make the reports, and the standing of a domain."""

Address = Annotated[str, Meta(max_length=254, pattern=r"^$|^[A-Za-z0-9!#$%&'*/=?^_`{|}~.-]+@[A-Za-z0-9.-]+$")]


class DmarcReportsSettings(Settings, frozen=True, kw_only=True):
    """Reports that others send us, and reports that we send."""

    report_address: Annotated[
        Address,
        Meta(
            title="Reports come to",
            description="An address of one of your domains, for the rua tag of your DMARC records. Reports to it are"
            " read here and need no mailbox.",
            examples=["dmarc@example.com"],
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
            description="Once a day, tell each domain that asks for it, and that sent you more than spam, what you saw"
            " of mail in its name.",
        ),
    ] = False
    sender: Annotated[
        Address,
        Meta(
            title="Reports come from",
            description="An address of one of your domains, without a plus sign: what cannot be delivered comes back"
            " to it with a tag behind a plus sign, and is read here.",
            examples=["dmarc-reports@example.com"],
        ),
    ] = ""
    organization_name: Annotated[
        str,
        Meta(max_length=200, title="Name in reports", description="Empty: the name of your organization."),
    ] = ""
    contact: Annotated[
        str,
        Meta(max_length=200, title="Contact", description="A web page or address for questions about your reports."),
    ] = ""
    daily_limit: Annotated[
        int, Meta(ge=1, le=10_000, title="Reports a day at most", description="The domains with most mail come first.")
    ] = 500
