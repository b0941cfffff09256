# SPDX-License-Identifier: Apache-2.0
"""The options of the rate limits. One mail for one recipient counts as one."""

from typing import Annotated

import msgspec

from mailward.contract.feature import Settings

RETENTION_DAYS = 1
"""Days for which it is remembered who was limited."""


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """So many in any so many seconds; 0 means any number."""

    most: Annotated[int, msgspec.Meta(title="At most", ge=0, le=10_000_000)]
    seconds: Annotated[int, msgspec.Meta(title="Within seconds", ge=1, le=86_400)] = 60


class RateLimitSettings(Settings, frozen=True, kw_only=True):
    """Limits of this organization, in each SMTP process. What is too much is asked to come again (450)."""

    enabled: Annotated[bool, msgspec.Meta(title="Limit rates")] = True
    per_address: Annotated[
        Rate, msgspec.Meta(title="Per address", description="From one IPv4 address or IPv6 /64 network.")
    ] = Rate(most=2000)
    per_sender: Annotated[
        Rate, msgspec.Meta(title="Per sender", description="From one envelope sender; notices are not counted.")
    ] = Rate(most=0)
    per_recipient: Annotated[Rate, msgspec.Meta(title="Per recipient", description="To one address.")] = Rate(most=200)
    organization: Annotated[Rate, msgspec.Meta(title="Organization", description="To all recipients together.")] = Rate(
        most=0
    )
    unknown_recipients: Annotated[
        Rate,
        msgspec.Meta(
            title="Unknown recipients",
            description="Whoever asks for more addresses that do not exist is guessing: the connection is closed and"
            " the address must wait.",
        ),
    ] = Rate(most=20, seconds=600)
    penalty_seconds: Annotated[
        int, msgspec.Meta(title="Penalty for guessing", description="In seconds.", ge=1, le=86_400)
    ] = 600
