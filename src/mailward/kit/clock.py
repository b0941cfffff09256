# SPDX-License-Identifier: Apache-2.0
"""Time, handed in: whatever asks for the time is given a `Clock`, so that a test can hold it still."""

import time
from datetime import UTC, datetime


class Clock:
    """The machine's clock. Wall time is for records, monotonic time is for waiting."""

    def now(self) -> datetime:
        """The wall time, with its zone (UTC)."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards, and go on while the machine sleeps (CLOCK_BOOTTIME)."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)


class HeldClock(Clock):
    """A clock for tests: it stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """The time that was set."""
        return self.at

    def monotonic(self) -> float:
        """The time that was set, in seconds."""
        return self.at.timestamp()
