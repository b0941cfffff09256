# SPDX-License-Identifier: Apache-2.0
"""What `mailward tls` does, through the same services as the console."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import typer

from mailward.checks.tls_peers.service import NewTlsPeer, PeerDirection, TlsPeer, TlsPeerImport, TlsPeers
from mailward.contract.principal import Principal
from mailward.control.mta_sts.service import HostedPolicies, HostedPolicy, PolicyChange
from mailward.kit.list_import import ImportPlan, Mode
from mailward.main.commands.options import Place
from mailward.main.node import Node
from mailward.main.on_node import PAGE, Wrong, every, read_text, work
from mailward.main.printing import print_line, print_plan, print_table
from mailward.records.tls_reports.service import TlsReports

Key = tuple[str, str, str]
"""Direction, peer, domain of ours."""


def list_peers(place: Place, *, search: str) -> int:
    """Print the entries and the Default."""

    async def read(node: Node, who: Principal) -> dict[str, Any]:
        default = node.policies.current.organizations[who.organization_id].settings["tls_peers"]
        return {"peers": await _every(node, who, search), "default": default}

    def show(found: dict[str, Any]) -> None:
        rows, default = found["peers"], found["default"]
        lines = [[p.direction, p.peer, p.level, p.minimum, p.certificate_name, p.domain, p.note] for p in rows]
        for direction, level, minimum in (
            ("inbound", default.inbound_level, default.inbound_minimum),
            ("outbound", default.outbound_level, default.outbound_minimum),
        ):
            lines.append([direction, "(others)", level, minimum, "", "", ""])
        print_table(("direction", "peer", "level", "oldest", "certificate", "for", "note"), lines)

    return work(place, read, show)


def add_peer(place: Place, key: Key, asked: Mapping[str, str]) -> int:
    """Add an entry, or change it."""

    async def add(node: Node, who: Principal) -> TlsPeer:
        direction, peer, domain = key
        try:
            new = msgspec.convert({"direction": direction, "peer": peer, "domain": domain, **asked}, NewTlsPeer)
        except msgspec.ValidationError as exc:
            raise Wrong(str(exc)) from exc
        return await TlsPeers(node.database, node.clock).add(who, new)

    return work(place, add, lambda added: print_line(f"{added.direction} {added.peer}: {added.level}"))


def remove_peer(place: Place, key: Key) -> int:
    """Remove an entry."""

    async def remove(node: Node, who: Principal) -> TlsPeer:
        wanted = tuple(part.lower() for part in key)
        found = [p for p in await _every(node, who, key[1]) if (p.direction, p.peer, p.domain) == wanted]
        if not found:
            raise Wrong(f"there is no {key[0]} peer {key[1]}; mailward tls peers lists them")
        await TlsPeers(node.database, node.clock).delete(who.organization_id, found[0].id)
        return found[0]

    return work(place, remove, lambda gone: print_line(f"{gone.peer} is removed"))


def import_peers(place: Place, path: str, *, direction: str, overwrite: bool, write: bool) -> int:
    """Bring a file, or say what it would change."""
    if direction not in list(PeerDirection):
        raise typer.BadParameter(f"--direction is inbound or outbound, not {direction!r}")

    async def bring(node: Node, who: Principal) -> ImportPlan:
        order = TlsPeerImport(
            direction=PeerDirection(direction), csv=read_text(path), dry_run=not write,
            mode=Mode.OVERWRITE if overwrite else Mode.MERGE,
        )  # fmt: skip
        return await TlsPeers(node.database, node.clock).bring(who, order)

    return work(place, bring, lambda plan: print_plan(plan, write=write), found=lambda plan: bool(plan.problems))


def list_policies(place: Place) -> int:
    """Print the policies of others that are held."""

    async def read(node: Node, who: Principal) -> Any:
        return await TlsPeers(node.database, node.clock).policies(who.organization_id)

    def show(found: Any) -> None:
        lines = [[p.domain, p.mode, f"{p.expires_at:%Y-%m-%d %H:%M}", " ".join(p.mx)] for p in found.items]
        print_table(("domain", "mode", "until", "servers"), lines)

    return work(place, read, show)


def host_policy(place: Place, domain: str, *, mode: str, mx: list[str], max_age: int) -> int:
    """Print the policies of our domains; with a mode, change one first."""

    async def change(node: Node, who: Principal) -> list[HostedPolicy]:
        hosted = HostedPolicies(node.database, node.clock, gateway=node.configuration.gateway)
        if mode:
            try:
                wanted = msgspec.convert({"mode": mode, "mx": mx, "max_age": max_age}, PolicyChange)
            except msgspec.ValidationError as exc:
                raise Wrong(str(exc)) from exc
            if await hosted.change(who, domain.lower(), wanted) is None:
                raise Wrong(f"{domain or 'this'} is none of the organization's domains")
        items = (await hosted.every(who.organization_id)).items
        return [item for item in items if not domain or item.domain == domain.lower()]

    def show(found: list[HostedPolicy]) -> None:
        for policy in found:
            print_line(f"{policy.domain}: {policy.mode}, {' '.join(policy.mx)}, for {policy.max_age} seconds")
            print_line(f'  publish    _mta-sts.{policy.domain}. TXT "{policy.record}"')
            print_line(f"  served at  {policy.address}")
        if not found:
            print_line("no policy; make one with: mailward tls mta-sts example.com --mode testing")

    return work(place, change, show)


def show_reports(place: Place, *, days: int) -> int:
    """Print what others saw."""

    async def read(node: Node, who: Principal) -> Any:
        return await TlsReports(node.database, node.clock).overview(who.organization_id, days=days)

    def show(found: Any) -> None:
        lines = [[r.domain, r.policy_type, r.failure or "encrypted", str(r.sessions), r.why] for r in found.items]
        print_table(("domain", "policy", "outcome", "sessions", "why"), lines)

    return work(place, read, show)


def bring_report(place: Place, file: Path) -> int:
    """Keep the reports of a file."""

    def content() -> bytes:
        return file.read_bytes()

    async def bring(node: Node, who: Principal) -> Any:
        return await TlsReports(node.database, node.clock).bring(who, await asyncio.to_thread(content))

    def show(done: Any) -> None:
        print_line(f"{done.new} new")
        for problem in done.problems:
            typer.echo(f"mailward: {problem}", err=True)

    return work(place, bring, show, found=lambda done: not done.new)


async def _every(node: Node, who: Principal, search: str) -> list[TlsPeer]:
    peers = TlsPeers(node.database, node.clock)
    return await every(
        lambda cursor: peers.page(who.organization_id, direction=None, search=search, cursor=cursor, limit=PAGE)
    )
