# SPDX-License-Identifier: Apache-2.0
"""The options of outbound mail. One mail for one recipient counts as one."""

from typing import Annotated

import msgspec

from mailward.contract.feature import Settings

HISTORY_DAYS = 30
"""Days for which the busiest hours of a sender are remembered."""

Address = Annotated[str, msgspec.Meta(pattern=r"^[^@\s]{1,64}@[^@\s]{1,255}$", max_length=320)]


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """So many in any so many seconds; 0 means any number."""

    most: Annotated[int, msgspec.Meta(title="At most", ge=0, le=10_000_000)]
    seconds: Annotated[int, msgspec.Meta(title="Within seconds", ge=60, le=3600)] = 300


class OutboundSettings(Settings, frozen=True, kw_only=True):
    """How much may leave, and when a sender is held back. What is too much is asked to come again (450)."""

    enabled: Annotated[
        bool, msgspec.Meta(title="Take outbound mail", description="Off: nobody may send to the outside through us.")
    ] = True
    per_address: Annotated[
        Rate, msgspec.Meta(title="Per address", description="From one address of a registered server.")
    ] = Rate(most=1000)
    per_sender: Annotated[Rate, msgspec.Meta(title="Per sender", description="From one envelope sender.")] = Rate(
        most=500, seconds=600
    )
    organization: Annotated[
        Rate, msgspec.Meta(title="Organization", description="From all senders of the organization together.")
    ] = Rate(most=10_000, seconds=600)
    notices: Annotated[
        Rate,
        msgspec.Meta(
            title="Notices", description="Mail with an empty envelope sender (bounces, out-of-office), per address."
        ),
    ] = Rate(most=100, seconds=600)
    brake: Annotated[
        bool,
        msgspec.Meta(
            title="Pause senders that seem to be taken over",
            description="Mail of a paused sender is asked to come again, and the administrators are told.",
        ),
    ] = True
    unwanted: Annotated[
        int,
        msgspec.Meta(
            title="Unwanted mails",
            description="So many mails of a sender judged spam, phishing or malware within an hour pause it; 0: never.",
            ge=0,
            le=10_000,
        ),
    ] = 5
    unknown: Annotated[
        int,
        msgspec.Meta(
            title="Unknown recipients",
            description="So many recipients that do not exist within an hour pause a sender; 0: never.",
            ge=0,
            le=10_000,
        ),
    ] = 30
    burst: Annotated[
        int,
        msgspec.Meta(
            title="Burst",
            description="Recipients within an hour that never pause a sender, whatever it did before; 0: no number"
            " of recipients ever does.",
            ge=0,
            le=1_000_000,
        ),
    ] = 100
    factor: Annotated[
        int,
        msgspec.Meta(
            title="Times its busiest hour",
            description="Above the burst, a sender is paused when it writes to so many times the recipients of its"
            f" busiest hour of the last {HISTORY_DAYS} days. The last 24 hours do not count as history.",
            ge=2,
            le=1000,
        ),
    ] = 5
    bulk_senders: Annotated[
        tuple[Address, ...],
        msgspec.Meta(
            title="Senders of bulk mail",
            description="Never paused for the number of their recipients: newsletters, invoices, devices.",
            max_length=1000,
        ),
    ] = ()
    pause_hours: Annotated[
        int,
        msgspec.Meta(
            title="End of a pause",
            description="Hours after which a pause ends by itself; 0: only when an administrator lifts it.",
            ge=0,
            le=720,
        ),
    ] = 24
