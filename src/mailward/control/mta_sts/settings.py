# SPDX-License-Identifier: Apache-2.0
"""The options of mta_sts: they are the API schema and the console form."""

from typing import Annotated

import msgspec

from mailward.contract.feature import Settings


class MtaStsSettings(Settings, frozen=True, kw_only=True):
    """What an administrator can decide about mta_sts."""

    enabled: Annotated[bool, msgspec.Meta(description="Look at mail at all")] = True
