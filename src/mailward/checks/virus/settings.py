# SPDX-License-Identifier: Apache-2.0
"""The options of the virus scan."""

from typing import Annotated

import msgspec

from mailward.contract.feature import Settings


class VirusSettings(Settings, frozen=True, kw_only=True):
    """Whether mail is examined for malware, and by whom beside the built-in rules, which need no option."""

    enabled: Annotated[
        bool,
        msgspec.Meta(
            title="Look for malware", description="Off: nothing is caught as malware, and clamd is not asked."
        ),
    ] = True
    clamd: Annotated[
        str,
        msgspec.Meta(
            title="clamd",
            description="Where clamd listens on your own machines: the path of its socket, or host:port. Empty:"
            " only the built-in rules look.",
            examples=["/run/clamav/clamd.ctl", "127.0.0.1:3310"],
            max_length=255,
        ),
    ] = ""
    clamd_seconds: Annotated[
        float,
        msgspec.Meta(
            title="Patience with clamd",
            description="After so many seconds without an answer the mail counts as not scanned.",
            ge=1,
            le=120,
        ),
    ] = 30.0
