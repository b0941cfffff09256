# SPDX-License-Identifier: Apache-2.0
"""Canned answers from a zone file, so that the demo and the tests really compute SPF, DKIM and DMARC offline."""

import ipaddress
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import dns.exception
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer
import dns.zonefile

from mailward.contract.dns import DnsTrouble, MailExchange
from mailward.egress.dns.answer import Answer, Value, plain

Records = Mapping[str, Mapping[str, Iterable[Value]]]


class Zone:
    """A source of answers: `records` by name and kind ("TXT" "A" "AAAA" "MX" "PTR" "CNAME").

    A name exists if it or anything below it holds a record. Names in `trouble` answer with
    `DnsTrouble`. A name "*.example.test" answers for all below it that do not exist (RFC 4592).
    """

    def __init__(self, records: Records, *, trouble: Iterable[str] = ()) -> None:
        self._records = {
            name.removesuffix(".").lower(): {kind: tuple(values) for kind, values in kinds.items()}
            for name, kinds in records.items()
        }
        self._trouble = frozenset(name.removesuffix(".").lower() for name in trouble)
        self._names = {parent for name in self._records for parent in _parents(name)}

    @classmethod
    def from_text(cls, text: str) -> "Zone":
        """Read master-file text (RFC 1035, 5.1); $ORIGIN and $TTL may stand in it, and several
        domains may share it.

        Raises `ValueError` with the line at fault.
        """
        sets = dns.zonefile.RRSetsReaderManager()
        try:
            with sets.writer(True) as records_read:  # type: ignore[no-untyped-call]
                words = dns.tokenizer.Tokenizer(text, "zone file")
                known = ("$ORIGIN", "$TTL")
                dns.zonefile.Reader(
                    words, dns.rdataclass.IN, records_read, allow_directives=known, default_ttl=300
                ).read()
        except dns.exception.DNSException as error:
            raise ValueError(str(error)) from error
        records: dict[str, dict[str, list[Value]]] = {}
        for rrset in sets.rrsets:
            kind = dns.rdatatype.to_text(rrset.rdtype)
            if kind in ("TXT", "A", "AAAA", "MX", "PTR", "CNAME"):
                kinds = records.setdefault(plain(rrset.name.to_text()), {})
                kinds.setdefault(kind, []).extend(_value(kind, rdata) for rdata in rrset)
        return cls(records)

    @classmethod
    def from_file(cls, path: Path) -> "Zone":
        """`from_text` of a file."""
        return cls.from_text(path.read_text("utf-8"))

    async def fetch(self, name: str, kind: str) -> Answer:
        """The canned answer; names the file does not know do not exist."""
        if name in self._trouble:
            raise DnsTrouble(f"no answer about {name}")
        kinds = self._records.get(name)
        if kinds is None and name not in self._names:
            kinds = self._records.get(self._wildcard(name))
        if kinds is None:
            return Answer(exists=name in self._names)
        values = kinds.get(kind, ())
        if not values and "CNAME" in kinds:
            return Answer(alias=str(kinds["CNAME"][0]).removesuffix(".").lower())
        return Answer(tuple(values))

    async def close(self) -> None:
        """Nothing is open."""

    def _wildcard(self, name: str) -> str:
        """The wildcard that would answer: the one at the closest parent that exists."""
        for parent in list(_parents(name))[1:]:
            if parent in self._names:
                return f"*.{parent}"
        return "*"


def _parents(name: str) -> Iterable[str]:
    """The name itself and all above it."""
    labels = name.split(".")
    return (".".join(labels[start:]) for start in range(len(labels)))


def _value(kind: str, rdata: Any) -> Value:
    if kind == "TXT":
        return b"".join(rdata.strings)
    if kind == "MX":
        return MailExchange(rdata.preference, rdata.exchange.to_text().removesuffix(".").lower())
    if kind in ("A", "AAAA"):
        return str(ipaddress.ip_address(rdata.address))
    return str(rdata.target.to_text().removesuffix(".").lower())
