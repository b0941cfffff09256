# SPDX-License-Identifier: Apache-2.0
"""What administrators do with the rules. Every change is announced, and holds for the next mail."""

from functools import cache
from typing import Any
from uuid import UUID

import msgspec

from mailward.checks.authentication import store
from mailward.checks.authentication.compiled import DEFAULT
from mailward.checks.authentication.rules import RULES, Method, Rule
from mailward.checks.authentication.shapes import AuthenticationRules, DomainRules, RuleOrigin
from mailward.control.domains import service as domains
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.policy.store import announce


class UnknownDomain(LookupError):  # noqa: N818 - the field's word
    """The organization does not protect the domain; there can be no rule for it."""


class AuthenticationRulebook:
    """The rules of all organizations."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def read(self, organization: UUID) -> AuthenticationRules:
        """What holds for every domain of the organization."""
        async with self._database.scoped(organization) as connection:
            stored = {(rule.domain, rule.method): rule for rule in await store.every(connection)}
            names = sorted(domain.name for domain in await domains.every(connection))
        return AuthenticationRules([_shown(name, stored) for name in (DEFAULT, *names)], schemas())

    async def write(self, organization: UUID, domain: str, rule: Rule, *, actor: str) -> DomainRules:
        """Give a domain (or the default, "") a rule. Raises UnknownDomain."""
        method = next(method for method, kind in RULES.items() if isinstance(rule, kind))
        domain = domain.lower()
        async with self._database.scoped(organization) as connection:
            if domain != DEFAULT and domain not in {known.name for known in await domains.every(connection)}:
                raise UnknownDomain(domain)
            await store.write(connection, organization, domain, method, rule, at=self._clock.now(), actor=actor)
            await announce(connection, organization)
        return await self._of(organization, domain)

    async def remove(self, organization: UUID, domain: str, method: Method) -> bool:
        """Let the default hold for a domain again, or our own default for the default; whether there was a rule."""
        async with self._database.scoped(organization) as connection:
            removed = await store.delete(connection, domain.lower(), method)
            if removed:
                await announce(connection, organization)
        return removed

    async def _of(self, organization: UUID, domain: str) -> DomainRules:
        return next(rules for rules in (await self.read(organization)).items if rules.domain == domain)


@cache
def schemas() -> dict[Method, dict[str, Any]]:
    """JSON Schemas of the four kinds of rules."""
    return {method: msgspec.json.schema(kind) for method, kind in RULES.items()}


def _shown(domain: str, stored: dict[tuple[str, Method], store.StoredRule]) -> DomainRules:
    rules: dict[str, Any] = {}
    origins: dict[Method, RuleOrigin] = {}
    for method, kind in RULES.items():
        found = stored.get((domain, method)) or stored.get((DEFAULT, method))
        rules[method.value] = found.rule if found else kind()
        origins[method] = RuleOrigin(
            own=found is not None and found.domain == domain,
            changed_at=found.changed_at if found else None,
            changed_by=found.changed_by if found else "",
        )
    return DomainRules(domain=domain, origins=origins, **rules)
