# SPDX-License-Identifier: Apache-2.0
"""`mailward address`: who may connect, and why somebody may not."""

from typing import Annotated

import typer

from mailward.main.commands.options import Data, Expires, Json, Note, Organization, Overwrite, Place, Which, Write

app = typer.Typer(no_args_is_help=True, help="Approved and blocked addresses, and why an address is refused.")

File = Annotated[str, typer.Argument(metavar="FILE", help="CSV: network,note,expires_at; - for standard input")]


@app.command("list")
def list_(
    which: Which = "",
    search: Annotated[str, typer.Option(help="Part of an entry or its note")] = "",
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Show the entries, newest first."""
    from mailward.main import entries  # noqa: PLC0415 - each command loads only what it needs

    raise typer.Exit(entries.list_addresses(Place(data, organization, json), which=which, search=search))


@app.command()
def add(
    network: Annotated[str, typer.Argument(metavar="ADDRESS", help="An IPv4 or IPv6 address or network")],
    which: Which,
    note: Note = "",
    expires: Expires = "",
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Approve or block; adding again changes the note and the end."""
    from mailward.main import entries  # noqa: PLC0415

    place = Place(data, organization, json)
    raise typer.Exit(entries.add_address(place, network, which=which, note=note, expires=expires))


@app.command()
def remove(
    network: Annotated[str, typer.Argument(metavar="ADDRESS", help="An IPv4 or IPv6 address or network")],
    which: Which = "",
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Remove from one list, or from both."""
    from mailward.main import entries  # noqa: PLC0415

    raise typer.Exit(entries.remove_address(Place(data, organization, json), network, which=which))


@app.command("import")
def import_(
    path: File,
    which: Which,
    overwrite: Overwrite = False,
    write: Write = False,
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Compare a file with a list; with --write make the list so. Exit status 2 if a line cannot be read."""
    from mailward.main import entries  # noqa: PLC0415

    place = Place(data, organization, json)
    raise typer.Exit(entries.import_addresses(place, path, which=which, overwrite=overwrite, write=write))


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
