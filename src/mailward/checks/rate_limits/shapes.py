# SPDX-License-Identifier: Apache-2.0
"""Who is limited, as the API says it."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Limit(StrEnum):
    """The limit that was reached. `guessing`: unknown recipients were asked for."""

    ADDRESS = "address"
    SENDER = "sender"
    RECIPIENT = "recipient"
    ORGANIZATION = "organization"
    GUESSING = "guessing"


class Limited(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who brought too much: by IP address or network (`site`), or by mail address; neither for the whole
    organization. `refused` counts how often, since `first_at`; `until` is when a penalty for guessing ends."""

    what: Limit
    site: str
    address: str
    refused: int
    first_at: datetime
    last_at: datetime
    until: datetime | None


class LimitedPage(msgspec.Struct, frozen=True):
    """Of the last day, the latest first; at most 200."""

    items: list[Limited]
