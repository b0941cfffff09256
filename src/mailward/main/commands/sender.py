# SPDX-License-Identifier: Apache-2.0
"""`mailward sender`: whose mail is refused or spared some checks, and for whom."""

from typing import Annotated

import typer

from mailward.main.commands.entries import add_list_and_import
from mailward.main.commands.options import Data, Expires, Json, Note, Organization, Place, Which

app = typer.Typer(no_args_is_help=True, help="Approved and blocked senders, and what would happen to a mail.")

Pattern = Annotated[
    str, typer.Argument(metavar="SENDER", help="name@domain, name@*.domain, name@*, *@domain or *@*.domain")
]

add_list_and_import(app, "Senders", "pattern,target,note,unauthenticated,expires_at")


@app.command()
def add(
    pattern: Pattern,
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
    facts = {"pattern": pattern, "target": target, "unauthenticated": unproved, "note": note}
    raise typer.Exit(entries.add_entry(place, entries.Senders, which=which, expires=expires, facts=facts))


@app.command()
def remove(
    pattern: Pattern,
    which: Which = "",
    target: Annotated[str | None, typer.Option("--for", help="Only the entry for this person or domain")] = None,
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Remove from one list, or from both."""
    from mailward.main import entries  # noqa: PLC0415

    place = Place(data, organization, json)
    raise typer.Exit(entries.remove_entry(place, entries.Senders, pattern, which=which, target=target))


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
