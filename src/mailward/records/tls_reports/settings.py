# SPDX-License-Identifier: Apache-2.0
"""The options of tls_reports: they are the API schema and the console form."""

from typing import Annotated

import msgspec

from mailward.contract.feature import Settings


class TlsReportsSettings(Settings, frozen=True, kw_only=True):
    """What an administrator can decide about tls_reports."""

    enabled: Annotated[bool, msgspec.Meta(description="Look at mail at all")] = True
