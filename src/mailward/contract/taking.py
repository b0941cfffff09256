# SPDX-License-Identifier: Apache-2.0
"""Mail that a room reads instead of a person: reports that come to an address of ours."""

from enum import StrEnum


class Taking(StrEnum):
    """What of a mail to an address is for us to read: nothing, a copy beside the one that is delivered, or all."""

    NOTHING = "nothing"
    COPY = "copy"
    WHOLE = "whole"
