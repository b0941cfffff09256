# SPDX-License-Identifier: Apache-2.0
"""Making, changing and serving the policies of protected domains."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from mailward.contract.gateway import Gateway
from mailward.contract.principal import Principal
from mailward.control.domains import service as domains
from mailward.control.mta_sts.policy_text import id_of, read_hosts, record_of, text_of
from mailward.control.mta_sts.shapes import HostedPolicy, HostedPolicyList, PolicyChange, PolicyMode
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.domain_names import plain_domain

__all__ = ["HostedPolicies", "HostedPolicy", "PolicyChange", "PolicyMode"]

HOST = "mta-sts."
_FIELDS = "domain, mode, mx, max_age, changed_at, changed_by"


class HostedPolicies:
    """The policies of all organizations. Those that name no servers name the gateway's."""

    def __init__(self, database: Database, clock: Clock, *, gateway: Gateway) -> None:
        self._database = database
        self._clock = clock
        self._gateway = gateway

    async def every(self, organization: UUID) -> HostedPolicyList:
        """The policies of an organization, by domain."""
        async with self._database.scoped(organization) as connection:
            rows = await connection.fetch(f"SELECT {_FIELDS} FROM hosted_sts_policies ORDER BY domain")  # noqa: S608 - our own words
            names = [domain.name for domain in await domains.every(connection)]
        items = [self._policy(row) for row in rows if row["domain"] in names]
        having = {item.domain for item in items}
        return HostedPolicyList(items, [name for name in names if name not in having])

    async def change(self, principal: Principal, domain: str, change: PolicyChange) -> HostedPolicy | None:
        """Host a policy for a domain from now on; None if the domain is not the organization's.

        Raises:
            ValueError: a sentence.
        """
        mx, organization = read_hosts(change.mx), principal.organization_id
        if change.mode is not PolicyMode.NONE and not mx and not self._names():
            raise ValueError("this gateway has no public name yet; set MAILWARD_HOSTNAME, or name the servers")
        async with self._database.scoped(organization) as connection:
            if domain not in {known.name for known in await domains.every(connection)}:
                return None
            row = await connection.fetchrow(
                "INSERT INTO hosted_sts_policies (organization_id, domain, mode, mx, max_age, changed_at, changed_by)"  # noqa: S608 - our own words
                " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (organization_id, domain) DO UPDATE SET"
                " mode = excluded.mode, mx = excluded.mx, max_age = excluded.max_age,"
                f" changed_at = excluded.changed_at, changed_by = excluded.changed_by RETURNING {_FIELDS}",
                organization, domain, change.mode, mx, change.max_age, self._clock.now(), principal.email,
            )  # fmt: skip
        return self._policy(row)

    async def delete(self, organization: UUID, domain: str) -> bool:
        """Host it no longer; whether there was one."""
        async with self._database.scoped(organization) as connection:
            return bool(
                await connection.fetchval("DELETE FROM hosted_sts_policies WHERE domain = $1 RETURNING 1", domain)
            )

    async def served(self, host: str) -> str | None:
        """The text for whoever asks under this name (the Host field); None if there is none."""
        name = plain_domain(host.partition(":")[0])
        if not name.startswith(HOST):
            return None
        async with self._database.unscoped() as connection:
            row = await connection.fetchrow("SELECT * FROM hosted_sts_policy($1)", name.removeprefix(HOST))
        return text_of(PolicyMode(row["mode"]), self._hosts(row["mx"]), row["max_age"]) if row else None

    def _policy(self, row: Mapping[str, Any]) -> HostedPolicy:
        hosts, mode = self._hosts(row["mx"]), PolicyMode(row["mode"])
        text = text_of(mode, hosts, row["max_age"])
        return HostedPolicy(
            domain=row["domain"], mode=mode, mx=hosts, max_age=row["max_age"], id=id_of(text), text=text,
            address=f"https://{HOST}{row['domain']}/.well-known/mta-sts.txt", record=record_of(text),
            changed_at=row["changed_at"], changed_by=row["changed_by"],
        )  # fmt: skip

    def _hosts(self, mx: list[str]) -> list[str]:
        return list(mx) or self._names()

    def _names(self) -> list[str]:
        return [name for name in self._gateway.mail_exchanges if "." in name]
