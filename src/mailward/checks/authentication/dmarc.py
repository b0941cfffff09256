# SPDX-License-Identifier: Apache-2.0
"""Whether what authenticated is what the reader sees (RFC 9989): tree walk, policy, alignment."""

import re
from functools import lru_cache

import msgspec

from mailward.checks.authentication.author import Author
from mailward.checks.authentication.names import is_below
from mailward.contract.authentication import MAX_RECORD_KEPT, DkimResult, DmarcResult, SpfResult
from mailward.contract.dns import DnsTrouble, Resolver

MAX_QUERIES = 8
"""Names asked in one tree walk (4.10)."""
MAX_TAGS = 100
MAX_RECORD = 16_384
RECORDS_REMEMBERED = 4000

_VERSION = re.compile(rb"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:[^\s,!]+", re.IGNORECASE)
_PERCENT = re.compile(r"(?:100|[0-9]{1,2})\Z")
"""pct= of RFC 7489, 6.3. RFC 9989 dropped the tag; whoever still publishes it still means it."""
_POLICIES = ("none", "quarantine", "reject")


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """One policy record. An empty policy is one that is not given; `applies` is False where the
    record asks for nothing that can be understood (4.7). `text` is what was published, cut and in ASCII."""

    applies: bool
    own: str
    subdomains: str
    missing: str
    strict_spf: bool
    strict_dkim: bool
    suffix: str
    testing: bool
    text: str
    percent: int = 100


class Walk(msgspec.Struct, frozen=True):
    """What a tree walk found, from the starting domain upwards."""

    start: str
    found: tuple[tuple[str, Policy], ...] = ()

    @property
    def organizational_domain(self) -> str:
        """The organizational domain of the start (4.10.2)."""
        for domain, policy in self.found:
            if policy.suffix == "n":
                return domain
            if policy.suffix == "y" and domain != self.start:
                labels = self.start.split(".")
                return ".".join(labels[-(domain.count(".") + 2) :])
        return self.found[-1][0] if self.found else self.start

    @property
    def decisive(self) -> tuple[str, Policy] | None:
        """The record that decides: the author domain's, the organizational domain's, or that of the
        public suffix (4.7)."""
        records = dict(self.found)
        for domain in (self.start, self.organizational_domain):
            if domain in records:
                return domain, records[domain]
        return next(((domain, policy) for domain, policy in self.found if policy.suffix == "y"), None)


async def walk(domain: str, resolver: Resolver) -> Walk:
    """Ask for policy records from `domain` up to the top label. Raises `DnsTrouble`."""
    found: list[tuple[str, Policy]] = []
    labels = domain.split(".")
    starts = [0, *range(max(1, len(labels) - MAX_QUERIES + 1), len(labels))]
    for start in starts:
        name = ".".join(labels[start:])
        policy = await _policy_at(name, resolver)
        if policy is not None:
            found.append((name, policy))
            if policy.suffix:
                break
    return Walk(domain, tuple(found))


async def verify(
    author: Author, *, spf: SpfResult, dkim: tuple[DkimResult, ...], resolver: Resolver, walked: Walk | None = None
) -> DmarcResult:
    """Evaluate DMARC for the author domain; `walked` is its tree walk if that was made already.

    Only SPF that passed, and DKIM that passed for the whole body, count.
    """
    if not author.domain:
        return DmarcResult(result="permerror", why=author.why)
    try:
        walked = walked or await walk(author.domain, resolver)
        decisive = walked.decisive
        if decisive is None or not decisive[1].applies:
            why = "the domain has no DMARC record" if decisive is None else "the DMARC record cannot be understood"
            return DmarcResult(domain=author.domain, organizational_domain=walked.organizational_domain, why=why)
        asked = await _asked(decisive, author.domain, resolver)
    except DnsTrouble:
        return DmarcResult(result="temperror", domain=author.domain, why="the DMARC record could not be fetched")
    alignment = _Alignment(walked, decisive[1], resolver)
    aligned, unsure = await alignment.of(spf, dkim)
    result = "pass" if aligned else "temperror" if unsure else "fail"
    return DmarcResult(
        result=result,
        domain=author.domain,
        organizational_domain=walked.organizational_domain,
        policy=asked,
        testing=decisive[1].testing,
        percent=decisive[1].percent,
        aligned=aligned,
        found_at=decisive[0],
        record=decisive[1].text,
        why={"pass": "", "temperror": "what could align could not be checked"}.get(
            result, f"neither SPF nor DKIM speaks for {author.domain}"
        ),
    )


class _Alignment:
    """Which of the authenticated domains belong to the author (4.4)."""

    def __init__(self, author: Walk, policy: Policy, resolver: Resolver) -> None:
        self._author = author
        self._policy = policy
        self._resolver = resolver
        self._known: dict[str, str] = {author.start: author.organizational_domain}

    async def of(self, spf: SpfResult, dkim: tuple[DkimResult, ...]) -> tuple[tuple[str, ...], bool]:
        """What aligned, of "spf" and "dkim"; and whether something that might have could not be told."""
        aligned, unsure = [], False
        candidates = [("spf", spf.result, spf.domain, self._policy.strict_spf)]
        candidates += [
            ("dkim", "none" if signature.partial else signature.result, signature.domain, self._policy.strict_dkim)
            for signature in dkim
        ]
        for kind, result, domain, strict in candidates:
            if result not in ("pass", "temperror") or kind in aligned:
                continue
            unsure = unsure or not domain
            try:
                if await self._aligns(domain, strict=strict):
                    if result == "pass":
                        aligned.append(kind)
                    unsure = unsure or result == "temperror"
            except DnsTrouble:
                unsure = True
        return tuple(aligned), unsure

    async def _aligns(self, domain: str, *, strict: bool) -> bool:
        if domain == self._author.start:
            return True
        organization = self._author.organizational_domain
        if strict or not domain or not is_below(domain, organization):
            return False
        if domain not in self._known:
            self._known[domain] = (await walk(domain, self._resolver)).organizational_domain
        return self._known[domain] == organization


async def _asked(decisive: tuple[str, Policy], domain: str, resolver: Resolver) -> str:
    """The policy that the record asks for mail of this domain (4.7)."""
    found_at, policy = decisive
    if found_at == domain:
        return policy.own
    if policy.missing and policy.missing != policy.subdomains and not await resolver.exists(domain):
        return policy.missing
    return policy.subdomains or policy.own


async def _policy_at(domain: str, resolver: Resolver) -> Policy | None:
    """The one policy record at a domain; several are as good as none (4.10)."""
    records = [record for record in await resolver.txt(f"_dmarc.{domain}") if _VERSION.match(record)]
    return read_policy(records[0]) if len(records) == 1 else None


@lru_cache(maxsize=RECORDS_REMEMBERED)
def read_policy(record: bytes) -> Policy:
    """Read a record that begins with its version; what is unknown or broken is as if absent (4.8)."""
    listed: dict[str, str] = {}
    for piece in record[:MAX_RECORD].decode("latin-1").split(";", MAX_TAGS)[:MAX_TAGS]:
        name, equals, value = piece.partition("=")
        if equals:
            listed.setdefault(name.strip().lower(), value.strip())
    asked = {name: listed.get(name, "").lower() for name in ("p", "sp", "np")}
    sound = asked["p"] in _POLICIES and all(value in _POLICIES for value in asked.values() if value)
    if not sound:
        asked = {"p": "none", "sp": "", "np": ""}
    suffix = listed.get("psd", "u").lower()
    return Policy(
        applies=sound or any(_ADDRESS.match(uri.strip()) for uri in listed.get("rua", "").split(",")),
        own=asked["p"],
        subdomains=asked["sp"],
        missing=asked["np"],
        strict_spf=listed.get("aspf", "r").lower() == "s",
        strict_dkim=listed.get("adkim", "r").lower() == "s",
        suffix=suffix if suffix in ("y", "n") else "",
        testing=listed.get("t", "n").lower() == "y",
        percent=int(listed["pct"]) if _PERCENT.match(listed.get("pct", "")) else 100,
        text=record[:MAX_RECORD_KEPT].decode("ascii", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}"),
    )
