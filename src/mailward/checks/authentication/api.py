# SPDX-License-Identifier: Apache-2.0
"""Routes of the authentication rules. In a path the default is called "default"."""

from collections.abc import Sequence
from typing import Annotated, Any

import structlog
from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from mailward.checks.authentication.compiled import DEFAULT
from mailward.checks.authentication.rulebook import AuthenticationRulebook, UnknownDomain
from mailward.checks.authentication.rules import DkimRule, DmarcRule, Method, Rule, SenderIpRule, SpfRule
from mailward.checks.authentication.shapes import AuthenticationRules, DomainRules
from mailward.contract.principal import Principal
from mailward.kit.http import Refusal, not_found, problems

log = structlog.get_logger()

PATH = "/api/v1/authentication/rules"
DEFAULT_NAME = "default"

Rulebook = NamedDependency[AuthenticationRulebook]


@get(PATH, operation_id="listAuthenticationRules", summary="The rules of every domain, the default first")
async def list_rules(principal: NamedDependency[Principal], authentication_rulebook: Rulebook) -> AuthenticationRules:
    """What holds for each domain, and where it comes from."""
    return await authentication_rulebook.read(principal.organization_id)


@put(f"{PATH}/{{domain:str}}/sender_ip", operation_id="changeSenderIpRule", responses=problems(400, 403, 404),
     summary="Who sends for a domain, by your own word")  # fmt: skip
async def change_sender_ip(
    domain: str, data: JSONBody[SenderIpRule], principal: NamedDependency[Principal], authentication_rulebook: Rulebook
) -> DomainRules:
    """Replaces the rule of the domain."""
    return await _write(domain, data, principal, authentication_rulebook)


@put(f"{PATH}/{{domain:str}}/spf", operation_id="changeSpfRule", responses=problems(400, 403, 404),
     summary="What follows from SPF")  # fmt: skip
async def change_spf(
    domain: str, data: JSONBody[SpfRule], principal: NamedDependency[Principal], authentication_rulebook: Rulebook
) -> DomainRules:
    """Replaces the rule of the domain."""
    return await _write(domain, data, principal, authentication_rulebook)


@put(f"{PATH}/{{domain:str}}/dkim", operation_id="changeDkimRule", responses=problems(400, 403, 404),
     summary="What follows from DKIM")  # fmt: skip
async def change_dkim(
    domain: str, data: JSONBody[DkimRule], principal: NamedDependency[Principal], authentication_rulebook: Rulebook
) -> DomainRules:
    """Replaces the rule of the domain."""
    return await _write(domain, data, principal, authentication_rulebook)


@put(f"{PATH}/{{domain:str}}/dmarc", operation_id="changeDmarcRule", responses=problems(400, 403, 404),
     summary="What follows from DMARC")  # fmt: skip
async def change_dmarc(
    domain: str, data: JSONBody[DmarcRule], principal: NamedDependency[Principal], authentication_rulebook: Rulebook
) -> DomainRules:
    """Replaces the rule of the domain."""
    return await _write(domain, data, principal, authentication_rulebook)


@delete(f"{PATH}/{{domain:str}}", operation_id="deleteAuthenticationRule",
        responses=problems(400, 403, 404, 409), summary="Let the default hold for a domain again")  # fmt: skip
async def delete_rule(
    domain: str,
    method: Annotated[Method, QueryParameter(description="Which of the domain's rules")],
    principal: NamedDependency[Principal],
    authentication_rulebook: Rulebook,
) -> None:
    """The default itself cannot be removed."""
    if domain == DEFAULT_NAME:
        raise Refusal(409, "the default rule cannot be removed; change it instead", kind="default-rule")
    if not await authentication_rulebook.remove(principal.organization_id, domain, method):
        raise not_found()
    log.info("authentication.rule_removed", domain=domain, method=method, account_id=str(principal.account_id))


async def _write(domain: str, rule: Rule, principal: Principal, rulebook: AuthenticationRulebook) -> DomainRules:
    name = DEFAULT if domain == DEFAULT_NAME else domain
    try:
        written = await rulebook.write(principal.organization_id, name, rule, actor=principal.email)
    except UnknownDomain as exc:
        raise not_found() from exc
    log.info("authentication.rule_changed", domain=domain, kind=type(rule).__name__,
             account_id=str(principal.account_id))  # fmt: skip
    return written


ROUTES: Sequence[Any] = (list_rules, change_sender_ip, change_spf, change_dkim, change_dmarc, delete_rule)
