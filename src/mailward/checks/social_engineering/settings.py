# SPDX-License-Identifier: Apache-2.0
"""The options of the social engineering check."""

from typing import Annotated

import msgspec

from mailward.contract.feature import Settings
from mailward.engines.antispam.service import Level


class SocialEngineeringSettings(Settings, frozen=True, kw_only=True):
    """Whether mail is judged, and how readily it is caught."""

    enabled: Annotated[
        bool, msgspec.Meta(title="Judge mail", description="Off: nothing is caught as social engineering.")
    ] = True
    level: Annotated[
        Level,
        msgspec.Meta(
            title="Catch rate",
            description="From the most conservative (lowest: 8 points) to the most aggressive (highest: 3 points). The"
            " default catches at 5 points.",
        ),
    ] = Level.MODERATELY_LOW
