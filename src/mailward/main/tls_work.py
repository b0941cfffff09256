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
from mailward.main.on_node import EXIT_FOUND, Wrong, print_json, print_table, read_text, work
from mailward.records.tls_reports.service import TlsReports

PAGE = 200
Key = tuple[str, str, str]
"""Direction, peer, domain of ours."""


def list_peers(place: Place, *, search: str) -> int:
    """Print the entries and the Default."""

    async def read(node: Node, who: Principal) -> tuple[list[TlsPeer], Any]:
        default = node.policies.current.organizations[who.organization_id].settings["tls_peers"]
        return await _every(node, who, search), default

    def tell(found: tuple[list[TlsPeer], Any]) -> None:
        rows, default = found
        if place.json:
            print_json({"peers": rows, "default": default})
            return
        lines = [[p.direction, p.peer, p.level, p.minimum, p.certificate_name, p.domain, p.note] for p in rows]
        for direction, level, minimum in (
            ("inbound", default.inbound_level, default.inbound_minimum),
            ("outbound", default.outbound_level, default.outbound_minimum),
        ):
            lines.append([direction, "(others)", level, minimum, "", "", ""])
        print_table(("direction", "peer", "level", "oldest", "certificate", "for", "note"), lines)

    return work(place.data, read, tell, organization=place.organization)


def add_peer(place: Place, key: Key, asked: Mapping[str, str]) -> int:
    """Add an entry, or change it."""

    async def add(node: Node, who: Principal) -> TlsPeer:
        direction, peer, domain = key
        try:
            new = msgspec.convert({"direction": direction, "peer": peer, "domain": domain, **asked}, NewTlsPeer)
        except msgspec.ValidationError as exc:
            raise Wrong(str(exc)) from exc
        return await TlsPeers(node.database, node.clock).add(who, new)

    return _said(place, add, lambda added: f"{added.direction} {added.peer}: {added.level}")


def remove_peer(place: Place, key: Key) -> int:
    """Remove an entry."""

    async def remove(node: Node, who: Principal) -> TlsPeer:
        wanted = tuple(part.lower() for part in key)
        found = [p for p in await _every(node, who, key[1]) if (p.direction, p.peer, p.domain) == wanted]
        if not found:
            raise Wrong(f"there is no {key[0]} peer {key[1]}; mailward tls peers lists them")
        await TlsPeers(node.database, node.clock).delete(who.organization_id, found[0].id)
        return found[0]

    return _said(place, remove, lambda gone: f"{gone.peer} is removed")


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

    def tell(plan: ImportPlan) -> int | None:
        if place.json:
            print_json(plan)
        else:
            done = "written" if plan.written else "would be"
            typer.echo(f"{done}: {plan.added} added, {plan.changed} changed, {plan.removed} removed")
            for problem in plan.problems:
                typer.echo(f"line {problem.line}: {problem.why}", err=True)
        return EXIT_FOUND if plan.problems else None

    return work(place.data, bring, tell, organization=place.organization)


def list_policies(place: Place) -> int:
    """Print the policies of others that are held."""

    async def read(node: Node, who: Principal) -> Any:
        return await TlsPeers(node.database, node.clock).policies(who.organization_id)

    def tell(found: Any) -> None:
        if place.json:
            print_json(found)
            return
        lines = [[p.domain, p.mode, f"{p.expires_at:%Y-%m-%d %H:%M}", " ".join(p.mx)] for p in found.items]
        print_table(("domain", "mode", "until", "servers"), lines)

    return work(place.data, read, tell, organization=place.organization)


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

    def tell(found: list[HostedPolicy]) -> None:
        if place.json:
            print_json(found)
            return
        for policy in found:
            typer.echo(f"{policy.domain}: {policy.mode}, {' '.join(policy.mx)}, for {policy.max_age} seconds")
            typer.echo(f'  publish    _mta-sts.{policy.domain}. TXT "{policy.record}"')
            typer.echo(f"  served at  {policy.address}")
        if not found:
            typer.echo("no policy; make one with: mailward tls mta-sts example.com --mode testing")

    return work(place.data, change, tell, organization=place.organization)


def show_reports(place: Place, *, days: int) -> int:
    """Print what others saw."""

    async def read(node: Node, who: Principal) -> Any:
        return await TlsReports(node.database, node.clock).overview(who.organization_id, days=days)

    def tell(found: Any) -> None:
        if place.json:
            print_json(found)
            return
        lines = [[r.domain, r.policy_type, r.failure or "encrypted", str(r.sessions), r.why] for r in found.items]
        print_table(("domain", "policy", "outcome", "sessions", "why"), lines)

    return work(place.data, read, tell, organization=place.organization)


def bring_report(place: Place, file: Path) -> int:
    """Keep the reports of a file."""

    def content() -> bytes:
        return file.read_bytes()

    async def bring(node: Node, who: Principal) -> Any:
        return await TlsReports(node.database, node.clock).bring(who, await asyncio.to_thread(content))

    def tell(done: Any) -> int | None:
        if place.json:
            print_json(done)
        else:
            typer.echo(f"{done.new} new")
            for problem in done.problems:
                typer.echo(f"mailward: {problem}", err=True)
        return None if done.new else EXIT_FOUND

    return work(place.data, bring, tell, organization=place.organization)


async def _every(node: Node, who: Principal, search: str) -> list[TlsPeer]:
    entries, found, cursor = TlsPeers(node.database, node.clock), [], None
    while True:
        page = await entries.page(who.organization_id, direction=None, search=search, cursor=cursor, limit=PAGE)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def _said(place: Place, do: Any, sentence: Any) -> int:
    def tell(value: Any) -> None:
        if place.json:
            print_json(value)
        else:
            typer.echo(sentence(value))

    return work(place.data, do, tell, organization=place.organization)
