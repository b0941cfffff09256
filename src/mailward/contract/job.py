# SPDX-License-Identifier: Apache-2.0
"""Work that returns: what a room wants done every so often, whoever happens to do it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from mailward.contract.dmarc_report import Reading
from mailward.contract.dns import Resolvers, nobody
from mailward.contract.gateway import Gateway
from mailward.contract.organization import Organization
from mailward.contract.own_mail import OwnMail
from mailward.kit.bodies import Bodies
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.vault import Key

Submit = Callable[[OwnMail], Awaitable[UUID]]
"""Send a mail of our own making. Returns its id once it is safe in the queue; raises OSError, KeyError for an
organization that is not there, or database errors when it is not."""


KeyOf = Callable[[UUID], Key]
"""An organization's key. Raises KeyError for one that is not on this system."""


def _no_key(organization: UUID) -> Key:
    raise KeyError(organization)


ReadReports = Callable[[bytes], Awaitable[Reading]]
"""Have a mail or a file read for DMARC reports, where hostile bytes can do no harm. Never raises."""


def _no_organizations() -> Sequence[Organization]:
    return ()


async def no_reader(_: bytes) -> Reading:
    """`ReadReports` where there are no scan workers."""
    return Reading(problems=("nobody here can read reports",), temporary=True)


async def _no_queue(mail: OwnMail) -> UUID:
    raise RuntimeError(f"nobody here can send a {mail.kind}: these tools were made without a queue")


class Leaving(Protocol):
    """Let a request of a feature pass the door out, or raise: it is declared, and counted in the ledger."""

    def __call__(self, feature: str, request: type, *, destination: str, size: int) -> None:
        """`request` is a kind of `egress.door.Request`; `destination` and `size` in bytes go into the ledger."""


def _nothing_leaves(feature: str, request: type, *, destination: str, size: int) -> None:
    del request, destination, size
    raise RuntimeError(f"{feature} has no door out here")


class Post(Protocol):
    """Bring a body to an https address through the door. Raises what `egress.https` raises."""

    async def __call__(
        self, feature: str, request: Any, url: str, body: bytes, *, content_type: str, seconds: float
    ) -> None:
        """`request` is an `egress.door.Request` that says what the body carries."""


async def _no_post(feature: str, request: Any, url: str, body: bytes, *, content_type: str, seconds: float) -> None:
    del request, url, body, content_type, seconds
    raise RuntimeError(f"{feature} has no door out here")


@dataclass(frozen=True)
class JobTools:
    """What a job may use. `resolvers("feature")` asks the DNS in the name of that feature; `organizations()`
    are all that there are now."""

    database: Database
    bodies: Bodies
    clock: Clock
    resolvers: Resolvers = nobody
    gateway: Gateway = field(default_factory=Gateway)
    submit: Submit = _no_queue
    keys: KeyOf = _no_key
    organizations: Callable[[], Sequence[Organization]] = _no_organizations
    read_reports: ReadReports = no_reader
    leaving: Leaving = _nothing_leaves
    post: Post = _no_post


@dataclass(frozen=True, kw_only=True)
class Job:
    """`run` is called every `every`; on one node at a time, since the name is locked in the database.

    A job that asks the network is not `prompt`: a node that starts does not wait for it. One that
    `removes` does so by age, and is held back when the clock jumped.
    """

    name: str
    every: timedelta
    run: Callable[[JobTools], Awaitable[None]]
    prompt: bool = True
    removes: bool = False
