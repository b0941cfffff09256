# SPDX-License-Identifier: Apache-2.0
"""`mailward sender`: whose mail is refused or spared some checks, and for whom."""

from typing import Annotated

import typer

from mailward.main.commands.options import Data, Expires, Json, Note, Organization, Overwrite, Place, Which, Write

app = typer.Typer(no_args_is_help=True, help="Approved and blocked senders, and what would happen to a mail.")

File = Annotated[
    str,
    typer.Argument(metavar="FILE", help="CSV: pattern,target,note,unauthenticated,expires_at; - for standard input"),
]


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

    raise typer.Exit(entries.list_senders(Place(data, organization, json), which=which, search=search))


@app.command()
def add(
    pattern: Annotated[
        str, typer.Argument(metavar="SENDER", help="name@domain, name@*.domain, name@*, *@domain or *@*.domain")
    ],
    which: Which,
    target: Annotated[str, typer.Option("--for", help="Only for this person or domain")] = "",
    unproved: Annotated[bool, typer.Option("--unproved", help="Approve even where nothing proves the sender")] = False,
    note: Note = "",
    expires: Expires = "",
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Approve or block; adding again changes the note and the end."""
    from mailward.main import entries  # noqa: PLC0415

    place = Place(data, organization, json)
    raise typer.Exit(
        entries.add_sender(place, pattern, which=which, note=note, expires=expires, target=target, unproved=unproved)
    )


@app.command()
def remove(
    pattern: Annotated[
        str, typer.Argument(metavar="SENDER", help="name@domain, name@*.domain, name@*, *@domain or *@*.domain")
    ],
    which: Which = "",
    target: Annotated[str | None, typer.Option("--for", help="Only the entry for this person or domain")] = None,
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Remove from one list, or from both."""
    from mailward.main import entries  # noqa: PLC0415

    raise typer.Exit(entries.remove_sender(Place(data, organization, json), pattern, which=which, target=target))


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
    raise typer.Exit(entries.import_senders(place, path, which=which, overwrite=overwrite, write=write))


@app.command()
def explain(
    sender: Annotated[str, typer.Argument(metavar="SENDER", help="An address of the envelope or of From")],
    recipient: Annotated[str, typer.Argument(metavar="RECIPIENT", help="A person of yours")],
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Say what the lists make of a sender and a recipient. Exit status 1 if the mail would be refused."""
    from mailward.main import entries  # noqa: PLC0415

    raise typer.Exit(entries.explain_sender(Place(data, organization, json), sender, recipient))
