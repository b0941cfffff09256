# SPDX-License-Identifier: Apache-2.0
"""The door for other rooms: put copies into the queue, and ask how it stands."""

from mailward.disposition.delivery.probe import probe
from mailward.disposition.delivery.store import Due, enqueue, expiry, queue_state

__all__ = ["Due", "enqueue", "expiry", "probe", "queue_state"]
