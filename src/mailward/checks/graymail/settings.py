# SPDX-License-Identifier: Apache-2.0
"""The options of the graymail check."""

from typing import Annotated

import msgspec

from mailward.contract.feature import Settings
from mailward.engines.antispam.service import CatchRate, Level


class GraymailSettings(Settings, frozen=True, kw_only=True):
    """Whether mail is judged, and how readily it is caught."""

    enabled: Annotated[bool, msgspec.Meta(title="Judge mail", description="Off: nothing is caught as graymail.")] = True
    level: CatchRate = Level.MODERATELY_LOW
