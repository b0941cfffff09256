# SPDX-License-Identifier: Apache-2.0
"""What `mailward outbound` does: connectors and pauses, on a node's database."""

from collections.abc import Sequence

from mailward.checks.outbound.service import Clouds, Connectors
from mailward.checks.outbound.shapes import Connector, MadeConnector, NewConnector, Outbound, Pause, ProofKind
from mailward.contract.principal import Principal
from mailward.main.commands.options import Place
from mailward.main.node import Node
from mailward.main.on_node import Wrong, work
from mailward.main.printing import print_line, print_table


def list_connectors(place: Place) -> int:
    """Every connector, and what the SPF record of each domain needs."""

    async def read(node: Node, who: Principal) -> Outbound:
        return await _connectors(node).read(who.organization_id)

    def show(found: Outbound) -> None:
        if not found.connectors:
            print_line("nobody may send to the outside; add a server: mailward outbound add NAME --network ADDRESS")
        else:
            rows = [(one.name, one.domain, one.cloud or " ".join(one.networks), one.proof) for one in found.connectors]
            print_table(["connector", "domain", "servers", "proof"], rows)
        for domain in found.domains:
            unproved = "" if domain.verified else " (not verified: it sends nothing)"
            print_line(f"{domain.name}: {domain.servers} servers; its SPF record needs {domain.spf}{unproved}")

    return work(place, read, show)


def add_connector(
    place: Place, name: str, *, networks: Sequence[str], cloud: str, domain: str, proof: str, header: str, value: str
) -> int:
    """Register servers; a secret that was made is printed."""

    async def add(node: Node, who: Principal) -> MadeConnector:
        if proof not in set(ProofKind):
            raise Wrong(f"--proof may be {', '.join(ProofKind)}")
        new = NewConnector(
            name=name, domain=domain, networks=tuple(networks), cloud=cloud, proof=ProofKind(proof), header=header,
            value=value,
        )  # fmt: skip
        return await _connectors(node).add(who, new)

    def show(made: MadeConnector) -> None:
        print_line(f"{name} may send for {'all domains' if domain == '*' else domain}")
        if made.secret:
            print_line(f"let it add this field to every mail: {made.secret_header}: {made.secret}")

    return work(place, add, show)


def remove_connector(place: Place, name: str) -> int:
    """Remove the connector of this name."""

    async def remove(node: Node, who: Principal) -> Connector:
        connectors = (await _connectors(node).read(who.organization_id)).connectors
        for connector in connectors:
            if connector.name == name:
                await _connectors(node).delete(who.organization_id, connector.id)
                return connector
        raise Wrong(f"there is no connector {name!r}; there are: {', '.join(one.name for one in connectors) or 'none'}")

    return work(place, remove, lambda _: print_line(f"{name} is removed"))


def list_pauses(place: Place) -> int:
    """Who is paused, and why; exit status 1 if anybody is."""

    async def read(node: Node, who: Principal) -> list[Pause]:
        return _held((await _connectors(node).pauses(who.organization_id)).items)

    def show(held: list[Pause]) -> None:
        if held:
            print_table(["sender", "since", "why"], [(p.sender, f"{p.paused_at:%Y-%m-%d %H:%M}", p.why) for p in held])
        else:
            print_line("no sender is paused")

    return work(place, read, show, found=bool)


def lift_pause(place: Place, sender: str) -> int:
    """End the pause of this sender."""

    async def lift(node: Node, who: Principal) -> Pause | None:
        held = _held((await _connectors(node).pauses(who.organization_id)).items)
        for pause in held:
            if pause.sender == sender.lower():
                return await _connectors(node).lift(who, pause.id)
        raise Wrong(f"{sender} is not paused; paused are: {', '.join(p.sender for p in held[:10]) or 'nobody'}")

    sentence = f"{sender} may send again; all processes know within seconds"
    return work(place, lift, lambda _: print_line(sentence))


def _connectors(node: Node) -> Connectors:
    configuration = node.configuration
    spf = configuration.gateway.spf_term
    return Connectors(node.database, node.clock, Clouds(configuration.clouds), spf=spf)


def _held(pauses: Sequence[Pause]) -> list[Pause]:
    return [pause for pause in pauses if pause.lifted_at is None]
