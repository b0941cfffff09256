# SPDX-License-Identifier: Apache-2.0
"""`mailward domain`: what the console's page of domains does, in the terminal."""

from typing import Annotated

import typer

from mailward.main.commands.options import Data, Json, Organization, Place

app = typer.Typer(no_args_is_help=True, help="Protected domains: list, add, prove, test, delete.")

Name = Annotated[str, typer.Argument(metavar="DOMAIN", help="Such as example.com")]


@app.command("list")
def list_(
    search: Annotated[str, typer.Argument(metavar="[PART]", help="Part of a domain's or server's name")] = "",
    data: Data = None, organization: Organization = "", json: Json = False,
) -> None:  # fmt: skip
    """Every domain and where it stands."""
    from mailward.main import domains  # noqa: PLC0415 - each command loads only what it needs

    raise typer.Exit(domains.list_domains(Place(data, organization, json), search=search))


@app.command()
def add(
    name: Name,
    server: Annotated[
        list[str], typer.Option(help="HOST:PORT, with /PREFERENCE behind it if you like; may be repeated")
    ],
    recipient_filter: Annotated[bool, typer.Option(help="Refuse mail for unknown recipients")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Vouch for the domain: no proof in the DNS is needed")] = False,
    data: Data = None, organization: Organization = "", json: Json = False,
) -> None:  # fmt: skip
    """Protect one more domain. It takes no mail until it is proved."""
    from mailward.main import domains  # noqa: PLC0415

    place = Place(data, organization, json)
    raise typer.Exit(domains.add_domain(place, name, server, recipient_filter=recipient_filter, trust=trust))


@app.command()
def show(
    name: Name,
    dns: Annotated[bool, typer.Option("--dns", help="Check its DNS records too")] = False,
    data: Data = None, organization: Organization = "", json: Json = False,
) -> None:  # fmt: skip
    """One domain: its servers, its proof, and what the DNS says of it."""
    from mailward.main import domains  # noqa: PLC0415

    place = Place(data, organization, json)
    raise typer.Exit(domains.check_domain(place, name) if dns else domains.show_domain(place, name))


@app.command()
def verify(
    name: Name,
    trust: Annotated[bool, typer.Option("--trust", help="Vouch for the domain instead of asking the DNS")] = False,
    data: Data = None, organization: Organization = "", json: Json = False,
) -> None:  # fmt: skip
    """Look for the proof of ownership now. Exit status 1 if there is none."""
    from mailward.main import domains  # noqa: PLC0415

    raise typer.Exit(domains.verify_domain(Place(data, organization, json), name, trust=trust))


@app.command("test")
def try_(
    name: Name,
    server: Annotated[str, typer.Option(help="HOST:PORT of one of its servers  [default: each]")] = "",
    recipient: Annotated[str, typer.Option(help="A local part")] = "postmaster",
    send: Annotated[bool, typer.Option("--send", help="Send a short test mail")] = False,
    data: Data = None, organization: Organization = "", json: Json = False,
) -> None:  # fmt: skip
    """Try the servers behind a domain, step by step. Exit status 1 if one takes no mail."""
    from mailward.main import domains  # noqa: PLC0415

    place = Place(data, organization, json)
    raise typer.Exit(domains.try_servers(place, name, server=server, recipient=recipient, send=send))


@app.command()
def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would go")] = False,
    data: Data = None, organization: Organization = "", json: Json = False,
) -> None:  # fmt: skip
    """Stop protecting a domain. Without --yes it only says what would go with it."""
    from mailward.main import domains  # noqa: PLC0415

    raise typer.Exit(domains.delete_domain(Place(data, organization, json), name, yes=yes))
