# SPDX-License-Identifier: Apache-2.0
"""The outcome of sender authentication, evaluated once on the original bytes (RFC 8601 words)."""

import msgspec

MAX_RECORD_KEPT = 512


class SpfResult(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 7208: `result` is none, neutral, pass, fail, softfail, temperror or permerror.
    `domain` is the domain that was asked; `scope` is "mfrom" or "helo"; `why` explains."""

    result: str = "none"
    domain: str = ""
    scope: str = "mfrom"
    why: str = ""


class DkimResult(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 6376 and 8463, one per signature examined: `result` is pass, fail, neutral, policy,
    temperror or permerror. `partial` if `l=` left a part of the body unsigned: no credit then."""

    result: str
    domain: str = ""
    selector: str = ""
    algorithm: str = ""
    bits: int = 0
    partial: bool = False
    why: str = ""


class DmarcResult(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9989: `result` is none, pass, fail, temperror or permerror; `policy` is what the domain
    owner asks for ("none", "quarantine", "reject" or empty), for `percent` of its mail (RFC 7489's pct,
    which many records still carry); `aligned` names what aligned. `found_at` is the domain whose `record`
    decided (at most `MAX_RECORD_KEPT` characters of it)."""

    result: str = "none"
    domain: str = ""
    organizational_domain: str = ""
    policy: str = ""
    testing: bool = False
    percent: int = 100
    aligned: tuple[str, ...] = ()
    found_at: str = ""
    record: str = ""
    why: str = ""


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """What one sealer says it saw: its DMARC result ("" if it says none, or not plainly) and for whom."""

    dmarc: str = ""
    author: str = ""


class ArcResult(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 8617: `result` is none, pass or fail, or temperror where a key could not be fetched;
    `sealers` from the first to the last set, and in the same order what each of a whole chain saw."""

    result: str = "none"
    sealers: tuple[str, ...] = ()
    seen: tuple[Sealed, ...] = ()
    why: str = ""


class Authentication(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `evaluated` is False where there was no connection to judge, as in `mailward scan`. `vouched` if
    nothing was asked, since a server brought the mail that the organization of its author registered."""

    evaluated: bool = False
    spf: SpfResult = SpfResult()
    dkim: tuple[DkimResult, ...] = ()
    dmarc: DmarcResult = DmarcResult()
    arc: ArcResult = ArcResult()
    vouched: bool = False
