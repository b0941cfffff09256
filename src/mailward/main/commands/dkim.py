# SPDX-License-Identifier: Apache-2.0
"""`mailward dkim`: signing keys in the terminal: made, published, looked at, retired."""

from typing import Annotated

import typer

from mailward.main.commands.options import Data, Json, Organization, Place

app = typer.Typer(no_args_is_help=True, help="Signing keys, and the records to publish for them.")

Domain = Annotated[str, typer.Argument(metavar="DOMAIN", help="Such as example.com")]
Selector = Annotated[str, typer.Argument(metavar="SELECTOR", help="Such as mw20261127r")]


@app.command("list")
def list_(data: Data = None, organization: Organization = "", json: Json = False) -> None:
    """Show every key, and where it stands in its life."""
    from mailward.main import signing_keys  # noqa: PLC0415 - each command loads only what it needs

    raise typer.Exit(signing_keys.list_keys(Place(data, organization, json)))


@app.command()
def make(
    domain: Domain,
    algorithm: Annotated[str, typer.Option(help="rsa or ed25519")] = "rsa",
    bits: Annotated[int, typer.Option(help="Of an RSA key: 2048, 3072 or 4096")] = 2048,
    selector: Annotated[str, typer.Option(help="Left out: made of the date")] = "",
    data: Data = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Make a key, and print the record to publish as a line of a zone file."""
    from mailward.main import signing_keys  # noqa: PLC0415

    wanted = {"domain": domain, "algorithm": algorithm, "bits": bits, "selector": selector}
    raise typer.Exit(signing_keys.make(Place(data, organization, json), wanted))


@app.command()
def record(
    domain: Domain, selector: Selector, data: Data = None, organization: Organization = "", json: Json = False
) -> None:
    """Print the record of a key as a line of a zone file."""
    from mailward.main import signing_keys  # noqa: PLC0415

    raise typer.Exit(signing_keys.record(Place(data, organization, json), domain, selector))


@app.command()
def check(
    domain: Domain, selector: Selector, data: Data = None, organization: Organization = "", json: Json = False
) -> None:
    """Look at a key's record in the DNS now. Exit status 1 if something is wrong with it."""
    from mailward.main import signing_keys  # noqa: PLC0415

    raise typer.Exit(signing_keys.check(Place(data, organization, json), domain, selector))


@app.command()
def retire(
    domain: Domain, selector: Selector, data: Data = None, organization: Organization = "", json: Json = False
) -> None:
    """Stop signing with a key; its record must stay for a while."""
    from mailward.main import signing_keys  # noqa: PLC0415

    raise typer.Exit(signing_keys.retire(Place(data, organization, json), domain, selector))


@app.command()
def remove(domain: Domain, selector: Selector, data: Data = None, organization: Organization = "") -> None:
    """Destroy a key that does not sign."""
    from mailward.main import signing_keys  # noqa: PLC0415

    raise typer.Exit(signing_keys.remove(Place(data, organization, json=False), domain, selector))
