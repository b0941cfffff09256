# SPDX-License-Identifier: Apache-2.0
"""What an organization decides about authentication. The standards leave no more to decide than this."""

from typing import Annotated

from msgspec import Meta

from mailward.contract.feature import Settings


class AuthenticationSettings(Settings, frozen=True, kw_only=True):
    """Which results are named in the receipt of a mail. They carry no points of their own: rules and
    the phishing engine decide what they are worth."""

    enabled: Annotated[bool, Meta(description="Name authentication results as reasons")] = True
    spf: Annotated[bool, Meta(description="Name SPF results")] = True
    dkim: Annotated[bool, Meta(description="Name DKIM results")] = True
    dmarc: Annotated[bool, Meta(description="Name DMARC results")] = True
    skip_null_sender: Annotated[bool, Meta(description="Do not name DMARC failures of bounces (null sender)")] = False
