# SPDX-License-Identifier: Apache-2.0
"""The command line. Each command is a few lines; what it does stands in a module of its own."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from mailward.main.commands import authentication, dkim, domain, outbound

if TYPE_CHECKING:
    from mailward.main.configuration import Configuration

app = typer.Typer(
    name="mailward", no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False,
    help="Mailward, an e-mail security gateway that says what it does.",
)  # fmt: skip

app.add_typer(domain.app, name="domain")
app.add_typer(outbound.app, name="outbound")
app.add_typer(authentication.app, name="authentication")
app.add_typer(dkim.app, name="dkim")

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""numpy would start threads when it is imported, and the supervisor forks: it must have one thread."""

EXIT_FOUND = 1
EXIT_USAGE = 2
EXIT_UNAVAILABLE = 69

Data = Annotated[Path | None, typer.Option("--data", help="Where everything is kept  [default: ./.mailward]")]
Smtp = Annotated[str | None, typer.Option("--smtp", metavar="HOST:PORT", help="Where mail comes in; port 0: any")]
Http = Annotated[str | None, typer.Option("--http", metavar="HOST:PORT", help="Console and API; port 0: any")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs")]


@app.command()
def demo(
    data: Data = None,
    smtp: Smtp = None,
    http: Http = None,
    again: Annotated[bool, typer.Option("--again", help="Send the specimens once more")] = False,
    json: Json = False,
) -> None:
    """Look at it: a gateway with a protected domain, a mail server behind it, and mail that arrives."""
    from mailward.main import run  # noqa: PLC0415 - each command loads only what it needs

    raise typer.Exit(run.demo(_configuration(data, smtp, http), again=again, as_json=json))


@app.command("run")
def run_(
    role: Annotated[str, typer.Option(help="all, smtp, worker or web")] = "all",
    data: Data = None,
    smtp: Smtp = None,
    http: Http = None,
    json: Json = False,
) -> None:
    """Run the gateway, or one role of it on this node."""
    from mailward.main import run  # noqa: PLC0415

    if role not in run.ROLES:
        _fail(f"there is no role {role!r}; roles are {', '.join(run.ROLES)}")
    raise typer.Exit(run.run(_configuration(data, smtp, http), role=role, as_json=json))


@app.command()
def init(
    organization: Annotated[str, typer.Option(help="The organization's name")],
    domain: Annotated[str, typer.Option(help="The domain to protect")],
    next_hop: Annotated[str, typer.Option(metavar="HOST:PORT", help="The mail server behind the gateway")],
    admin: Annotated[str, typer.Option(help="E-mail address of the first administrator")],
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input")],
    recipients: Annotated[
        Path | None, typer.Option(help="A CSV file of address,name: mail for anybody else is refused")
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make a working organization, without questions."""
    from mailward.main import run  # noqa: PLC0415

    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else ""
    if not password:
        _fail("give the administrator's password on standard input: echo PASSWORD | mailward init --password-stdin ...")
    raise typer.Exit(
        run.init(
            _configuration(data, None, None), organization=organization, domain=domain, next_hop=next_hop,
            admin=admin, password=password, recipients=recipients, as_json=json,
        )
    )  # fmt: skip


@app.command("scan")
def scan_(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Mails, folders of mails, or - for standard input")
    ],
    jobs: Annotated[int | None, typer.Option(min=1, max=256, help="Mails at the same time  [default: cores]")] = None,
    json: Json = False,
) -> None:
    """Judge mails without any server: what is this, and why? Exit status 1 if something was caught."""
    from mailward.main.scan import scan as judge  # noqa: PLC0415

    raise typer.Exit(judge(paths, jobs=jobs, json_output=json, stdin=sys.stdin.buffer, stdout=sys.stdout))


@app.command("check")
def check_(data: Data = None, smtp: Smtp = None, http: Http = None, json: Json = False) -> None:
    """Is everything all right here? The health page, in the terminal."""
    from mailward.main import check as health  # noqa: PLC0415

    raise typer.Exit(health.check(_configuration(data, smtp, http), as_json=json))


@app.command("reload")
def reload_(data: Data = None, json: Json = False) -> None:
    """Have the running gateway load its certificates anew; a set with a fault in it changes nothing."""
    from mailward.main import certificates  # noqa: PLC0415

    raise typer.Exit(certificates.reload(_configuration(data, None, None), as_json=json))


@app.command("send")
def send_(
    path: Annotated[str, typer.Argument(metavar="MAIL", help="A mail, or - for standard input")],
    to: Annotated[list[str] | None, typer.Option(help="Recipient; may be repeated  [default: the mail's To]")] = None,
    sender: Annotated[str | None, typer.Option("--from", help="Envelope sender  [default: the mail's From]")] = None,
    smtp: Smtp = None,
    json: Json = False,
) -> None:
    """Send a mail to the gateway over SMTP and print what it answers."""
    from mailward.main import send as sending  # noqa: PLC0415

    configuration = _configuration(None, smtp, None)
    raise typer.Exit(sending.send(configuration.smtp, path, to=tuple(to or ()), sender=sender, as_json=json))


@app.command("notice")
def notice_(json: Json = False) -> None:
    """Print the data-collection notice: what each feature keeps, sends, and for how long."""
    from mailward.main import notice as printing  # noqa: PLC0415

    raise typer.Exit(printing.notice(as_json=json))


from mailward.main.commands.address import app as address  # noqa: E402 - after the application it joins
from mailward.main.commands.dmarc_report import app as dmarc_report  # noqa: E402
from mailward.main.commands.queue import app as queue  # noqa: E402
from mailward.main.commands.sender import app as sender  # noqa: E402
from mailward.main.commands.tls import app as tls  # noqa: E402
from mailward.main.commands.web_reputation import app as web_reputation  # noqa: E402

app.add_typer(address, name="address")
app.add_typer(queue, name="queue")
app.add_typer(sender, name="sender")
app.add_typer(tls, name="tls")
app.add_typer(web_reputation, name="web-reputation")
app.add_typer(dmarc_report, name="dmarc-report")


def main() -> None:
    """The console script. Errors are one line that says what to do."""
    try:
        app()
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _configuration(data: Path | None, smtp: str | None, http: str | None) -> "Configuration":
    from mailward.main import configuration  # noqa: PLC0415

    try:
        return configuration.from_environment(data=data, smtp=smtp, http=http)
    except configuration.BadAddress as exc:
        _fail(str(exc))


def _fail(sentence: str) -> NoReturn:
    typer.echo(f"mailward: {sentence}", err=True)
    raise typer.Exit(EXIT_USAGE)
