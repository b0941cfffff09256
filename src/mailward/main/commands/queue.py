# SPDX-License-Identifier: Apache-2.0
"""`mailward queue`: what waits for whom, and what to do about it."""

from typing import TYPE_CHECKING, Annotated

import typer

from mailward.main.commands.options import Data, Json, Organization, Place

if TYPE_CHECKING:
    from mailward.disposition.delivery.shapes import QueueSelection

app = typer.Typer(no_args_is_help=True, help="The queue: mail that waits for its servers.")

Names = Annotated[list[str] | None, typer.Argument(metavar="[DOMAIN...]", help="Destinations")]
One = Annotated[str | None, typer.Argument(metavar="[DOMAIN]", help="The destination")]
Search = Annotated[str, typer.Option("--search", help="Only what this search finds, as in the console")]
Ids = Annotated[list[str] | None, typer.Option("--id", help="One copy; may be given several times")]
Everything = Annotated[bool, typer.Option("--all", help="All destinations")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say how many it would be")]


@app.command("list")
def list_(data: Data = None, organization: Organization = "", json: Json = False) -> None:
    """Show the queue by destination, most mail first."""
    import mailward.main.queue as doing  # noqa: PLC0415 - each command loads only what it needs

    raise typer.Exit(doing.show_destinations(Place(data, organization, json)))


@app.command()
def show(
    destination: One = None, search: Search = "", data: Data = None, organization: Organization = "", json: Json = False
) -> None:
    """Show the mails that wait for a destination, the oldest first."""
    import mailward.main.queue as doing  # noqa: PLC0415

    place = Place(data, organization, json)
    raise typer.Exit(doing.show_copies(place, destination, search))


@app.command()
def pause(
    names: Names = None, everything: Everything = False, data: Data = None, organization: Organization = "",
    json: Json = False,
) -> None:  # fmt: skip
    """Let nothing go to destinations; their mail is accepted and waits."""
    _steer("pause", names, everything, Place(data, organization, json))


@app.command()
def resume(
    names: Names = None, everything: Everything = False, data: Data = None, organization: Organization = "",
    json: Json = False,
) -> None:  # fmt: skip
    """Let mail go again: one at first, then more and more."""
    _steer("resume", names, everything, Place(data, organization, json))


@app.command()
def flush(
    destination: One = None, search: Search = "", ids: Ids = None, everything: Everything = False,
    dry_run: DryRun = False, data: Data = None, organization: Organization = "", json: Json = False,
) -> None:  # fmt: skip
    """Try waiting mail now, without waiting for its next time."""
    _act("retry", _selection(destination, search, ids, everything), dry_run, Place(data, organization, json))


@app.command()
def bounce(
    destination: One = None, search: Search = "", ids: Ids = None, everything: Everything = False,
    dry_run: DryRun = False, data: Data = None, organization: Organization = "", json: Json = False,
) -> None:  # fmt: skip
    """Give waiting mail back to its senders; where nobody may be told it is held in quarantine."""
    _act("bounce", _selection(destination, search, ids, everything), dry_run, Place(data, organization, json))


@app.command()
def delete(
    destination: One = None, search: Search = "", ids: Ids = None, everything: Everything = False,
    dry_run: DryRun = False, data: Data = None, organization: Organization = "", json: Json = False,
) -> None:  # fmt: skip
    """Drop waiting mail for good, and tell nobody."""
    _act("delete", _selection(destination, search, ids, everything), dry_run, Place(data, organization, json))


def _steer(order: str, names: list[str] | None, everything: bool, place: Place) -> None:
    import mailward.main.queue as doing  # noqa: PLC0415
    from mailward.disposition.delivery.shapes import DestinationOrderKind  # noqa: PLC0415

    if bool(names) == everything:
        raise typer.BadParameter("name destinations, or say --all")
    raise typer.Exit(doing.steer(place, DestinationOrderKind(order), names or ["*"]))


def _act(order: str, selection: "QueueSelection", dry_run: bool, place: Place) -> None:
    import mailward.main.queue as doing  # noqa: PLC0415
    from mailward.disposition.delivery.shapes import QueueOrderKind  # noqa: PLC0415

    raise typer.Exit(doing.act(place, QueueOrderKind(order), selection, dry_run=dry_run))


def _selection(
    destination: str | None,
    search: str,
    ids: list[str] | None,
    everything: bool,
) -> "QueueSelection":
    from uuid import UUID  # noqa: PLC0415

    from mailward.disposition.delivery.shapes import QueueSelection  # noqa: PLC0415

    if sum((destination is not None, bool(search), bool(ids), everything)) != 1:
        raise typer.BadParameter("name one destination, or say --search, --id or --all; and only one of them")
    if ids:
        try:
            return QueueSelection(ids=[UUID(one) for one in ids])
        except ValueError as exc:
            raise typer.BadParameter("an id is what `mailward queue show` prints first") from exc
    return QueueSelection(q=search) if search else QueueSelection(destination=destination or "*")
