# SPDX-License-Identifier: Apache-2.0
"""`mailward address`: who may connect, and why somebody may not."""

from typing import Annotated

import typer

from mailward.main.commands.entries import add_list_and_import
from mailward.main.commands.options import Data, Expires, Json, Note, Organization, Place, Which

app = typer.Typer(no_args_is_help=True, help="Approved and blocked addresses, and why an address is refused.")

Network = Annotated[str, typer.Argument(metavar="ADDRESS", help="An IPv4 or IPv6 address or network")]

add_list_and_import(app, "Addresses", "network,note,expires_at")


@app.command()
def add(
    network: Network,
    which: Which,
    note: Note = "",
    expires: Expires = "",
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Approve or block; adding again changes the note and the end."""
    from mailward.main import entries  # noqa: PLC0415

    place, facts = Place(data, organization, json), {"network": network, "note": note}
    raise typer.Exit(entries.add_entry(place, entries.Addresses, which=which, expires=expires, facts=facts))


@app.command()
def remove(
    network: Network, which: Which = "", data: Data = None, organization: Organization = "", json: Json = False
) -> None:
    """Remove from one list, or from both."""
    from mailward.main import entries  # noqa: PLC0415

    raise typer.Exit(entries.remove_entry(Place(data, organization, json), entries.Addresses, network, which=which))


@app.command()
def explain(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="An IPv4 or IPv6 address")],
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Say which step decides on an address. Exit status 1 if it would not be heard."""
    from mailward.main import entries  # noqa: PLC0415

    raise typer.Exit(entries.explain_address(Place(data, organization, json), address))
