# SPDX-License-Identifier: Apache-2.0
"""Rules made ready for the data plane: per domain of ours, with its lists turned into look-ups."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mailward.checks.authentication.names import domain_name, is_below
from mailward.checks.authentication.peers import Networks, Peers
from mailward.checks.authentication.rules import Method, Rule, RuleSet, SenderIpRule

DEFAULT = ""
"""The domain of the default rules."""


@dataclass(frozen=True, kw_only=True)
class DomainRules:
    """What holds for one domain of ours. `own` are the methods that have a rule of its own; the rest is the
    organization's default."""

    rules: RuleSet
    domain: str
    own: frozenset[Method]
    addresses: "SenderAddresses"
    spf_ignored: Peers
    dkim_ignored: Peers
    dkim_enforced: Peers
    dmarc_ignored: Peers
    dmarc_enforced: Peers

    def name(self, method: Method) -> str:
        """The rule's name, as a receipt gives it."""
        return f"{TITLES[method]} ({self.domain if method in self.own else 'default'})"


TITLES = {Method.SENDER_IP: "Sender IP match", Method.SPF: "SPF", Method.DKIM: "DKIM", Method.DMARC: "DMARC"}


class SenderAddresses:
    """Which addresses send for a domain, by an organization's own word."""

    def __init__(self, rule: SenderIpRule) -> None:
        self._exact: dict[str, Networks] = {}
        self._below: dict[str, Networks] = {}
        for match in rule.matches if rule.enabled else ():
            name = domain_name(match.domain.removeprefix("*."))
            chosen = self._below if match.domain.startswith("*.") else self._exact
            chosen[name] = Networks(match.networks)

    def confirms(self, author: str, address: str) -> bool | None:
        """Whether the address sends for the author's domain; None if nothing is listed for that domain.

        The exact domain goes before *., and a longer name before a shorter.
        """
        if not author:
            return None
        if author in self._exact:
            return self._exact[author].holds(address)
        above = [name for name in self._below if name != author and is_below(author, name)]
        return self._below[max(above, key=len)].holds(address) if above else None


class Rulebook:
    """The rules of one organization."""

    def __init__(self, rules: Mapping[tuple[str, Method], Rule]) -> None:
        defaults = {method: rule for (domain, method), rule in rules.items() if domain == DEFAULT}
        self._default = _ready(DEFAULT, _rule_set(defaults), ())
        domains = {domain for domain, _ in rules if domain != DEFAULT}
        self._by_domain = {domain: _of_domain(domain, rules, defaults) for domain in domains}

    def of(self, domain: str) -> DomainRules:
        """The rules that hold for a recipient's domain."""
        return self._by_domain.get(domain, self._default)


def _of_domain(domain: str, rules: Mapping[tuple[str, Method], Rule], defaults: Mapping[Method, Rule]) -> DomainRules:
    own = {method: rule for (owner, method), rule in rules.items() if owner == domain}
    return _ready(domain, _rule_set({**defaults, **own}), own)


def _rule_set(rules: Mapping[Method, Rule]) -> RuleSet:
    chosen: dict[str, Any] = {method.value: rule for method, rule in rules.items()}
    return RuleSet(**chosen)


def _ready(domain: str, rules: RuleSet, own: Iterable[Method]) -> DomainRules:
    return DomainRules(
        rules=rules,
        domain=domain,
        own=frozenset(own),
        addresses=SenderAddresses(rules.sender_ip),
        spf_ignored=Peers(rules.spf.ignored),
        dkim_ignored=Peers(rules.dkim.ignored),
        dkim_enforced=Peers(rules.dkim.enforced),
        dmarc_ignored=Peers(rules.dmarc.ignored),
        dmarc_enforced=Peers(rules.dmarc.enforced),
    )
