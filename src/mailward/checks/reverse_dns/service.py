# SPDX-License-Identifier: Apache-2.0
"""The question at RCPT TO: is the connecting address called what it says it is called?

Trouble with the DNS is a temporary refusal, never a verdict. Where nothing is demanded, nothing is asked.
"""

import asyncpg

from mailward.checks.reverse_dns.explanation import NamesQuestion
from mailward.checks.reverse_dns.names import ReverseDnsRules, judge, names_of, unreachable
from mailward.checks.reverse_dns.settings import ReverseDnsSettings
from mailward.contract.dns import DnsTrouble, Resolver
from mailward.contract.reply import Refused
from mailward.policy.snapshot import OrganizationPolicy

__all__ = ["NamesQuestion", "compile_rules", "objection"]

FEATURE_NAME = "reverse_dns"


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
        names = await names_of(peer_ip, resolver)
    except DnsTrouble:
        return unreachable(peer_ip)
    return judge(rules, demand, peer_ip, names)
