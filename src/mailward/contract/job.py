# SPDX-License-Identifier: Apache-2.0
"""Work that returns: what a room wants done every so often, whoever happens to do it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from mailward.kit.bodies import Bodies
from mailward.kit.clock import Clock
from mailward.kit.database import Database


@dataclass(frozen=True)
class JobTools:
    """What a job may use."""

    database: Database
    bodies: Bodies
    clock: Clock


@dataclass(frozen=True, kw_only=True)
class Job:
    """`run` is called every `every`; on one node at a time, since the name is locked in the database."""

    name: str
    every: timedelta
    run: Callable[[JobTools], Awaitable[None]]
