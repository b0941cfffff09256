# SPDX-License-Identifier: Apache-2.0
"""What a delivery must see before it speaks: the demand on a destination, made concrete for one server.

The demand is in the policy; what it means for a server stands in the DNS (DANE) or on the web
(MTA-STS), and is asked for here, never by the connection itself.
"""

from enum import StrEnum
from uuid import UUID

import msgspec

from mailward.checks.tls_peers import dane
from mailward.checks.tls_peers.compiled import Demand, Peers
from mailward.checks.tls_peers.settings import Level, Minimum
from mailward.checks.tls_peers.sts_policies import Known, StsPolicies
from mailward.checks.tls_peers.sts_policy import Mode, StsPolicy
from mailward.contract.dns import DnsTrouble, Resolver, Tlsa
from mailward.egress.door import ON_BEHALF_OF
from mailward.kit.domain_names import plain_domain
from mailward.policy.snapshot import OrganizationPolicy

FEATURE_NAME = "tls_peers"


class PolicyType(StrEnum):
    """By what a session was judged (RFC 8460, 4.2)."""

    TLSA = "tlsa"
    STS = "sts"
    NONE = "no-policy-found"


class Security(StrEnum):
    """What a connection must be: encrypted if it can be, encrypted, with a name that a known authority
    certifies, or with a certificate that TLSA records vouch for."""

    OPPORTUNISTIC = "opportunistic"
    MANDATORY = "mandatory"
    VERIFIED = "verified"
    DANE = "dane"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a report to the destination says of a session: the policy, and a failure before it began."""

    organization: UUID
    domain: str
    policy_type: PolicyType = PolicyType.NONE
    policy: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()
    failure: str = ""
    why: str = ""


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """What one server must show. `names` of which its certificate must bear one, none for the server's own;
    `oldest` is "1.2" or "1.3". `report` is None where nobody is to be told."""

    security: Security = Security.OPPORTUNISTIC
    oldest: str = "1.2"
    names: tuple[str, ...] = ()
    tlsa: tuple[Tlsa, ...] = ()
    report: Report | None = None


class Unmet(Exception):  # noqa: N818 - reads better where it is caught
    """The demand forbids to use this server now: temporary. The text says why; `report` tells the destination."""

    def __init__(self, status: str, why: str, report: Report | None = None) -> None:
        super().__init__(why)
        self.status = status
        self.report = report


class OutboundSecurity:
    """For one process. `validating` if the name servers check DNSSEC and are trusted to say so."""

    def __init__(self, policies: StsPolicies, resolver: Resolver, *, validating: bool) -> None:
        self._policies = policies
        self._resolver = resolver
        self._validating = validating

    async def requirement(
        self, policy: OrganizationPolicy, *, sender_domain: str, domain: str, host: str, port: int = 25
    ) -> Requirement:
        """What `host` must show to get mail of `sender_domain` for `domain`. Behind our own domains stand
        servers of the organization: only an entry that names the domain asks anything of them.

        Raises:
            Unmet: it must not be used now.
        """
        own, domain = domain in policy.domains, plain_domain(domain) or domain
        peers: Peers = policy.compiled[FEATURE_NAME]
        demand = peers.outbound(domain, domain if own else sender_domain)
        if own and (not demand.named or demand.level is Level.MTA_STS):
            return Requirement()
        report = None if own else Report(organization=policy.id, domain=domain)
        ON_BEHALF_OF.set((policy.id,))
        try:
            return await self._concrete(demand, report, policy.id, domain, host.lower().removesuffix("."), port)
        except DnsTrouble as exc:
            failure = "dnssec-invalid" if "dane" in demand.level else "sts-policy-fetch-error"
            told = report and msgspec.structs.replace(report, failure=failure, why=str(exc))
            raise Unmet("4.4.3", f"how to secure mail for {domain} cannot be looked up just now: {exc}", told) from exc

    async def _concrete(
        self, demand: Demand, report: Report | None, organization: UUID, domain: str, host: str, port: int
    ) -> Requirement:
        oldest = "1.3" if demand.minimum is Minimum.TLS_1_3 else "1.2"
        if demand.level in (Level.OPPORTUNISTIC_DANE, Level.MANDATORY_DANE):
            return await self._by_dane(demand, report, domain, host, port, oldest)
        if demand.level is Level.MTA_STS:
            known = await self._policies.of(organization, domain)
            return _by_policy(known, report, host, oldest)
        named = (demand.certificate_name,) if demand.certificate_name else ()
        return Requirement(security=Security(demand.level), oldest=oldest, names=named, report=report)

    async def _by_dane(
        self, demand: Demand, report: Report | None, domain: str, host: str, port: int, oldest: str
    ) -> Requirement:
        mandatory = demand.level is Level.MANDATORY_DANE
        if not self._validating:
            if mandatory:
                raise Unmet("4.7.5", "DANE is required, and our name servers are not set up as validating")
            return Requirement(oldest="1.2", report=report)
        found = await self._tlsa(domain, host, port)
        if found is None:
            if mandatory:
                why = f"DANE is required, and DNSSEC vouches for no TLSA records of {host}"
                told = report and msgspec.structs.replace(report, failure="dane-required", why=why)
                raise Unmet("4.7.5", why, told)
            return Requirement(oldest="1.2", report=report)
        records, can_be_used = found
        told = report and msgspec.structs.replace(
            report, policy_type=PolicyType.TLSA, policy=tuple(_words(record) for record in records), mx=(host,)
        )
        if not can_be_used:
            if mandatory:
                why = f"DANE is required, and no TLSA record of {host} can be used"
                raise Unmet("4.7.5", why, told and msgspec.structs.replace(told, failure="tlsa-invalid", why=why))
            return Requirement(security=Security.MANDATORY, oldest=oldest, report=told)
        return Requirement(
            security=Security.DANE, oldest=oldest, names=tuple(dict.fromkeys((host, domain))), tlsa=can_be_used,
            report=told,
        )  # fmt: skip

    async def _tlsa(self, domain: str, host: str, port: int) -> tuple[tuple[Tlsa, ...], tuple[Tlsa, ...]] | None:
        """The secure records of a server and those that can be used; None if there is no chain of trust from
        the domain to them."""
        if host != domain and not await self._resolver.is_secure(domain, "MX"):
            return None
        found = await dane.records_of(host, port, self._resolver)
        if not found.secure or not found.records:
            return None
        return found.records[: dane.MAX_RECORDS], dane.usable(found.records)


def _by_policy(known: Known, report: Report | None, host: str, oldest: str) -> Requirement:
    """By the domain's MTA-STS policy; where there is none, or it only tests, as if nothing were asked."""
    policy = known.policy
    if policy is None or policy.mode is Mode.NONE:
        told = report and msgspec.structs.replace(report, failure=known.failure, why=known.why)
        return Requirement(report=told)
    told = report and msgspec.structs.replace(
        report, policy_type=PolicyType.STS, policy=_lines(policy), mx=policy.mx, failure=known.failure, why=known.why
    )
    if policy.permits(host):
        security = Security.VERIFIED if policy.mode is Mode.ENFORCE else Security.OPPORTUNISTIC
        return Requirement(security=security, oldest=oldest, report=told)
    why = f"{host} is not among the servers of the domain's MTA-STS policy"
    told = told and msgspec.structs.replace(told, failure="validation-failure", why=why)
    if policy.mode is Mode.ENFORCE:
        raise Unmet("4.7.5", why, told)
    return Requirement(report=told)


def _lines(policy: StsPolicy) -> tuple[str, ...]:
    fields = ["version: STSv1", f"mode: {policy.mode}", *(f"mx: {host}" for host in policy.mx)]
    return (*fields, f"max_age: {policy.max_age}")


def _words(record: Tlsa) -> str:
    return f"{record.usage} {record.selector} {record.matching} {record.data.hex()}"
