# SPDX-License-Identifier: Apache-2.0
"""The Default: what counts for every peer that no entry names. It cannot be deleted, since it is not an entry."""

from enum import StrEnum
from typing import Annotated

import msgspec

from mailward.contract.feature import Settings


class PeerDirection(StrEnum):
    """Mail that peers bring to us, and mail that we bring to peers."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Level(StrEnum):
    """What is asked of a peer. Those below `mandatory` are for outbound mail only: who connects to us shows
    no certificate that we could check."""

    OPPORTUNISTIC = "opportunistic"
    MANDATORY = "mandatory"
    VERIFIED = "verified"
    OPPORTUNISTIC_DANE = "opportunistic_dane"
    MANDATORY_DANE = "mandatory_dane"
    MTA_STS = "mta_sts"


class InboundLevel(StrEnum):
    """What is asked of a peer that brings mail."""

    OPPORTUNISTIC = "opportunistic"
    MANDATORY = "mandatory"


class Minimum(StrEnum):
    """The oldest version that is good enough where TLS is required; `none` is whatever we speak at all."""

    NONE = "none"
    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


class TlsPeersSettings(Settings, frozen=True, kw_only=True):
    """What counts for peers without an entry of their own."""

    inbound_level: Annotated[
        InboundLevel,
        msgspec.Meta(
            title="Inbound",
            description="Opportunistic: encrypted where the peer can. Mandatory: mail that comes in clear text"
            " is refused.",
        ),
    ] = InboundLevel.OPPORTUNISTIC
    inbound_minimum: Annotated[
        Minimum, msgspec.Meta(title="Inbound, oldest version", description="Counts where TLS is mandatory.")
    ] = Minimum.NONE
    outbound_level: Annotated[
        Level,
        msgspec.Meta(
            title="Outbound",
            description="For mail to domains that are not yours. DANE asks the DNS for TLSA records and needs a"
            " validating resolver; MTA-STS fetches the domain's policy over HTTPS.",
        ),
    ] = Level.OPPORTUNISTIC
    outbound_minimum: Annotated[
        Minimum, msgspec.Meta(title="Outbound, oldest version", description="Counts where TLS is required.")
    ] = Minimum.NONE
