# SPDX-License-Identifier: Apache-2.0
"""Between the route and the connection: what a server must show is put into its destination, and what it
showed is told to whoever reports it."""

from collections.abc import Callable
from typing import NamedTuple, Protocol
from uuid import UUID

import msgspec

from mailward.checks.tls_peers.service import OutboundSecurity, Report, Unmet
from mailward.disposition.delivery.client import Destination, Tls, TlsOutcome, Witness
from mailward.disposition.delivery.dialogue import DeliveryError
from mailward.policy.snapshot import Policies
from mailward.records.tls_reports import service as tls_reports
from mailward.records.tls_reports.service import TlsSession, TlsSessions


class Secured(NamedTuple):
    """A destination with all that it must show, and who wants to hear what it did show."""

    destination: Destination
    witness: Witness | None = None


class Secure(Protocol):
    """Makes a destination safe enough for mail of an organization. Raises DeliveryError if it cannot be now."""

    async def __call__(self, organization: UUID, sender: str, domain: str, destination: Destination) -> Secured:
        """`domain` is the recipients'; `destination` is one of its servers, as the route found it."""
        ...


Tell = Callable[[Report, str, TlsOutcome], None]
"""Told (report, host, outcome) of each session with a server of somebody else's."""


async def as_it_is(organization: UUID, sender: str, domain: str, destination: Destination) -> Secured:
    """`Secure` that asks nothing."""
    del organization, sender, domain
    return Secured(destination)


def counted(policies: Policies, sessions: TlsSessions) -> Tell:
    """Counts each session for the reports of the organizations that send some."""

    def tell(report: Report, host: str, outcome: TlsOutcome) -> None:
        policy = policies.current.organizations.get(report.organization)
        if policy is None or not tls_reports.sends(policy.settings):
            return
        failure = outcome.failure or report.failure
        session = TlsSession(
            domain=report.domain, policy_type=report.policy_type, policy=report.policy, mx=report.mx, host=host,
            address=outcome.address, failure=failure, why=(outcome.why or report.why) if failure else "",
        )  # fmt: skip
        sessions.count(policy.id, session)

    return tell


class Securing:
    """`Secure` by the organizations' TLS peers. Our own TLS reports go out whatever a server shows."""

    def __init__(self, policies: Policies, security: OutboundSecurity, *, tell: Tell) -> None:
        self._policies = policies
        self._security = security
        self._tell = tell

    async def __call__(self, organization: UUID, sender: str, domain: str, destination: Destination) -> Secured:
        """Raises DeliveryError where the demand on the domain forbids this server now."""
        policy = self._policies.current.organizations.get(organization)
        if policy is None:
            return Secured(destination)
        if tls_reports.comes_from_us(policy.settings, sorted(policy.domains), sender):
            return Secured(destination)
        host, port = destination.host, destination.port
        try:
            asked = await self._security.requirement(
                policy, sender_domain=sender.rpartition("@")[2].lower(), domain=domain.lower(), host=host, port=port
            )
        except Unmet as exc:
            if exc.report is not None:
                self._tell(exc.report, host, TlsOutcome(exc.report.failure, exc.report.why, destination.address))
            raise DeliveryError(exc.status, str(exc)) from exc
        secured = msgspec.structs.replace(
            destination, tls=Tls(asked.security), oldest=asked.oldest, names=asked.names, tlsa=asked.tlsa
        )
        return Secured(secured, self._witness(asked.report, host))

    def _witness(self, report: Report | None, host: str) -> Witness | None:
        if report is None:
            return None
        return lambda outcome: self._tell(report, host, outcome)
