# SPDX-License-Identifier: Apache-2.0
"""`mailward tls`: what is asked of peers, our certificates and policies, and what others report."""

from pathlib import Path
from typing import Annotated

import typer

from mailward.main.commands.options import Data, Json, Note, Organization, Overwrite, Place, Write

app = typer.Typer(no_args_is_help=True, help="TLS: what is asked of peers, certificates, MTA-STS, reports.")

Peer = Annotated[
    str, typer.Argument(metavar="PEER", help="A domain, *.domain, or *; inbound also an address or network")
]
Direction = Annotated[str, typer.Option("--direction", help="inbound or outbound")]
Domain = Annotated[str, typer.Option("--domain", help="The domain of yours for which it counts  [default: all]")]
LEVELS = "opportunistic, mandatory; outbound also verified, opportunistic_dane, mandatory_dane, mta_sts"


@app.command()
def peers(
    search: Annotated[str, typer.Option(help="Part of a peer, domain or note")] = "", data: Data = None,
    organization: Organization = "", json: Json = False,
) -> None:  # fmt: skip
    """What is asked of whom: the entries, and the Default for everybody else."""
    from mailward.main import tls_work  # noqa: PLC0415 - each command loads only what it needs

    raise typer.Exit(tls_work.list_peers(Place(data, organization, json), search=search))


@app.command()
def add(
    peer: Peer,
    level: Annotated[str, typer.Option(help=LEVELS)],
    direction: Direction = "outbound",
    minimum: Annotated[str, typer.Option(help="Oldest version: none, 1.2 or 1.3")] = "none",
    domain: Domain = "",
    certificate_name: Annotated[str, typer.Option(help="With verified: the name that the certificate must bear")] = "",
    note: Note = "",
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Ask something of a peer; adding it again changes what is asked."""
    from mailward.main import tls_work  # noqa: PLC0415

    asked = {"level": level, "minimum": minimum, "certificate_name": certificate_name, "note": note}
    raise typer.Exit(tls_work.add_peer(Place(data, organization, json), (direction, peer, domain), asked))


@app.command()
def remove(
    peer: Peer, direction: Direction = "outbound", domain: Domain = "", data: Data = None,
    organization: Organization = "", json: Json = False,
) -> None:  # fmt: skip
    """Ask nothing of its own of a peer any more; the Default counts for it."""
    from mailward.main import tls_work  # noqa: PLC0415

    raise typer.Exit(tls_work.remove_peer(Place(data, organization, json), (direction, peer, domain)))


@app.command("import")
def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="peer,level,minimum,domain,certificate_name,note; or -")],
    direction: Direction = "outbound", overwrite: Overwrite = False, write: Write = False, data: Data = None,
    organization: Organization = "", json: Json = False,
) -> None:  # fmt: skip
    """Bring peers as a CSV file. Exit status 1 if a line cannot be read: then nothing is written."""
    from mailward.main import tls_work  # noqa: PLC0415

    place = Place(data, organization, json)
    raise typer.Exit(tls_work.import_peers(place, file, direction=direction, overwrite=overwrite, write=write))


@app.command()
def policies(data: Data = None, organization: Organization = "", json: Json = False) -> None:
    """The MTA-STS policies of other domains that are held, and until when."""
    from mailward.main import tls_work  # noqa: PLC0415

    raise typer.Exit(tls_work.list_policies(Place(data, organization, json)))


@app.command("mta-sts")
def mta_sts(
    domain: Annotated[str, typer.Argument(metavar="[DOMAIN]", help="A protected domain; without, all are shown")] = "",
    mode: Annotated[str, typer.Option(help="testing, enforce or none: host such a policy from now on")] = "",
    mx: Annotated[list[str] | None, typer.Option(help="A mail server; may be repeated  [default: this one]")] = None,
    max_age: Annotated[int, typer.Option(help="Seconds for which senders hold to it")] = 604_800,
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Show the policies of your domains and the records to publish; with --mode, change one."""
    from mailward.main import tls_work  # noqa: PLC0415

    raise typer.Exit(
        tls_work.host_policy(Place(data, organization, json), domain, mode=mode, mx=mx or [], max_age=max_age)
    )


@app.command()
def certificates(data: Data = None, json: Json = False) -> None:
    """What senders see of this node, and until when. Exit status 1 if one cannot be used."""
    from mailward.main import certificates as showing  # noqa: PLC0415
    from mailward.main.configuration import from_environment  # noqa: PLC0415

    raise typer.Exit(showing.show(from_environment(data=data, smtp=None, http=None), as_json=json))


@app.command()
def reports(
    days: Annotated[int, typer.Option(min=1, max=90, help="Back from now")] = 30, data: Data = None,
    organization: Organization = "", json: Json = False,
) -> None:  # fmt: skip
    """How others' sessions with your servers were encrypted, as they reported it."""
    from mailward.main import tls_work  # noqa: PLC0415

    raise typer.Exit(tls_work.show_reports(Place(data, organization, json), days=days))


@app.command()
def bring(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A report: JSON, gzip, or a whole mail")],
    data: Data = None, organization: Organization = "", json: Json = False,
) -> None:  # fmt: skip
    """Bring a TLS report that came another way. Exit status 1 if nothing of it was kept."""
    from mailward.main import tls_work  # noqa: PLC0415

    raise typer.Exit(tls_work.bring_report(Place(data, organization, json), file))
