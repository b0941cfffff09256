# SPDX-License-Identifier: Apache-2.0
"""What a check is given. It may look at everything and change nothing."""

from typing import Protocol

import msgspec

from mailward.contract.authentication import Authentication
from mailward.contract.envelope import Connection, Envelope
from mailward.contract.feature import Settings
from mailward.contract.finding import Finding, Reason, Threat
from mailward.contract.mail import Content
from mailward.contract.web_address import WebAddress


class HighProfileUser(msgspec.Struct, frozen=True):
    """A person whose name is likely to be borrowed. `addresses` are the person's true ones."""

    name: str
    addresses: tuple[str, ...]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan worker is told beside the bytes: all that is known about the mail's journey and
    about the organization it is for. `own_domains` and `high_profile_users` are the organization's;
    `now` is seconds since 1970, handed in so that the same mail is judged the same again."""

    connection: Connection | None = None
    envelope: Envelope | None = None
    authentication: Authentication = Authentication()
    own_domains: tuple[str, ...] = ()
    high_profile_users: tuple[HighProfileUser, ...] = ()
    now: float = 0.0


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """What the scan worker answers: the content it saw, the reasons of each class of threat, and
    what went wrong. `failures` maps an engine's name to the words of its failure; a class whose
    engine is named there has no answer. `milliseconds` is CPU time per engine. `web_addresses` are rated by
    their shape; what lists say of them is added outside, where there is a network."""

    content: Content = Content()
    reasons: dict[Threat, tuple[Reason, ...]] = {}
    failures: dict[str, str] = {}
    milliseconds: dict[str, float] = {}
    web_addresses: tuple[WebAddress, ...] = ()


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One mail, for one organization, as the checks see it."""

    facts: Facts
    examination: Examination


class Check(Protocol):
    """The shape of `hooks.examine` in a check's room."""

    def __call__(self, view: View, settings: Settings) -> Finding:
        """Judge one mail. Pure and quick: everything slow has happened before."""
        ...
