# SPDX-License-Identifier: Apache-2.0
"""Work that returns: what a room wants done every so often, whoever happens to do it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from mailward.contract.dns import Resolvers, nobody
from mailward.contract.gateway import Gateway
from mailward.contract.own_mail import OwnMail
from mailward.kit.bodies import Bodies
from mailward.kit.clock import Clock
from mailward.kit.database import Database

Submit = Callable[[OwnMail], Awaitable[UUID]]
"""Send a mail of our own making. Returns its id once it is safe in the queue; raises OSError, KeyError for an
organization that is not there, or database errors when it is not."""


async def _no_queue(mail: OwnMail) -> UUID:
    raise RuntimeError(f"nobody here can send a {mail.kind}: these tools were made without a queue")


@dataclass(frozen=True)
class JobTools:
    """What a job may use. `resolvers("feature")` asks the DNS in the name of that feature."""

    database: Database
    bodies: Bodies
    clock: Clock
    resolvers: Resolvers = nobody
    gateway: Gateway = field(default_factory=Gateway)
    submit: Submit = _no_queue


@dataclass(frozen=True, kw_only=True)
class Job:
    """`run` is called every `every`; on one node at a time, since the name is locked in the database.

    A job that asks the network is not `prompt`: a node that starts does not wait for it.
    """

    name: str
    every: timedelta
    run: Callable[[JobTools], Awaitable[None]]
    prompt: bool = True
