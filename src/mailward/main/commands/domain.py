# SPDX-License-Identifier: Apache-2.0
"""`mailward domain`: what the console's page of domains does, in the terminal."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from mailward.control.domains.service import Domains
    from mailward.main.node import Node

app = typer.Typer(no_args_is_help=True, help="Protected domains: list, add, prove, test, delete.")

Data = Annotated[Path | None, typer.Option("--data", help="Where everything is kept  [default: ./.mailward]")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs")]
Organization = Annotated[str | None, typer.Option("--organization", help="Whose, where there are several")]
Name = Annotated[str, typer.Argument(metavar="DOMAIN", help="Such as example.com")]
EXIT_NO = 1
EXIT_USAGE = 2


@app.command("list")
def list_(
    search: Annotated[str, typer.Argument(metavar="[PART]", help="Part of a domain's or server's name")] = "",
    data: Data = None, organization: Organization = None, json: Json = False,
) -> None:  # fmt: skip
    """Every domain and where it stands."""
    from mailward.main.commands.opening import on_node, print_json  # noqa: PLC0415 - the program starts quickly

    async def work(node: "Node", own: Any) -> Any:
        rows, cursor = [], None
        while True:
            page = await _domains(node).page(own, search=search, state=None, cursor=cursor, limit=200)
            rows += page.items
            cursor = page.next_cursor
            if cursor is None:
                return rows

    rows = on_node(data, organization, work)
    if json:
        print_json(rows)
        return
    for row in rows:
        people = f"{row['recipients']} recipients" if row["recipient_filter"] else "everybody"
        missing = f"  (not found: {row['missing']})" if row["missing"] else ""
        typer.echo(f"{row['name']:32} {row['state']:14} {row['servers']:3} servers  {people}{missing}")
    if not rows:
        typer.echo("no domain; add one with: mailward domain add example.com --server HOST:PORT")


@app.command()
def add(
    name: Name,
    server: Annotated[
        list[str], typer.Option(help="HOST:PORT, with /PREFERENCE behind it if you like; may be repeated")
    ],
    recipient_filter: Annotated[bool, typer.Option(help="Refuse mail for unknown recipients")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Vouch for the domain: no proof in the DNS is needed")] = False,
    data: Data = None, organization: Organization = None, json: Json = False,
) -> None:  # fmt: skip
    """Protect one more domain. It takes no mail until it is proved."""
    from mailward.control.domains.service import DomainTaken, NewDomain  # noqa: PLC0415
    from mailward.main.commands.opening import CannotDo, on_node, print_json  # noqa: PLC0415

    new = NewDomain(name=name, servers=[_server(text) for text in server], recipient_filter=recipient_filter)

    async def work(node: "Node", own: Any) -> Any:
        try:
            return await _domains(node).add(_operator(own), new, trusted=trust)
        except (DomainTaken, ValueError) as exc:
            raise CannotDo(str(exc)) from exc

    added = on_node(data, organization, work)
    print_json(added) if json else _show(added)


@app.command()
def show(
    name: Name,
    dns: Annotated[bool, typer.Option("--dns", help="Check its DNS records too")] = False,
    data: Data = None, organization: Organization = None, json: Json = False,
) -> None:  # fmt: skip
    """One domain: its servers, its proof, and what the DNS says of it."""
    from mailward.main.commands.opening import on_node, print_json  # noqa: PLC0415

    async def work(node: "Node", own: Any) -> Any:
        domain = await _known(name, _domains(node).read(own, name))
        report = await _report(node, own, domain.name) if dns else None
        return {"domain": domain, "dns": report}

    found = on_node(data, organization, work)
    if json:
        print_json(found if dns else found["domain"])
        return
    _show(found["domain"])
    for check in (found["dns"] or {}).get("checks", ()):
        _show_check(check)


@app.command()
def verify(
    name: Name,
    trust: Annotated[bool, typer.Option("--trust", help="Vouch for the domain instead of asking the DNS")] = False,
    data: Data = None, organization: Organization = None, json: Json = False,
) -> None:  # fmt: skip
    """Look for the proof of ownership now. Exit status 1 if there is none."""
    from mailward.control.domains.service import DomainTaken  # noqa: PLC0415
    from mailward.main.commands.opening import CannotDo, on_node, print_json  # noqa: PLC0415

    async def work(node: "Node", own: Any) -> Any:
        try:
            if trust:
                return {"domain": await _known(name, _domains(node).vouch(own, name)), "evidence": []}
            async with _asking(node, own) as resolvers:
                return await _known(name, _domains(node).verify(own, name, resolvers("domains")))
        except DomainTaken as exc:
            raise CannotDo(str(exc)) from exc

    found = on_node(data, organization, work)
    if json:
        print_json(found)
    else:
        for check in found["evidence"]:
            _show_check(check)
        _show(found["domain"])
    raise typer.Exit(EXIT_NO if found["domain"]["state"] == "unverified" else 0)


@app.command("test")
def try_(
    name: Name,
    server: Annotated[str | None, typer.Option(help="HOST:PORT of one of its servers  [default: each]")] = None,
    recipient: Annotated[str, typer.Option(help="A local part")] = "postmaster",
    send: Annotated[bool, typer.Option("--send", help="Send a short test mail")] = False,
    data: Data = None, organization: Organization = None, json: Json = False,
) -> None:  # fmt: skip
    """Try the servers behind a domain, step by step. Exit status 1 if one takes no mail."""
    from mailward.control.domains.service import CannotTest, ConnectionTestOrder, ConnectionTests  # noqa: PLC0415
    from mailward.disposition.delivery.service import probe  # noqa: PLC0415
    from mailward.main.commands.opening import CannotDo, on_node, print_json  # noqa: PLC0415

    only = _server(server) if server else None

    async def work(node: "Node", own: Any) -> Any:
        domain = await _known(name, _domains(node).read(own, name))
        rows = [only] if only else domain.servers
        places = list(dict.fromkeys((row.host, row.port) for row in rows))
        if not places:
            raise CannotDo(f"no server is named for {domain.name}")
        tests = ConnectionTests(node.database, node.clock, node.configuration.gateway, probe, most=len(places))
        try:
            return [
                await tests.run(
                    own, domain.name, ConnectionTestOrder(host=host, port=port, recipient=recipient, send=send)
                )
                for host, port in places
            ]
        except CannotTest as exc:
            raise CannotDo(str(exc)) from exc

    done = on_node(data, organization, work)
    if json:
        print_json(done)
    for test in done if not json else ():
        typer.echo(f"{test['host']}:{test['port']} {'takes mail' if test['passed'] else 'takes no mail'}")
        for step in test["steps"]:
            typer.echo(f"  {step['state']:8} {step['name']:12} {step['milliseconds']:6} ms  {step['detail']}")
            if step["advice"]:
                typer.echo(f"{'':34}{step['advice']}")
    raise typer.Exit(0 if all(test["passed"] for test in done) else EXIT_NO)


@app.command()
def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would go")] = False,
    data: Data = None, organization: Organization = None, json: Json = False,
) -> None:  # fmt: skip
    """Stop protecting a domain. Without --yes it only says what would go with it."""
    from mailward.main.commands.opening import on_node, print_json  # noqa: PLC0415

    async def work(node: "Node", own: Any) -> Any:
        domains = _domains(node)
        return await _known(name, domains.delete(own, name, actor=OPERATOR) if yes else domains.deletion(own, name))

    plan = on_node(data, organization, work)
    if json:
        print_json(plan)
        return
    typer.echo(f"{plan['name']} is deleted, and with it:" if yes else f"With {plan['name']} would go, for good:")
    for belonging in plan["belongings"]:
        typer.echo(f"  {belonging['count']:8} {belonging['what'].replace('_', ' ')}")
    if not yes:
        typer.echo("Nothing was changed. To do it: add --yes")


OPERATOR = "operator (command line)"


def _domains(node: "Node") -> "Domains":
    from mailward.catalog import FEATURES  # noqa: PLC0415
    from mailward.control.domains.service import Domains  # noqa: PLC0415

    belongings = [belonging for feature in FEATURES for belonging in feature.belongings]
    return Domains(node.database, node.clock, node.configuration.gateway, belongings)


async def _report(node: "Node", organization: Any, domain: str) -> Any:
    from mailward.catalog import FEATURES  # noqa: PLC0415
    from mailward.control.domains.service import Surveys  # noqa: PLC0415

    rooms = {feature.name: feature.dns_checks for feature in FEATURES if feature.dns_checks is not None}
    surveys = Surveys(node.database, node.clock, node.configuration.gateway, rooms)
    async with _asking(node, organization) as resolvers:
        return await surveys.report(organization, domain, resolvers)


def _asking(node: "Node", organization: Any) -> Any:
    """Resolvers, for as long as they are needed; what they ask is counted in the ledger."""
    from contextlib import asynccontextmanager  # noqa: PLC0415

    from mailward.egress.dns.service import Dns  # noqa: PLC0415
    from mailward.egress.door import ON_BEHALF_OF  # noqa: PLC0415
    from mailward.main.wiring import outside, system_dns  # noqa: PLC0415

    @asynccontextmanager
    async def asking() -> Any:
        ON_BEHALF_OF.set((organization,))
        door, ledger = outside(node)
        dns = Dns(system_dns(node.configuration), on_question=door.dns)
        try:
            yield dns.for_feature
        finally:
            await dns.close()
            await ledger.flush()

    return asking()


async def _known(name: str, asked: Any) -> Any:
    from mailward.control.domains.service import NoSuchDomain  # noqa: PLC0415
    from mailward.main.commands.opening import CannotDo  # noqa: PLC0415

    try:
        return await asked
    except NoSuchDomain as exc:
        raise CannotDo(f"there is no domain {name} here; see mailward domain list") from exc


def _server(text: str) -> Any:
    """A row from HOST:PORT or HOST:PORT/PREFERENCE."""
    from mailward.control.domains.service import InboundServer  # noqa: PLC0415
    from mailward.main.commands.opening import fail  # noqa: PLC0415
    from mailward.main.configuration import Address, BadAddress  # noqa: PLC0415

    place, _, preference = text.partition("/")
    try:
        address = Address.parse(place)
    except BadAddress as exc:
        return fail(str(exc), EXIT_USAGE)
    if preference and not (preference.isdecimal() and 1 <= int(preference) <= 100):  # noqa: PLR2004 - as documented
        return fail(f"{preference!r} is no preference; it is a number from 1 to 100", EXIT_USAGE)
    return InboundServer(host=address.host, port=address.port, preference=int(preference or 10))


def _operator(organization: Any) -> Any:
    from mailward.contract.principal import Principal  # noqa: PLC0415

    return Principal(
        account_id=organization, organization_id=organization, organization_name="", email=OPERATOR, name=OPERATOR,
        role="operator",
    )  # fmt: skip


def _show(domain: Any) -> None:
    by = {"operator": "on the operator's word", "txt": "by a TXT record", "mx": "by an MX record", None: ""}
    typer.echo(f"{domain['name']}: {domain['state']} {by[domain['verified_by']]}".rstrip())
    for server in domain["servers"]:
        typer.echo(
            f"  {server['recipient']:10} -> {server['host']}:{server['port']}, preference {server['preference']}"
        )
    people = f"{domain['recipients']} valid recipients" if domain["recipient_filter"] else "everybody"
    typer.echo(f"  takes mail for {people}, up to {domain['size_limit'] >> 20} MB")
    if domain["verified_by"] is None:
        challenge = domain["challenge"]
        typer.echo("To prove it, publish one of these records; it is looked for by itself:")
        typer.echo(f'  {challenge["name"]}. TXT "{challenge["value"]}"')
        for host in challenge["mail_exchanges"]:
            typer.echo(f"  {domain['name']}. MX 32767 {host}.")


def _show_check(check: Any) -> None:
    typer.echo(f"{check['state']:8} {check['record_type']:8} {check['name']}")
    for title, values in (("expected", check["expected"]), ("found", check["found"])):
        for value in values:
            typer.echo(f"{'':9}{title:9} {value}")
    if check["advice"]:
        typer.echo(f"{'':9}{check['advice']}")
