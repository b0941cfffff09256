# SPDX-License-Identifier: Apache-2.0
"""`mailward authentication`: what follows from SPF, DKIM and DMARC, per domain, in the terminal."""

from typing import Annotated

import typer

from mailward.main.commands.options import Data, Json, Organization, Place

app = typer.Typer(no_args_is_help=True, help="What follows from SPF, DKIM and DMARC, per domain.")

Method = Annotated[str, typer.Argument(metavar="METHOD", help="sender_ip, spf, dkim or dmarc")]
Domain = Annotated[str, typer.Option(help="The domain whose rule it is; left out: the default")]


@app.command("list")
def list_(data: Data = None, organization: Organization = "", json: Json = False) -> None:
    """Show what holds for every domain."""
    from mailward.main import authentication_rules  # noqa: PLC0415 - each command loads only what it needs

    raise typer.Exit(authentication_rules.list_rules(Place(data, organization, json)))


@app.command("set")
def set_(
    method: Method,
    options: Annotated[list[str], typer.Argument(metavar="NAME=VALUE...", help="Such as on_reject=quarantine")],
    domain: Domain = "",
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Change options of a rule; the others stay. Lists are written as JSON: 'ignored=["192.0.2.1"]'."""
    from mailward.main import authentication_rules  # noqa: PLC0415

    raise typer.Exit(authentication_rules.change(Place(data, organization, json), method, options, domain=domain))


@app.command()
def reset(method: Method, domain: Domain = "", data: Data = None, organization: Organization = "") -> None:
    """Let the default hold for a domain again; without a domain, Mailward's own default."""
    from mailward.main import authentication_rules  # noqa: PLC0415

    raise typer.Exit(authentication_rules.reset(Place(data, organization, json=False), method, domain=domain))
