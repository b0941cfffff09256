# SPDX-License-Identifier: Apache-2.0
"""`mailward run`, `init` and `demo`: bring the node up in order, keep it up, take it down in order."""

import asyncio
import csv
import fcntl
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import structlog

from mailward.control.directory_import.service import ValidRecipient
from mailward.control.domains.service import DomainTaken
from mailward.control.profile.service import AccountExists
from mailward.engines.scanning.service import CannotStart, Pool, open_pool
from mailward.kit import log as logging
from mailward.kit.database.embedded import DatabaseWillNotStart, EmbeddedServer
from mailward.main import wiring
from mailward.main.configuration import Address, BadAddress, Configuration
from mailward.main.demo import running
from mailward.main.demo.greeting import greet
from mailward.main.demo.keys import SenderKeys
from mailward.main.demo.running import State, Welcome
from mailward.main.initialize import NewOrganization, create_organization
from mailward.main.listening import CannotRun, bind_at, bind_near, port_or_any
from mailward.main.node import open_node
from mailward.main.supervisor import Child, DidNotStart, Supervisor

log = structlog.get_logger()

ROLES = ("all", "smtp", "worker", "web")
EXIT_OK, EXIT_USAGE, EXIT_UNAVAILABLE = 0, 2, 69


@dataclass
class House:
    """What a running supervisor holds: sockets, the database, the scan workers, the children."""

    configuration: Configuration
    url: str
    server: EmbeddedServer | None
    sockets: dict[str, socket.socket] = field(default_factory=dict)
    pool: Pool | None = None
    supervisor: Supervisor = field(init=False)

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(reaped=self._reaped, tick=self._tick)

    def start(
        self,
        name: str,
        work: Callable[[wiring.Ready], None],
        *,
        holds: str = "",
        once: bool = False,
        reloads: bool = False,
    ) -> None:
        """Start a child, which holds the socket `holds` and no other: a port is free again when its own process has
        closed it, whatever the others are still finishing."""

        def alone(ready: wiring.Ready) -> None:
            if self.pool is not None:
                self.pool.forget()
            for other, held in self.sockets.items():
                if other != holds:
                    held.close()
            work(ready)

        self.supervisor.start(Child(name, alone, once=once, reloads=reloads))

    def _reaped(self, pid: int, status: int) -> None:
        if self.pool is not None:
            self.pool.reaped(pid, status)

    def _tick(self) -> None:
        """The embedded database is watched here: it may be another process's child."""
        if self.server is not None:
            try:
                self.server.look_after()
            except DatabaseWillNotStart as exc:
                log.warning("database.will_not_start", why=str(exc))


def run(configuration: Configuration, *, role: str, as_json: bool) -> int:
    """Run the gateway, or one role of it, until SIGTERM."""

    def serve(house: House) -> None:
        roles = ROLES[1:] if role == "all" else (role,)
        start_roles(house, roles)
        report = {"smtp": _bound(house, "smtp"), "http": _web_address(house)}
        _announce(configuration, {key: value for key, value in report.items() if value}, as_json=as_json)
        house.supervisor.watch()

    return in_house(configuration, serve, as_json=as_json)


def demo(configuration: Configuration, *, again: bool, as_json: bool) -> int:
    """Run a node with an organization, a server behind it, canned DNS, and mail that arrives."""
    folder = configuration.data / "demo"
    configuration = replace(configuration, mail_exchanges=running.MAIL_EXCHANGES)

    def serve(house: House) -> None:
        state = State.kept(folder)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port_or_any(state.protected_port)))
            port = probe.getsockname()[1]
        state = msgspec.structs.replace(state, protected_port=port)
        state.keep(folder)
        keys = SenderKeys.kept(folder / "keys")
        in_child(lambda: asyncio.run(running.prepare(configuration, house.url, state)))
        house.start("protected-server", lambda ready: running.keep_protected_server(folder, port, ready))
        start_roles(house, ROLES[1:], zone=running.canned_dns(keys), demo=True)
        smtp = house.sockets["smtp"].getsockname()[:2]
        house.start(
            "specimens", lambda ready: running.send_specimens(smtp, folder, keys, ready, again=again), once=True
        )
        http = _web_address(house)
        assert http is not None
        welcome = msgspec.convert(
            in_child(lambda: msgspec.to_builtins(asyncio.run(running.welcome(configuration, house.url, http)))), Welcome
        )
        report = {
            "smtp": _bound(house, "smtp"),
            "http": http,
            "admin": {"email": running.ADMINISTRATOR, "password": state.password},
            "sign_in": welcome.sign_in,
            "protected_server": f"127.0.0.1:{port}",
        }
        _announce(configuration, report, as_json=as_json, told=lambda: greet(report, welcome, folder))
        house.supervisor.watch()

    return in_house(configuration, serve, as_json=as_json)


def init(
    configuration: Configuration, *, organization: str, domain: str, next_hop: str, admin: str, password: str,
    recipients: Path | None, as_json: bool,
) -> int:  # fmt: skip
    """Make an organization on this node's database, which need not be running."""
    try:
        hop = Address.parse(next_hop)
        people = tuple(_read_people(recipients)) if recipients else ()
    except (BadAddress, OSError, UnicodeDecodeError) as exc:
        return _say(str(exc), EXIT_USAGE)
    new = NewOrganization(
        name=organization, domain=domain, next_hop_host=hop.host, next_hop_port=hop.port,
        admin_email=admin, admin_password=password, recipients=people,
    )  # fmt: skip

    def create(house: House) -> None:
        identifier = in_child(lambda: asyncio.run(_create(house, new)))
        if as_json:
            print(msgspec.json.encode({"organization": identifier}).decode())  # noqa: T201 - the command's output
        else:
            print(f"{organization} protects {domain}; start it with: mailward run --data {configuration.data}")  # noqa: T201

    return in_house(configuration, create, as_json=as_json)


async def _create(house: House, new: NewOrganization) -> str:
    async with open_node(house.configuration, house.url) as node:
        try:
            return str(await create_organization(node, new))
        except DomainTaken as exc:
            raise CannotRun(f"the domain {exc} is protected already") from exc
        except ValueError as exc:
            raise CannotRun(str(exc)) from exc
        except AccountExists as exc:
            raise CannotRun(f"there is an account {exc} already") from exc


def start_roles(
    house: House, roles: tuple[str, ...], *, zone: wiring.DnsSource = wiring.system_dns, demo: bool = False
) -> None:
    """Bind, load the engines, and start the processes of these roles."""
    configuration = house.configuration
    bind = bind_near if demo else bind_at
    if "smtp" in roles:
        house.sockets["smtp"] = bind(configuration.smtp)
    if "web" in roles:
        house.sockets["http"] = bind(configuration.http)
    configuration.scan_socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    house.pool = open_pool(workers=configuration.scan_workers, address=str(configuration.scan_socket))
    house.pool.fill()
    if "smtp" in roles:

        def smtp(ready: wiring.Ready) -> None:
            wiring.smtp(configuration, house.url, house.sockets["smtp"], zone, ready)

        for number in range(configuration.smtp_processes):
            house.start(f"smtp-{number + 1}", smtp, holds="smtp", reloads=True)
    if "worker" in roles:
        house.start("worker", lambda ready: wiring.worker(configuration, house.url, zone, ready))
    if "web" in roles:
        context = wiring.WebContext(smtp=_bound(house, "smtp"), dns=zone, demo=demo)
        listener = house.sockets["http"]
        house.start("web", lambda ready: wiring.web(configuration, house.url, listener, context, ready), holds="http")


def in_child(work: Callable[[], Any]) -> Any:
    """Do something in a child, so that this process stays single-threaded; its answer, or its `CannotRun`."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            answer = {"answer": work()}
        except CannotRun as exc:
            answer = {"error": str(exc)}
        except BaseException as exc:
            log.exception("start.failed")
            answer = {"error": f"{type(exc).__name__}: {exc}"}
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(msgspec.json.encode(answer))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        raw = pipe.read()
    os.waitpid(pid, 0)
    answer = msgspec.json.decode(raw) if raw else {"error": "a starting process died without a word"}
    if "error" in answer:
        raise CannotRun(answer["error"])
    return answer["answer"]


def in_house(configuration: Configuration, work: Callable[[House], None], *, as_json: bool) -> int:
    """Database up, schema current, then `work`; then everything down again, whatever happened."""
    logging.configure(level=configuration.log_level, human=sys.stderr.isatty() and not as_json)
    _end_in_order()
    try:
        with _alone(configuration.data), _database(configuration) as (url, server):
            house = House(configuration, url, server)
            try:
                in_child(lambda: _migrate(url))
                work(house)
            finally:
                house.supervisor.stop()
                if house.pool is not None:
                    house.pool.close()
    except (CannotRun, DatabaseWillNotStart, DidNotStart, CannotStart) as exc:
        return _say(str(exc), EXIT_UNAVAILABLE)
    return EXIT_OK


def _end_in_order() -> None:
    """Whoever asks us to end while we are still starting is obeyed too, and nothing stays behind running."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)


def _end(number: int, _: object) -> NoReturn:
    raise SystemExit(128 + number)


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """One supervisor per data directory. Children do not share the lock: when the supervisor dies,
    another may start at once, while the orphans finish."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            raise CannotRun(f"another mailward runs on {data}; stop it, or name another --data folder") from exc
        os.register_at_fork(after_in_child=file.close)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def _database(configuration: Configuration) -> Iterator[tuple[str, EmbeddedServer | None]]:
    if configuration.database_url:
        yield configuration.database_url, None
        return
    server = EmbeddedServer(configuration.database_directory)
    try:
        server.start()
        yield server.url, server
    finally:
        server.stop()


def _bound(house: House, name: str) -> str | None:
    if name not in house.sockets:
        return None
    host, port = house.sockets[name].getsockname()[:2]
    return str(Address(host, port))


def _web_address(house: House) -> str | None:
    bound = _bound(house, "http")
    return f"http://{bound}" if bound else None


def _announce(
    configuration: Configuration, report: dict[str, Any], *, as_json: bool, told: Callable[[], None] | None = None
) -> None:
    """Say that everything serves: in the file that was asked for, and to whoever watches."""
    text = msgspec.json.encode(report)
    if configuration.ready_file is not None:
        temporary = configuration.ready_file.with_suffix(".new")
        temporary.write_bytes(text)
        temporary.replace(configuration.ready_file)
    if as_json:
        print(text.decode(), flush=True)  # noqa: T201 - the command's output
    elif told is not None:
        told()
    else:
        for name, value in report.items():
            print(f"{name:>5}  {value}", flush=True)  # noqa: T201


def _read_people(path: Path) -> Iterator[ValidRecipient]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        for row in csv.reader(file):
            if row and "@" in row[0]:
                yield ValidRecipient(row[0].strip(), row[1].strip() if len(row) > 1 else "")


def _say(sentence: str, status: int) -> int:
    print(f"mailward: {sentence}", file=sys.stderr)  # noqa: T201 - the command's output
    return status


def _migrate(url: str) -> None:
    from mailward.main.migrations import migrate  # noqa: PLC0415 - in the child only: it brings an ORM along

    asyncio.run(migrate(url))
