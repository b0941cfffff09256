# SPDX-License-Identifier: Apache-2.0
"""What one mail may cost. Every bound has a name, and hitting one is an answer, not an accident."""

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of one worker. A mail that exceeds the first three kills it, and is `Failed`.

    `cpu_seconds` and `wall_seconds` count from the moment the whole mail has arrived in the worker.
    After `mails` mails, or once it has used more than `recycle_bytes`, a worker is replaced, so that
    what leaked is given back.
    """

    cpu_seconds: float = 10.0
    wall_seconds: float = 20.0
    memory_bytes: int = 512 * 1024 * 1024
    recycle_bytes: int = 256 * 1024 * 1024
    mails: int = 1000


MAX_FRAME = 160 * 1024 * 1024
"""Bytes of one request or answer: the largest mail that the gateway can be told to take, and room."""

TRANSFER_SECONDS = 30.0
"""How long either side waits for the other to hand over bytes."""

MAX_ATTEMPTS = 2
"""How many workers one mail may kill. Only a quick death is tried again: it may have been chance."""

MAX_REMEMBERED_POISONS = 1024
"""How many mails that killed workers are remembered, so that they are not tried when sent again."""
