# SPDX-License-Identifier: Apache-2.0
"""What `mailward domain` does: the same doors as the console's, and the operator's word, which only a terminal has."""

from collections.abc import Awaitable, Sequence
from typing import TypeVar

from mailward.catalog import FEATURES
from mailward.contract.dns_check import DnsCheck
from mailward.contract.principal import Principal
from mailward.control.domains.service import (
    CannotTest,
    ConnectionTest,
    ConnectionTestOrder,
    ConnectionTests,
    Domains,
    DomainTaken,
    InboundServer,
    NewDomain,
    NoSuchDomain,
    Surveys,
    VerificationMethod,
)
from mailward.control.domains.shapes import DomainDeletion, DomainDetail, DomainRow, DomainState, Verification
from mailward.disposition.delivery.service import probe
from mailward.main.commands.options import Place
from mailward.main.configuration import Address
from mailward.main.node import Node
from mailward.main.on_node import PAGE, Wrong, asking, every, work
from mailward.main.printing import print_line

LOWEST, HIGHEST = 1, 100
"""Preferences that a server may have."""
_PROVED_BY = {
    VerificationMethod.OPERATOR: " on the operator's word",
    VerificationMethod.TXT: " by a TXT record",
    VerificationMethod.MX: " by an MX record",
    None: "",
}
T = TypeVar("T")


def list_domains(place: Place, *, search: str) -> int:
    """Print every domain and where it stands."""

    async def read(node: Node, who: Principal) -> list[DomainRow]:
        domains = _domains(node)
        return await every(
            lambda cursor: domains.page(who.organization_id, search=search, state=None, cursor=cursor, limit=PAGE)
        )

    def show(rows: list[DomainRow]) -> None:
        for row in rows:
            people = f"{row.recipients} recipients" if row.recipient_filter else "everybody"
            missing = f"  (not found: {row.missing})" if row.missing else ""
            print_line(f"{row.name:32} {row.state:14} {row.servers:3} servers  {people}{missing}")
        if not rows:
            print_line("no domain; add one with: mailward domain add example.com --server HOST:PORT")

    return work(place, read, show)


def add_domain(place: Place, name: str, servers: Sequence[str], *, recipient_filter: bool, trust: bool) -> int:
    """Protect one more domain."""

    async def add(node: Node, who: Principal) -> DomainDetail:
        rows = [_server(text) for text in servers]
        new = NewDomain(name=name, servers=rows, recipient_filter=recipient_filter)
        return await _possible(name, _domains(node).add(who, new, trusted=trust))

    return work(place, add, _show)


def show_domain(place: Place, name: str) -> int:
    """Print one domain."""

    async def read(node: Node, who: Principal) -> DomainDetail:
        return await _possible(name, _domains(node).read(who.organization_id, name))

    return work(place, read, _show)


def check_domain(place: Place, name: str) -> int:
    """Print one domain, and what the DNS says of it."""

    async def read(node: Node, who: Principal) -> dict[str, object]:
        domain = await _possible(name, _domains(node).read(who.organization_id, name))
        rooms = {feature.name: feature.dns_checks for feature in FEATURES if feature.dns_checks is not None}
        surveys = Surveys(node.database, node.clock, node.configuration.gateway, rooms)
        async with asking(node, who.organization_id) as dns:
            report = await surveys.report(who.organization_id, domain.name, dns.for_feature)
        return {"domain": domain, "dns": report}

    def show(found: dict[str, object]) -> None:
        _show(found["domain"])  # type: ignore[arg-type]
        for check in found["dns"].checks:  # type: ignore[attr-defined]
            _show_check(check)

    return work(place, read, show)


def verify_domain(place: Place, name: str, *, trust: bool) -> int:
    """Look for the proof, or take the operator's word. Exit status 1 if the domain stays unverified."""

    async def verify(node: Node, who: Principal) -> Verification:
        if trust:
            return Verification(
                domain=await _possible(name, _domains(node).vouch(who.organization_id, name)), evidence=[]
            )
        async with asking(node, who.organization_id) as dns:
            looking = _domains(node).verify(who.organization_id, name, dns.for_feature("domains"))
            return await _possible(name, looking)

    def show(found: Verification) -> None:
        for check in found.evidence:
            _show_check(check)
        _show(found.domain)

    return work(place, verify, show, found=lambda found: found.domain.state is DomainState.UNVERIFIED)


def try_servers(place: Place, name: str, *, server: str, recipient: str, send: bool) -> int:
    """Try the servers behind a domain, step by step. Exit status 1 if one takes no mail."""

    async def run(node: Node, who: Principal) -> list[ConnectionTest]:
        domain = await _possible(name, _domains(node).read(who.organization_id, name))
        rows = [_server(server)] if server else domain.servers
        servers = list(dict.fromkeys((row.host, row.port) for row in rows))
        if not servers:
            raise Wrong(f"no server is named for {domain.name}")
        tests = ConnectionTests(node.database, node.clock, node.configuration.gateway, probe, most=len(servers))
        orders = [ConnectionTestOrder(host=host, port=port, recipient=recipient, send=send) for host, port in servers]
        return [await _possible(name, tests.run(who.organization_id, domain.name, order)) for order in orders]

    def show(done: list[ConnectionTest]) -> None:
        for test in done:
            print_line(f"{test.host}:{test.port} {'takes mail' if test.passed else 'takes no mail'}")
            for step in test.steps:
                print_line(f"  {step.state:8} {step.name:12} {step.milliseconds:6} ms  {step.detail}")
                if step.advice:
                    print_line(f"{'':34}{step.advice}")

    return work(place, run, show, found=lambda done: not all(test.passed for test in done))


def delete_domain(place: Place, name: str, *, yes: bool) -> int:
    """Stop protecting a domain, or only say what would go with it."""

    async def delete(node: Node, who: Principal) -> DomainDeletion:
        domains, own = _domains(node), who.organization_id
        return await _possible(name, domains.delete(own, name, actor=who.email) if yes else domains.deletion(own, name))

    def show(plan: DomainDeletion) -> None:
        print_line(f"{plan.name} is deleted, and with it:" if yes else f"With {plan.name} would go, for good:")
        for belonging in plan.belongings:
            print_line(f"  {belonging.count:8} {belonging.what.replace('_', ' ')}")
        if not yes:
            print_line("Nothing was changed. To do it: add --yes")

    return work(place, delete, show)


def _domains(node: Node) -> Domains:
    belongings = [belonging for feature in FEATURES for belonging in feature.belongings]
    return Domains(node.database, node.clock, node.configuration.gateway, belongings)


async def _possible(name: str, asked: Awaitable[T]) -> T:
    try:
        return await asked
    except NoSuchDomain as exc:
        raise Wrong(f"there is no domain {name} here; see mailward domain list") from exc
    except (DomainTaken, CannotTest) as exc:
        raise Wrong(str(exc)) from exc


def _server(text: str) -> InboundServer:
    """A row from HOST:PORT or HOST:PORT/PREFERENCE."""
    place, _, preference = text.partition("/")
    address = Address.parse(place)
    if preference and not (preference.isdecimal() and LOWEST <= int(preference) <= HIGHEST):
        raise Wrong(f"{preference!r} is no preference; it is a number from {LOWEST} to {HIGHEST}")
    return InboundServer(host=address.host, port=address.port, preference=int(preference or 10))


def _show(domain: DomainDetail) -> None:
    print_line(f"{domain.name}: {domain.state}{_PROVED_BY[domain.verified_by]}")
    for server in domain.servers:
        print_line(f"  {server.recipient:10} -> {server.host}:{server.port}, preference {server.preference}")
    people = f"{domain.recipients} valid recipients" if domain.recipient_filter else "everybody"
    print_line(f"  takes mail for {people}, up to {domain.size_limit >> 20} MB")
    if domain.verified_by is None:
        challenge = domain.challenge
        print_line("To prove it, publish one of these records; it is looked for by itself:")
        print_line(f'  {challenge.name}. TXT "{challenge.value}"')
        for host in challenge.mail_exchanges:
            print_line(f"  {domain.name}. MX 32767 {host}.")


def _show_check(check: DnsCheck) -> None:
    print_line(f"{check.state:8} {check.record_type:8} {check.name}")
    for title, values in (("expected", check.expected), ("found", check.found)):
        for value in values:
            print_line(f"{'':9}{title:9} {value}")
    if check.advice:
        print_line(f"{'':9}{check.advice}")
