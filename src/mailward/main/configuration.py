# SPDX-License-Identifier: Apache-2.0
"""Where this process keeps its data and which addresses it uses: environment first, flags win."""

import ipaddress
import os
import socket
from dataclasses import dataclass, field
from pathlib import Path

from mailward.contract.gateway import Gateway
from mailward.edge.limits import MEBIBYTE, Limits

DEFAULT_DATA = Path(".mailward")
LARGEST_MAIL = 150 * MEBIBYTE
"""What the largest size limit of a domain allows; each domain has its own, which is 50 MB at first."""


def _path(text: str | None) -> Path | None:
    return Path(text).absolute() if text else None


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(word) for word in text.split())
    except ValueError as exc:
        raise BadAddress(f"MAILWARD_MX_INSIDE: {exc}; write networks such as 10.0.0.0/8") from exc


def _paths(text: str) -> tuple[Path, ...]:
    return tuple(Path(word).absolute() for word in text.split(os.pathsep) if word)


def _version(text: str) -> str:
    if text not in ("1.2", "1.3"):
        raise BadAddress(f"MAILWARD_TLS_MINIMUM is 1.2 or 1.3, not {text!r}")
    return text


class BadAddress(ValueError):  # noqa: N818 - reads better where it is caught
    """HOST:PORT was expected. The text says what came instead."""


@dataclass(frozen=True)
class Address:
    """A host and a port to listen on or to connect to; port 0 means any free one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """From "host:port" or "[v6]:port".

        Raises:
            BadAddress
        """
        host, colon, port = text.rpartition(":")
        if not colon or not host or not port.isdecimal() or int(port) > 65535:  # noqa: PLR2004 - the largest port
            raise BadAddress(f"{text!r} is not HOST:PORT, such as 127.0.0.1:2525")
        return cls(host.strip("[]"), int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """What the operator decided about this node. `name_servers` are asked instead of the system's; `proxies`
    must announce the true peer by the PROXY protocol; `geoip` is a country file in MaxMind's format;
    `clouds` describes the addresses of clouds from which many organizations send; `web_list_folder` holds
    the lists of web addresses, `web_lists` below `data` if not named; `spf` is the SPF term under
    which receivers accept our mail, made of the host name if empty; `mail_exchanges` are the names that MX
    records may give us, `hostname` alone if empty; `mx_inside` are private networks in which mail exchangers of
    others may live, `mx_port` and `https_port` are for laboratories. `dns_validates` says that the name servers
    check DNSSEC and that the way to them is safe, which DANE needs."""

    data: Path = DEFAULT_DATA
    smtp: Address = Address("127.0.0.1", 2525)
    http: Address = Address("127.0.0.1", 8080)
    hostname: str = ""
    mail_exchanges: tuple[str, ...] = ()
    database_url: str | None = None
    smtp_processes: int = 1
    scan_workers: int = 2
    limits: Limits = field(default_factory=Limits)
    certificates: tuple[Path, ...] = ()
    certificate_keys: tuple[Path, ...] = ()
    tls_minimum: str = "1.2"
    name_servers: tuple[Address, ...] = ()
    proxies: tuple[str, ...] = ()
    geoip: Path | None = None
    clouds: Path | None = None
    web_list_folder: Path | None = None
    spf: str = ""
    mx_inside: tuple[Network, ...] = ()
    mx_port: int = 25
    dns_validates: bool = False
    https_port: int = 443
    ready_file: Path | None = None
    log_level: str = "INFO"

    @property
    def gateway(self) -> Gateway:
        """Who we are to the world."""
        names = self.mail_exchanges or (self.hostname,)
        exchanges = tuple(name.lower().removesuffix(".") for name in names if name)
        return Gateway(hostname=self.hostname, mail_exchanges=exchanges, spf=self.spf)

    @property
    def database_directory(self) -> Path:
        """Where the embedded PostgreSQL lives."""
        return self.data / "postgres"

    @property
    def bodies(self) -> Path:
        """Where mail bodies lie."""
        return self.data / "bodies"

    @property
    def master_key(self) -> Path:
        """The master key's file."""
        return self.data / "keys" / "master.key"

    @property
    def web_lists(self) -> Path:
        """Where the lists of web addresses lie, which all processes of this node share."""
        return self.web_list_folder or self.data / "web_lists"

    @property
    def spool(self) -> Path:
        """Where large mails lie while they are being received."""
        return self.data / "spool"

    @property
    def scan_socket(self) -> Path:
        """Where the scan workers listen."""
        return self.data / "run" / "scan.sock"


def from_environment(*, data: Path | None, smtp: str | None, http: str | None) -> Configuration:
    """The configuration; a flag that is given wins over its variable.

    Raises:
        BadAddress
    """
    cores = os.cpu_count() or 1
    environment = os.environ.get
    certificates, keys = (
        _paths(environment("MAILWARD_TLS_CERTIFICATE", "")),
        _paths(environment("MAILWARD_TLS_KEY", "")),
    )
    if len(certificates) != len(keys):
        raise BadAddress("MAILWARD_TLS_CERTIFICATE and MAILWARD_TLS_KEY must name as many files, with ':' between them")
    return Configuration(
        data=(data or Path(environment("MAILWARD_DATA", str(DEFAULT_DATA)))).absolute(),
        smtp=Address.parse(smtp or environment("MAILWARD_SMTP", "127.0.0.1:2525")),
        http=Address.parse(http or environment("MAILWARD_HTTP", "127.0.0.1:8080")),
        hostname=environment("MAILWARD_HOSTNAME", "") or socket.getfqdn() or "localhost",
        mail_exchanges=tuple(environment("MAILWARD_MAIL_EXCHANGES", "").split()),
        database_url=environment("MAILWARD_DATABASE_URL") or None,
        smtp_processes=int(environment("MAILWARD_SMTP_PROCESSES", str(max(1, cores // 2)))),
        scan_workers=int(environment("MAILWARD_SCAN_WORKERS", str(cores))),
        limits=Limits(
            size=LARGEST_MAIL,
            connections_per_address=int(environment("MAILWARD_CONNECTIONS_PER_ADDRESS", "50")),
        ),
        certificates=certificates,
        certificate_keys=keys,
        tls_minimum=_version(environment("MAILWARD_TLS_MINIMUM", "1.2")),
        name_servers=tuple(Address.parse(word) for word in environment("MAILWARD_NAME_SERVERS", "").split()),
        proxies=tuple(environment("MAILWARD_PROXIES", "").split()),
        geoip=_path(environment("MAILWARD_GEOIP")),
        clouds=_path(environment("MAILWARD_CLOUDS")),
        web_list_folder=_path(environment("MAILWARD_WEB_LISTS")),
        spf=environment("MAILWARD_SPF", ""),
        mx_inside=_networks(environment("MAILWARD_MX_INSIDE", "")),
        mx_port=int(environment("MAILWARD_MX_PORT", "25")),
        https_port=int(environment("MAILWARD_HTTPS_PORT", "443")),
        dns_validates=environment("MAILWARD_DNS_VALIDATES", "") in ("1", "yes", "true"),
        ready_file=_path(environment("MAILWARD_READY_FILE")),
        log_level=environment("MAILWARD_LOG_LEVEL", "INFO"),
    )
