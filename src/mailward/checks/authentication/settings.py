# SPDX-License-Identifier: Apache-2.0
"""What an organization decides about authentication as a whole; the rules per domain are a list of their own."""

from typing import Annotated

from msgspec import Meta

from mailward.contract.feature import Settings

DEFAULT_SEALERS = ("google.com", "microsoft.com")
"""d= of the two services through which most forwarded mail comes."""

Sealer = Annotated[str, Meta(max_length=253, pattern=r"^[a-z0-9_-]+(\.[a-z0-9_-]+)+$", examples=["forwarder.example"])]


class AuthenticationSettings(Settings, frozen=True, kw_only=True):
    """Whether results are named and rules applied, and whom we trust to have looked for us. Named results
    carry no points of their own: the phishing engine decides what they are worth."""

    enabled: Annotated[
        bool,
        Meta(title="Use authentication", description="Name results as reasons, and apply the rules of each domain."),
    ] = True
    trusted_sealers: Annotated[
        tuple[Sealer, ...],
        Meta(
            title="Trusted ARC sealers",
            max_length=1000,
            description="Domains (d=) whose seal may outweigh a failure: if one of them saw DMARC pass before the mail"
            " was handed on, it is accepted.",
        ),
    ] = DEFAULT_SEALERS
    defer_without_dns: Annotated[
        bool,
        Meta(
            title="Ask to try again while DNS is dead",
            description="If not one question could be answered, the sender is asked to come again (451) instead of"
            " the mail being held as not examined.",
        ),
    ] = True
    spf: Annotated[bool, Meta(title="Name SPF results", description="In the receipt of a mail.")] = True
    dkim: Annotated[bool, Meta(title="Name DKIM results", description="In the receipt of a mail.")] = True
    dmarc: Annotated[bool, Meta(title="Name DMARC results", description="In the receipt of a mail.")] = True
    skip_null_sender: Annotated[
        bool, Meta(title="Do not name DMARC failures of bounces", description="Mail with a null sender.")
    ] = False
