# SPDX-License-Identifier: Apache-2.0
"""`mailward outbound`: the servers that may send for an organization, and senders that are paused."""

from typing import Annotated

import typer

from mailward.main.commands.options import Data, Json, Organization, Place

app = typer.Typer(no_args_is_help=True, help="Outbound mail: servers that may send, and senders that are paused.")


@app.command("list")
def list_(data: Data = None, organization: Organization = "", json: Json = False) -> None:
    """Show connectors, and how each domain sends."""
    from mailward.main import connectors  # noqa: PLC0415 - each command loads only what it needs

    raise typer.Exit(connectors.list_connectors(Place(data, organization, json)))


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What you call it")],
    network: Annotated[
        list[str] | None, typer.Option(help="An address or a network of the servers; may be repeated")
    ] = None,
    cloud: Annotated[str, typer.Option(help="A cloud that the operator's file describes")] = "",
    domain: Annotated[str, typer.Option(help="The domain they may send for; * for all")] = "*",
    proof: Annotated[str, typer.Option(help="address, header or secret")] = "address",
    header: Annotated[str, typer.Option(help="The field that the cloud writes, for --proof header")] = "",
    value: Annotated[str, typer.Option(help="What the field must say, for --proof header")] = "",
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Let servers send for your domains. A secret is printed once, and never again."""
    from mailward.main import connectors  # noqa: PLC0415

    place = Place(data, organization, json)
    raise typer.Exit(
        connectors.add_connector(
            place, name, networks=tuple(network or ()), cloud=cloud, domain=domain, proof=proof, header=header,
            value=value,
        )
    )  # fmt: skip


@app.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `mailward outbound list` prints it")],
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Remove a connector: its servers may not send any more."""
    from mailward.main import connectors  # noqa: PLC0415

    raise typer.Exit(connectors.remove_connector(Place(data, organization, json), name))


@app.command()
def pauses(data: Data = None, organization: Organization = "", json: Json = False) -> None:
    """Show senders that are paused, and why. Exit status 1 if there are some."""
    from mailward.main import connectors  # noqa: PLC0415

    raise typer.Exit(connectors.list_pauses(Place(data, organization, json)))


@app.command()
def lift(
    sender: Annotated[str, typer.Argument(metavar="SENDER", help="The address that is paused")],
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Let a paused sender send again."""
    from mailward.main import connectors  # noqa: PLC0415

    raise typer.Exit(connectors.lift_pause(Place(data, organization, json), sender))
