# SPDX-License-Identifier: Apache-2.0
"""The question at RCPT TO: is the connecting address called what it says it is called?

Names are claims (PTR); a name is true if its addresses hold the one that connects. Trouble with the DNS
is a temporary refusal, never a verdict. Where nothing is demanded, nothing is asked.
"""

import asyncio
import ipaddress
from collections.abc import Iterable
from typing import NamedTuple

import asyncpg

from mailward.checks.reverse_dns.settings import Demand, ReverseDnsSettings
from mailward.contract.dns import DnsTrouble, Resolver
from mailward.contract.reply import PermFail, Refused, TempFail
from mailward.policy.snapshot import OrganizationPolicy

__all__ = ["compile_rules", "objection"]

FEATURE_NAME = "reverse_dns"
MAX_NAMES = 10
"""Names of one address that are confirmed (as for SPF, RFC 7208, 4.6.4)."""


class Names(NamedTuple):
    """What an address is called: as it claims, and what of that is true."""

    claimed: tuple[str, ...]
    true: tuple[str, ...]


class ReverseDnsRules:
    """The rules of an organization, ready to be asked."""

    def __init__(self, settings: ReverseDnsSettings) -> None:
        self._default, self._empty = settings.default, settings.empty_sender
        self._rules = {rule.sender_domain.lower(): rule for rule in settings.rules}
        self._blocked = frozenset(_bare(name) for name in settings.blocked_names)
        self._excepted = frozenset(_bare(name) for name in settings.excepted_names)
        self.asks_for_names = bool(self._blocked)

    def demand(self, sender: str) -> Demand:
        """What counts for this envelope sender."""
        if not sender:
            return self._empty
        domain = sender.rpartition("@")[2].lower()
        if domain in self._rules:
            return self._rules[domain]
        wild = (f"*.{parent}" for parent in _above(domain) if parent != domain)
        return next((self._rules[name] for name in wild if name in self._rules), self._default)

    def blocked_name(self, names: Names) -> str:
        """The name for which the address is refused; an exception counts only for true names."""
        if any(name in self._excepted for true in names.true for name in _above(true)):
            return ""
        return next((claim for claim in names.claimed if any(name in self._blocked for name in _above(claim))), "")


async def compile_rules(connection: asyncpg.Connection, settings: ReverseDnsSettings) -> ReverseDnsRules:
    """The rules, from the settings alone."""
    del connection
    return ReverseDnsRules(settings)


async def objection(policy: OrganizationPolicy, peer_ip: str, sender: str, resolver: Resolver) -> Refused | None:
    """What is against the address's name, if anything is."""
    settings, rules = policy.settings[FEATURE_NAME], policy.compiled[FEATURE_NAME]
    assert isinstance(settings, ReverseDnsSettings)
    assert isinstance(rules, ReverseDnsRules)
    demand = rules.demand(sender)
    if not settings.enabled or not (demand.refuse_missing or demand.refuse_invalid or rules.asks_for_names):
        return None
    try:
        names = await _names(peer_ip, resolver)
    except DnsTrouble:
        return TempFail(450, "4.7.25", f"we cannot look up the name of {peer_ip} just now; please try again later")
    if not names.claimed:
        why = f"your address {peer_ip} has no name (PTR record); ask whoever runs it to add one"
        return PermFail(550, "5.7.25", why) if demand.refuse_missing else None
    if demand.refuse_invalid and not names.true:
        why = f"your address {peer_ip} claims the name {_short(names.claimed[0])}, whose addresses are others"
        return PermFail(550, "5.7.25", f"{why}; ask whoever runs it to correct the PTR or the address record")
    blocked = rules.blocked_name(names)
    if blocked:
        return PermFail(550, "5.7.1", f"servers called {_short(blocked)} are blocked by the recipient's organization")
    return None


async def _names(peer_ip: str, resolver: Resolver) -> Names:
    """Raises DnsTrouble only if that keeps us from knowing any true name."""
    address = ipaddress.ip_address(peer_ip)
    claimed = tuple(name.lower().removesuffix(".") for name in (await resolver.ptr(peer_ip))[:MAX_NAMES])
    ask = resolver.a if address.version == 4 else resolver.aaaa  # noqa: PLR2004 - the version's name
    answers = await asyncio.gather(*(ask(name) for name in claimed), return_exceptions=True)
    true = []
    trouble: BaseException | None = None
    for name, answer in zip(claimed, answers, strict=True):
        if isinstance(answer, BaseException):
            trouble = answer
        elif any(ipaddress.ip_address(found) == address for found in answer):
            true.append(name)
    if trouble is not None and not true:
        raise trouble
    return Names(claimed, tuple(true))


def _above(name: str) -> Iterable[str]:
    """The name and all above it, the nearest first."""
    labels = name.split(".")
    return (".".join(labels[start:]) for start in range(len(labels)))


def _bare(name: str) -> str:
    return name.lower().removeprefix("*.")


def _short(name: str) -> str:
    return "".join(sign if "!" <= sign <= "~" else "?" for sign in name[:100])
