# SPDX-License-Identifier: Apache-2.0
"""The manifest of a room. `catalog.py` lists one per product feature; nothing else registers anything."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from mailward.contract.belongings import DomainBelongings
from mailward.contract.disclosure import Disclosure
from mailward.contract.dns_check import DnsCheck, DnsSurvey


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every room's options. Fields are typed, defaulted and described in `Meta`: they are
    the API schema and the console form."""


class NoSettings(Settings, frozen=True, kw_only=True):
    """For a feature that has nothing to configure."""


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """One product feature.

    `name` is the room's folder, route and docs page. `room` is its dotted place below `mailward`.
    `console` is where people find it ("Inbound > Spam"). `examine` is the check's hook, where the
    room is a check; it reads what the scan workers found, unless `reads_content` says otherwise, so that mail is not
    scanned where no check that is on reads it. `compile(connection, settings)` makes what the data plane asks of an
    organization's lists, once per change of policy; it lies in the snapshot under the room's name.
    `routes` and `jobs` are given as functions so that listing the catalog imports no web framework.
    `belongings` is what the room keeps of a domain and loses with it; `dns_checks(survey)` compares the
    records that the room answers for with what they should be, and raises nothing but `DnsTrouble`.
    """

    name: str
    room: str
    title: str
    console: str
    disclosure: Disclosure
    settings: type[Settings] = NoSettings
    examine: Callable[..., Any] | None = None
    reads_content: bool = True
    compile: Callable[..., Awaitable[Any]] | None = None
    routes: Callable[[], Sequence[Any]] | None = None
    jobs: Callable[[], Sequence[Any]] | None = None
    belongings: Sequence[DomainBelongings] = ()
    dns_checks: Callable[[DnsSurvey], Awaitable[Sequence[DnsCheck]]] | None = None
