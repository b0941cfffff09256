# SPDX-License-Identifier: Apache-2.0
"""Which TLSA records of a mail server can be used, and where they stand (RFC 7672, 7671).

Only what DNSSEC vouches for counts: an answer that could be forged would let anybody name the
certificate that he holds.
"""

from collections.abc import Iterable
from itertools import islice

from mailward.contract.dns import Resolver, Secured, Tlsa

DANE_TA, DANE_EE = 2, 3
FULL, SHA_256, SHA_512 = 0, 1, 2
CERTIFICATE, PUBLIC_KEY = 0, 1
MAX_RECORDS = 32
"""TLSA records read of one server."""
_LENGTHS = {SHA_256: 32, SHA_512: 64}


async def records_of(host: str, port: int, resolver: Resolver) -> Secured:
    """The TLSA records of a server. Not secure where its address is not, since then they are not even asked
    for: name servers of unsigned zones may fail at the question (RFC 7672, 2.2.2).

    Raises:
        DnsTrouble: nothing is known, and the server must not be used for now (RFC 7672, 2.1.1).
    """
    if not await resolver.is_secure(host, "A") and not await resolver.is_secure(host, "AAAA"):
        return Secured()
    return await resolver.tlsa(f"_{port}._tcp.{host}")


def usable(records: Iterable[Tlsa]) -> tuple[Tlsa, ...]:
    """The records that can vouch for a mail server: usages 2 and 3 alone (RFC 7672, 3.1.3), of forms that we
    know and whole; of several digests of the same thing only the strongest (RFC 7671, 9)."""
    found = [record for record in islice(records, MAX_RECORDS) if _is_whole(record)]
    strongest: dict[tuple[int, int], int] = {}
    for record in found:
        kind = (record.usage, record.selector)
        strongest[kind] = max(strongest.get(kind, FULL), record.matching)
    return tuple(record for record in found if record.matching in (FULL, strongest[record.usage, record.selector]))


def _is_whole(record: Tlsa) -> bool:
    if record.usage not in (DANE_TA, DANE_EE) or record.selector not in (CERTIFICATE, PUBLIC_KEY):
        return False
    if record.matching == FULL:
        return bool(record.data)
    return len(record.data) == _LENGTHS.get(record.matching)
