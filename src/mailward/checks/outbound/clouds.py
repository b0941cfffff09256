# SPDX-License-Identifier: Apache-2.0
"""Clouds from whose addresses many organizations send, as a file of the operator's describes them.

An address in a cloud says nothing about who sends, whoever registered it: it needs a proof beside it.
The file is TOML, one table for each cloud:

    [office]
    title = "Office cloud"
    networks = ["192.0.2.0/24", "2001:db8::/40"]
    header = "X-Tenant-Id"      # optional: the field in which the cloud names its customer
"""

import tomllib
from collections.abc import Mapping  # noqa: TC003 - as everywhere, imported plainly
from pathlib import Path
from typing import Annotated

import msgspec
import structlog

from mailward.checks.outbound.shapes import Cloud
from mailward.kit.networks import Address, Network, NetworkSet, read_network

log = structlog.get_logger()

MAX_CLOUDS = 100
MAX_NETWORKS = 10_000
MAX_BYTES = 4 * 1024 * 1024


class BadCloudFile(ValueError):  # noqa: N818 - reads better where it is caught
    """The file cannot be used. The text says where it is wrong."""


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: Annotated[str, msgspec.Meta(max_length=100)] = ""
    networks: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=MAX_NETWORKS)]
    header: Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[!-9;-~]*$")] = ""


class Clouds:
    """The clouds of a node. `path` is None where the operator names no file. The file is read again when it
    changed; one that became unreadable leaves what was known."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._stamp = 0
        self.described: tuple[Cloud, ...] = ()
        self._networks: Mapping[str, NetworkSet] = {}
        self._every: tuple[Network, ...] = ()
        self._all = NetworkSet()
        self.fault = ""

    def refresh(self) -> None:
        """Read the file if it is not the one that was read last. Raises nothing; `fault` says what is wrong."""
        if self._path is None:
            return
        try:
            stamp = self._path.stat().st_mtime_ns
            if stamp == self._stamp:
                return
            entries = _read(self._path)
        except (OSError, BadCloudFile) as exc:
            if str(exc) != self.fault:
                self.fault = str(exc)
                log.error("outbound.bad_cloud_file", why=self.fault)  # noqa: TRY400 - the sentence says it all
            return
        self._stamp, self.fault = stamp, ""
        self.described = tuple(
            Cloud(name=name, title=entry.title or name, networks=len(entry.networks), header=entry.header)
            for name, entry in entries.items()
        )
        parsed = {name: [read_network(text) for text in entry.networks] for name, entry in entries.items()}
        self._networks = {name: NetworkSet(networks) for name, networks in parsed.items()}
        self._every = tuple(network for networks in parsed.values() for network in networks)
        self._all = NetworkSet(self._every)

    def covers(self, cloud: str, address: Address) -> bool:
        """Whether the address is one of this cloud's."""
        return cloud in self._networks and address in self._networks[cloud]

    def is_shared(self, address: Address) -> bool:
        """Whether the address is in any cloud."""
        return address in self._all

    def touches(self, network: Network) -> bool:
        """Whether any address of the network is in any cloud."""
        return any(network.version == other.version and network.overlaps(other) for other in self._every)


def _read(path: Path) -> dict[str, _Entry]:
    raw = path.read_bytes()
    if len(raw) > MAX_BYTES:
        raise BadCloudFile(f"{path} is larger than {MAX_BYTES} bytes")
    try:
        entries = msgspec.convert(tomllib.loads(raw.decode()), dict[str, _Entry])
        for entry in entries.values():
            for network in entry.networks:
                read_network(network)
    except (ValueError, msgspec.ValidationError) as exc:
        raise BadCloudFile(f"{path} cannot be used: {exc}") from exc
    if len(entries) > MAX_CLOUDS:
        raise BadCloudFile(f"{path} describes more than {MAX_CLOUDS} clouds")
    return entries
