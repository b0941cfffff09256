# SPDX-License-Identifier: Apache-2.0
"""Everything that the web application is given. It opens nothing by itself, so a test can hand in what it likes."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from mailward.checks.ip_reputation.service import Countries
from mailward.checks.outbound.service import Clouds
from mailward.checks.web_reputation.service import LocalLists
from mailward.contract.dns import Resolvers, nobody
from mailward.contract.feature import Feature
from mailward.contract.gateway import Gateway
from mailward.contract.job import ReadReports, no_reader
from mailward.control.profile.service import Passwords
from mailward.kit.bodies import Bodies
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.records.mail_tracking.service import KeyOf, Render
from mailward.web.certificates import Look, none
from mailward.web.health import HealthCheck

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""The names by which a browser on the same machine may call the demo."""

STATIC = Path(__file__).parent / "static"
"""Where the build puts the console."""


class SmtpAnswer(msgspec.Struct, frozen=True):
    """What the gateway said at the end of the session."""

    code: int
    text: str


class TryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of "try a message"; `id` is the copy's, if it is known by then."""

    smtp: SmtpAnswer
    id: UUID | UnsetType = UNSET


@dataclass(frozen=True, kw_only=True)
class Services:
    """`hosts` are the names that the Host field may carry, any if empty. `try_message` is None outside the demo.
    `fresh_dns` makes resolvers that remember nothing, so that a record which was just changed is seen."""

    database: Database
    bodies: Bodies
    keys: KeyOf
    render: Render
    features: Iterable[Feature]
    clock: Clock = field(default_factory=Clock)
    passwords: Passwords = field(default_factory=Passwords)
    health: Sequence[HealthCheck] = ()
    read_reports: ReadReports = no_reader
    try_message: Callable[[bytes], Awaitable[TryAnswer]] | None = None
    fresh_dns: Callable[[], Resolvers] = lambda: nobody
    gateway: Gateway = field(default_factory=Gateway)
    clouds: Clouds = field(default_factory=Clouds)
    countries: Countries | None = None
    web_lists: LocalLists = field(default_factory=lambda: LocalLists(Path("/nonexistent")))
    certificates: Look = none
    demo: bool = False
    hosts: frozenset[str] = frozenset()
    static: Path = STATIC
