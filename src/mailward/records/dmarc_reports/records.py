# SPDX-License-Identifier: Apache-2.0
"""The DMARC records of our domains as they should be and as they are, so that reports come to us at all."""

import asyncio
import re
from collections.abc import Sequence

from mailward.contract.dns import DnsTrouble, Resolver
from mailward.records.dmarc_reports.sending.destinations import destinations_of, organizational
from mailward.records.dmarc_reports.shapes import DmarcRecord, RecordState

MAX_DOMAINS = 200
MAX_FOUND = 5
MAX_TEXT = 1000

_VERSION = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_POLICY = re.compile(r"(?:^|;)\s*p\s*=\s*([A-Za-z]+)", re.IGNORECASE)
_OLD_TAG = re.compile(r"(?:^|;)\s*(pct|rf|ri)\s*=", re.IGNORECASE)
_RUA = re.compile(r"((?:^|;)\s*rua\s*=\s*)([^;]*)", re.IGNORECASE)


async def records_of(domains: Sequence[str], address: str, resolver: Resolver) -> list[DmarcRecord]:
    """The record of each domain, and behind them those by which the address's domain agrees to reports about others."""
    asked = domains[:MAX_DOMAINS]
    found = await asyncio.gather(*(_policy(domain, address, resolver) for domain in asked))
    host = address.rpartition("@")[2].lower()
    others = [domain for domain in asked if host and organizational(domain) != organizational(host)]
    return [*found, *await asyncio.gather(*(_agreement(domain, host, resolver) for domain in others))]


async def _policy(domain: str, address: str, resolver: Resolver) -> DmarcRecord:
    name = f"_dmarc.{domain}"
    try:
        texts = await _texts(name, resolver)
    except DnsTrouble:
        return DmarcRecord(
            domain=domain, name=name, purpose="policy", expected=_fresh(address), found=[], state=RecordState.UNKNOWN,
            notes=[],
        )  # fmt: skip
    records = [text for text in texts if _VERSION.match(text)]
    state, notes = _judge(records, address)
    expected = with_address(records[0], address) if len(records) == 1 else _fresh(address)
    return DmarcRecord(
        domain=domain, name=name, purpose="policy", expected=expected, found=records[:MAX_FOUND], state=state,
        notes=notes,
    )  # fmt: skip


def _judge(records: Sequence[str], address: str) -> tuple[RecordState, list[str]]:
    if not records:
        return RecordState.MISSING, []
    if len(records) > 1:
        return RecordState.DIFFERS, ["several"]
    notes = []
    policy = _POLICY.search(records[0])
    if policy is None or policy[1].lower() not in ("none", "quarantine", "reject"):
        notes.append("no_policy")
    wanted = [destination.address.lower() for destination in destinations_of(records[0])]
    if not wanted or (address and address.lower() not in wanted):
        notes.append("no_address")
    state = RecordState.DIFFERS if notes else RecordState.OK
    return state, [*notes, *(["old_tags"] if _OLD_TAG.search(records[0]) else [])]


def with_address(record: str, address: str) -> str:
    """A record as it is, with our address among those that get reports, and a policy if it had none."""
    record = record.strip().rstrip("; ")
    if not _POLICY.search(record):
        head, _, rest = record.partition(";")
        record = f"{head}; p=none;{rest}" if rest.strip() else f"{head}; p=none"
    if not address or address.lower() in {one.address.lower() for one in destinations_of(record)}:
        return record
    if _RUA.search(record):
        return _RUA.sub(lambda match: f"{match[1]}{match[2].strip().rstrip(',')},mailto:{address}", record, count=1)
    return f"{record}; rua=mailto:{address}"


def _fresh(address: str) -> str:
    return f"v=DMARC1; p=none; rua=mailto:{address}" if address else "v=DMARC1; p=none"


async def _agreement(domain: str, host: str, resolver: Resolver) -> DmarcRecord:
    """Without this record, nobody sends reports about `domain` to an address at `host` (RFC 9990, 4)."""
    name = f"{domain}._report._dmarc.{host}"
    try:
        records = [text for text in await _texts(name, resolver) if _VERSION.match(text)]
    except DnsTrouble:
        records, state = [], RecordState.UNKNOWN
    else:
        state = RecordState.OK if records else RecordState.MISSING
    return DmarcRecord(
        domain=domain, name=name, purpose="agreement", expected="v=DMARC1;", found=records[:MAX_FOUND], state=state,
        notes=[],
    )  # fmt: skip


async def _texts(name: str, resolver: Resolver) -> list[str]:
    return [text[:MAX_TEXT].decode("ascii", "replace") for text in await resolver.txt(name)]
