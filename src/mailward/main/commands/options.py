# SPDX-License-Identifier: Apache-2.0
"""Options that several groups of commands have."""

from pathlib import Path
from typing import Annotated, NamedTuple

import typer

Data = Annotated[Path | None, typer.Option("--data", help="Where everything is kept  [default: ./.mailward]")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs")]
Organization = Annotated[
    str, typer.Option("--organization", help="Its name or id, where there are several on this node")
]
Which = Annotated[str, typer.Option("--list", help="approved or blocked")]
Note = Annotated[str, typer.Option(help="Why it stands there, for colleagues")]
Expires = Annotated[str, typer.Option(metavar="MOMENT", help="When it ends by itself, such as 2027-01-31T00:00:00Z")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Also remove what the file does not name")]
Write = Annotated[bool, typer.Option("--write", help="Do it; otherwise it is only compared")]


class Place(NamedTuple):
    """Where a command works, and for whom it prints."""

    data: Path | None
    organization: str
    json: bool
