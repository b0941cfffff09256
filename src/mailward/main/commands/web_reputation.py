# SPDX-License-Identifier: Apache-2.0
"""`mailward web-reputation`: lists of web addresses on this node, exceptions, and why an address is caught."""

from pathlib import Path
from typing import Annotated

import typer

from mailward.main.commands.options import Data, Expires, Json, Note, Organization, Overwrite, Place, Write

app = typer.Typer(no_args_is_help=True, help="Lists of web addresses, exceptions, and what is known of an address.")

Name = Annotated[str, typer.Option("--name", help="The list's name: letters, digits, _ and -")]
Kind = Annotated[str, typer.Option("--list", help="approved or keyword")]


@app.command("import")
def import_(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="Plain (one address a line, hosts files), CSV or STIX 2")
    ],
    name: Name,
    category: Annotated[str, typer.Option(help="phishing, malware, spam; or good")],
    as_format: Annotated[str, typer.Option("--format", help="plain, csv or stix  [default: by the file]")] = "",
    merge: Annotated[bool, typer.Option("--merge", help="Add to the list instead of replacing it")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Even if the list loses more than half of its entries")
    ] = False,
    write: Write = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Compare a file with a list of this node; with --write make the list so, for all processes at once."""
    from mailward.main import web_lists  # noqa: PLC0415 - each command loads only what it needs

    order = web_lists.Order(
        path=path, name=name, category=category, as_format=as_format, merge=merge, force=force, write=write
    )
    raise typer.Exit(web_lists.bring_list(data, order, as_json=json))


@app.command("lists")
def lists(data: Data = None, json: Json = False) -> None:
    """Show the lists of this node. Exit status 1 if one cannot be read."""
    from mailward.main import web_lists  # noqa: PLC0415

    raise typer.Exit(web_lists.show_lists(data, as_json=json))


@app.command("remove-list")
def remove_list(name: Annotated[str, typer.Argument(metavar="NAME")], data: Data = None, json: Json = False) -> None:
    """Take a list away."""
    from mailward.main import web_lists  # noqa: PLC0415

    raise typer.Exit(web_lists.remove_list(data, name, as_json=json))


@app.command("list")
def list_(
    which: Kind = "",
    search: Annotated[str, typer.Option(help="Part of an exception or its note")] = "",
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Show an organization's exceptions, newest first."""
    from mailward.main import entries  # noqa: PLC0415

    place = Place(data, organization, json)
    raise typer.Exit(entries.list_entries(place, entries.WebAddresses, which=which, search=search))


@app.command()
def add(
    pattern: Annotated[
        str, typer.Argument(metavar="EXCEPTION", help="A host, *.domain, an address with a path, or a word")
    ],
    which: Kind,
    note: Note = "",
    expires: Expires = "",
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Approve an address, or add a keyword; adding again changes the note and the end."""
    from mailward.main import entries  # noqa: PLC0415

    place, facts = Place(data, organization, json), {"pattern": pattern, "note": note}
    raise typer.Exit(entries.add_entry(place, entries.WebAddresses, which=which, expires=expires, facts=facts))


@app.command()
def remove(
    pattern: Annotated[str, typer.Argument(metavar="EXCEPTION")],
    which: Kind = "",
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Remove an exception."""
    from mailward.main import entries  # noqa: PLC0415

    raise typer.Exit(entries.remove_entry(Place(data, organization, json), entries.WebAddresses, pattern, which=which))


@app.command("import-exceptions")
def import_exceptions(
    path: Annotated[str, typer.Argument(metavar="FILE", help="CSV: pattern,note,expires_at; - for standard input")],
    which: Kind,
    overwrite: Overwrite = False,
    write: Write = False,
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Compare a file with the exceptions; with --write make them so. Exit status 2 if a line cannot be read."""
    from mailward.main import entries  # noqa: PLC0415

    place = Place(data, organization, json)
    raise typer.Exit(
        entries.import_entries(place, entries.WebAddresses, path, which=which, overwrite=overwrite, write=write)
    )


@app.command()
def explain(
    url: Annotated[str, typer.Argument(metavar="ADDRESS", help="A web address; hxxp and [.] are understood")],
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Say what is known of an address; it is not opened. Exit status 1 if a mail with it would be caught."""
    from mailward.main import web_lists  # noqa: PLC0415

    raise typer.Exit(web_lists.explain(Place(data, organization, json), url))
