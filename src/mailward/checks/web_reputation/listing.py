# SPDX-License-Identifier: Apache-2.0
"""What being listed is worth, and which name of a host DNS lists are asked about."""

from collections.abc import Container

from mailward.checks.web_reputation.settings import WebDnsList
from mailward.contract.dns import Resolver
from mailward.egress.dns.lists import DnsLists, Probe, Wanted
from mailward.engines.web_reputation import places
from mailward.engines.web_reputation.lists import Category
from mailward.message.links import suffixes

SCORES = {Category.MALWARE: 1, Category.PHISHING: 2, Category.SPAM: 11}
"""Of an address on a list of this node: below the bar of every level."""
DNS_SCORES = {Category.MALWARE: 4, Category.PHISHING: 5, Category.SPAM: 14, Category.GOOD: 100}


class WebDnsLists(DnsLists[WebDnsList]):
    """The lists of all organizations of this process. A sound list names its test entry and never "invalid"
    (RFC 5782, 5)."""

    def __init__(self, resolver: Resolver, wanted: Wanted[WebDnsList]) -> None:
        super().__init__(resolver, wanted, _probe)


def _probe(entry: WebDnsList) -> Probe:
    return Probe(entry.test_entry, entry.test_entry, "invalid", "invalid")


def asked_name(host: str, own_domains: Container[str]) -> str:
    """The registered name of a host; "" for addresses, for names of ours and for names that nobody can have
    registered: they would tell the list about our inside."""
    if not host or places.is_address(host):
        return ""
    name: str = suffixes().privatesuffix(host) or ""
    return "" if not name or name in own_domains or host in own_domains else name
