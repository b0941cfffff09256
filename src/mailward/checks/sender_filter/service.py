# SPDX-License-Identifier: Apache-2.0
"""How a sender stands with a recipient, what an approval is worth, and whether the sender could be answered.

A name on an envelope proves nothing. Unless its entry says otherwise, an approval counts only where
authentication proves the domain; a block always counts.
"""

from collections.abc import Callable, Iterable, Sequence

import asyncpg

from mailward.checks.sender_filter import store
from mailward.checks.sender_filter.answers import blocked, short
from mailward.checks.sender_filter.compiled import Members, SenderLists, Standing
from mailward.checks.sender_filter.entries import SenderEntries
from mailward.checks.sender_filter.explanation import SenderQuestion
from mailward.checks.sender_filter.outcome import SPAM_FAMILY, Approval, authors, marked, spare
from mailward.checks.sender_filter.patterns import plain_domain
from mailward.checks.sender_filter.settings import SenderFilterSettings, Skippable
from mailward.checks.sender_filter.shapes import SenderList
from mailward.contract.dns import DnsTrouble, Resolver
from mailward.contract.reply import PermFail, Refused, TempFail
from mailward.policy.snapshot import OrganizationPolicy

__all__ = [
    "SPAM_FAMILY",
    "Approval",
    "SenderEntries",
    "SenderQuestion",
    "Skippable",
    "Standing",
    "approval",
    "authors",
    "blocked",
    "blocked_author",
    "compile_lists",
    "domain_objection",
    "marked",
    "settings_of",
    "spare",
    "standing",
]

FEATURE_NAME = "sender_filter"


async def compile_lists(connection: asyncpg.Connection, settings: SenderFilterSettings) -> SenderLists:
    """The lists of the organization that the connection is scoped to."""
    del settings  # the lists do not depend on them
    blocked: list[tuple[str, str]] = []
    approved: list[tuple[str, str]] = []
    unproved: list[tuple[str, str]] = []
    async for which, target, pattern, unauthenticated in store.every(connection):
        (blocked if which == SenderList.BLOCKED else approved).append((target, pattern))
        if unauthenticated:
            unproved.append((target, pattern))
    return SenderLists(blocked=Members(blocked), approved=Members(approved), unproved=Members(unproved))


def settings_of(policy: OrganizationPolicy) -> SenderFilterSettings:
    """This room's settings of an organization."""
    settings = policy.settings[FEATURE_NAME]
    assert isinstance(settings, SenderFilterSettings)
    return settings


def standing(policy: OrganizationPolicy, sender: str, recipient: str) -> Standing:
    """How an address, from the envelope or from From, stands with a recipient."""
    lists = policy.compiled[FEATURE_NAME]
    assert isinstance(lists, SenderLists)
    return lists.standing(sender, recipient) if settings_of(policy).enabled else Standing.UNKNOWN


def blocked_author(policy: OrganizationPolicy, authors: Iterable[str], recipient: str) -> str:
    """The first address of From that the recipient blocks, or ""."""
    if not settings_of(policy).match_header:
        return ""
    return next((author for author in authors if standing(policy, author, recipient) is Standing.BLOCKED), "")


def approval(
    policy: OrganizationPolicy, *, sender: str, authors: Sequence[str], recipient: str, proved: Callable[[str], bool]
) -> Approval | None:
    """What a recipient's approval of a mail that is here is worth. Of From it counts only if it names one
    author. `proved(address)` says whether authentication proves the address."""
    settings = settings_of(policy)
    by = [("envelope-sender", sender)]
    if settings.match_header and len(authors) == 1:
        by.append(("header-sender", authors[0]))
    for how, address in by:
        found = standing(policy, address, recipient)
        if found is Standing.APPROVED_UNPROVED or (found is Standing.APPROVED and proved(address)):
            return Approval(how, frozenset(skip.value for skip in settings.skips), marked=settings.mark_approved)
    return None


async def domain_objection(policy: OrganizationPolicy, sender: str, resolver: Resolver) -> Refused | None:
    """What is against the domain of an envelope sender: it must have mail servers or an address."""
    domain = sender.rpartition("@")[2]
    if not settings_of(policy).unknown_sender_domain or not sender or domain.startswith("["):
        return None
    name = plain_domain(domain)
    if not name:
        return PermFail(550, "5.1.8", f"{short(domain)} is no domain; we could not answer your mail")
    try:
        exchanges = await resolver.mx(name)
        if exchanges:
            return None if any(exchange.host for exchange in exchanges) else _null(name)
        if await resolver.a(name) or await resolver.aaaa(name):
            return None
        why = "has neither mail servers nor addresses" if await resolver.exists(name) else "does not exist"
    except DnsTrouble:
        return TempFail(450, "4.1.8", f"we cannot look up the sender's domain {name} just now; please try again later")
    return PermFail(550, "5.1.8", f"the sender's domain {name} {why} in the DNS; we could not answer your mail")


def _null(name: str) -> PermFail:
    return PermFail(550, "5.7.27", f"the sender's domain {name} declares that it takes no mail (null MX, RFC 7505)")
