# SPDX-License-Identifier: Apache-2.0
"""What is signed and how, and how keys come and go. There is no option for l=: it signs what others may add to."""

from typing import Annotated, Literal

from msgspec import Meta

from mailward.contract.feature import Settings

FieldName = Annotated[str, Meta(max_length=76, pattern=r"^[!-9;-~]+$")]
SIGNED = (
    "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
    "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-ID", "List-Id", "List-Unsubscribe",
    "List-Unsubscribe-Post", "Auto-Submitted",
)  # fmt: skip
"""What readers and their programs act upon (RFC 6376, 5.4.1); fields that servers on the way write are not here."""
OVERSIGNED = (
    "From", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding",
)  # fmt: skip


class DkimSigningSettings(Settings, frozen=True, kw_only=True):
    """A domain is signed for once it has a key that the DNS has shown for long enough."""

    enabled: Annotated[bool, Meta(title="Sign outgoing mail")] = True
    signed_fields: Annotated[
        tuple[FieldName, ...],
        Meta(title="Signed fields", max_length=100, description="Where they are present. From is always signed."),
    ] = SIGNED
    oversigned_fields: Annotated[
        tuple[FieldName, ...],
        Meta(
            title="Sealed fields",
            max_length=100,
            description="Signed once more than they are present, so that nobody can add one. From always is.",
        ),
    ] = OVERSIGNED
    canonicalization: Annotated[
        Literal["relaxed/relaxed", "relaxed/simple", "simple/simple"],
        Meta(title="Canonical form", description="Header and body. Relaxed survives what servers do to white space."),
    ] = "relaxed/relaxed"
    expiry_days: Annotated[
        int,
        Meta(ge=0, le=365, title="Signature lasts", description="Days, written as x=; 0: for ever."),
    ] = 14
    identity: Annotated[
        bool, Meta(title="Name the identity", description="Write i=@domain, which some feedback loops look for.")
    ] = False
    sign_null_sender: Annotated[
        bool, Meta(title="Sign bounces and notices", description="Mail of ours with a null sender.")
    ] = True
    wait_hours: Annotated[
        int,
        Meta(
            ge=0,
            le=720,
            title="Wait before a new key signs",
            description="Hours for which the DNS must have shown it without a break. Others may remember for three"
            " hours that there was nothing (RFC 2308, 5).",
        ),
    ] = 3
    rotate_days: Annotated[
        int,
        Meta(
            ge=0,
            le=3650,
            title="New key after",
            description="Days; 0: only by hand. The new key waits for its record, and the old one signs until then.",
        ),
    ] = 0
    retire_days: Annotated[
        int,
        Meta(
            ge=1,
            le=365,
            title="Old record stays for",
            description="Days after which a replaced key is destroyed and its DNS record may go.",
        ),
    ] = 14
