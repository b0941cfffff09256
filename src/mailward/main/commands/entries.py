# SPDX-License-Identifier: Apache-2.0
"""What `mailward address` and `mailward sender` have both: showing a list, and bringing one as a file."""

from typing import Annotated

import typer

from mailward.main.commands.options import Data, Json, Organization, Overwrite, Place, Which, Write


def add_list_and_import(app: typer.Typer, listed: str, columns: str) -> None:
    """Add both to a group. `listed` names the class of `main.entries`, `columns` those of the file."""

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

        place = Place(data, organization, json)
        raise typer.Exit(entries.list_entries(place, getattr(entries, listed), which=which, search=search))

    @app.command("import")
    def import_(
        path: Annotated[str, typer.Argument(metavar="FILE", help=f"CSV: {columns}; - for standard input")],
        which: Which,
        overwrite: Overwrite = False,
        write: Write = False,
        data: Data = None,
        organization: Organization = "",
        json: Json = False,
    ) -> None:
        """Compare a file with a list; with --write make the list so. Exit status 2 if a line cannot be read."""
        from mailward.main import entries  # noqa: PLC0415

        place, kind = Place(data, organization, json), getattr(entries, listed)
        raise typer.Exit(entries.import_entries(place, kind, path, which=which, overwrite=overwrite, write=write))
