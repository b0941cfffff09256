# SPDX-License-Identifier: Apache-2.0
"""`mailward dmarc-report`: bring reports, see who sends in the domains' names, and what would be reported to others."""

from pathlib import Path
from typing import Annotated

import typer

from mailward.main.commands.options import Data, Json, Organization, Place

app = typer.Typer(no_args_is_help=True, help="DMARC reports: who sends in the name of your domains.")

OneDomain = Annotated[str, typer.Option("--domain", help="Only this domain")]
Days = Annotated[int, typer.Option(min=1, max=400, help="So many days, today among them")]


@app.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE...", help="XML, gzip, zip, mails; - for standard input")],
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Keep the reports in files. Exit status 1 if something in them could not be kept."""
    import mailward.main.dmarc_report as doing  # noqa: PLC0415 - each command loads only what it needs

    raise typer.Exit(doing.bring(Place(data, organization, json), paths))


@app.command("list")
def list_(
    data: Data = None, organization: Organization = "", domain: OneDomain = "", days: Days = 30, json: Json = False
) -> None:
    """Show the sources of mail in the domains' names, those with most failing mail first."""
    import mailward.main.dmarc_report as doing  # noqa: PLC0415

    raise typer.Exit(doing.show_sources(Place(data, organization, json), domain=domain, days=days))


@app.command("send")
def send(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent")] = False,
    data: Data = None,
    organization: Organization = "",
    day: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The day reported about  [default: yesterday]")] = "",
    json: Json = False,
) -> None:
    """Say which reports would go to other domains, and why others get none. The worker sends them by itself."""
    import mailward.main.dmarc_report as doing  # noqa: PLC0415

    raise typer.Exit(doing.plan(Place(data, organization, json), day=day, dry_run=dry_run))
