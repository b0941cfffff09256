# SPDX-License-Identifier: Apache-2.0
"""The options of the sender filter. The approved and blocked senders are lists with an API of their own."""

from enum import StrEnum
from typing import Annotated

import msgspec

from mailward.contract.feature import Settings


class Skippable(StrEnum):
    """What an approved sender may be spared. The virus scan is not among them."""

    IP_REPUTATION = "ip_reputation"
    UNKNOWN_SENDER_DOMAIN = "unknown_sender_domain"
    SPAM = "spam"
    BEC = "bec"
    PHISHING = "phishing"
    GRAYMAIL = "graymail"
    SOCIAL_ENGINEERING = "social_engineering"
    WEB_REPUTATION = "web_reputation"


class SenderFilterSettings(Settings, frozen=True, kw_only=True):
    """What approval and blocking mean."""

    enabled: Annotated[bool, msgspec.Meta(title="Use the lists", description="Off: nobody is approved or blocked.")] = (
        True
    )
    match_header: Annotated[
        bool,
        msgspec.Meta(
            title="Look at From too",
            description="Entries are compared with the envelope sender and with the address that readers see.",
        ),
    ] = True
    skips: Annotated[
        tuple[Skippable, ...],
        msgspec.Meta(title="Approved senders skip", description="These checks. Malware is always looked for."),
    ] = (Skippable.IP_REPUTATION, Skippable.UNKNOWN_SENDER_DOMAIN, Skippable.SPAM, Skippable.GRAYMAIL)
    mark_approved: Annotated[
        bool,
        msgspec.Meta(
            title="Mark approved mail",
            description="Add X-Mailward-Approved-Sender, which says whether the envelope or From was approved.",
        ),
    ] = False
    unknown_sender_domain: Annotated[
        bool,
        msgspec.Meta(
            title="Refuse unknown sender domains",
            description="Refuse mail whose envelope sender has a domain that has neither mail servers nor addresses in"
            " the DNS, and could never be answered. Asks the DNS about each sender's domain.",
        ),
    ] = False
