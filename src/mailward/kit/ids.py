# SPDX-License-Identifier: Apache-2.0
"""Identifiers that sort by time (UUID version 7, RFC 9562 5.7).

The time inside is not decoration: a record's day partition is found from its id alone, so that a
look-up by id touches one partition.
"""

import os
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_id(at: datetime) -> UUID:
    """A fresh id that carries `at`, to the millisecond."""
    milliseconds = (at - _EPOCH) // timedelta(milliseconds=1)
    rest = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76 | (rest >> 68 & 0xFFF) << 64
    value |= 0b10 << 62 | rest & ((1 << 62) - 1)
    return UUID(int=value)


def time_of(identifier: UUID) -> datetime:
    """The time inside an id, to the millisecond. Of an id that is not version 7 it means nothing."""
    return _EPOCH + timedelta(milliseconds=identifier.int >> 80)
