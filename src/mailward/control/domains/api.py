# SPDX-License-Identifier: Apache-2.0
"""Routes of the protected domains."""

from collections.abc import Sequence
from typing import Annotated, Any

import structlog
from litestar import Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from mailward.contract.dns import Resolvers
from mailward.contract.principal import Principal
from mailward.control.domains.administration import Domains
from mailward.control.domains.errors import DomainTaken, NoSuchDomain
from mailward.control.domains.probing import (
    CannotTest,
    ConnectionTest,
    ConnectionTestOrder,
    ConnectionTests,
    TooManyTests,
)
from mailward.control.domains.shapes import (
    DnsReport,
    DomainChange,
    DomainDeletion,
    DomainDetail,
    DomainPage,
    DomainState,
    NewDomain,
    Verification,
)
from mailward.control.domains.survey import Surveys
from mailward.egress.door import ON_BEHALF_OF
from mailward.kit.http import Cursor, Limit, Refusal, not_found, paged, problems
from mailward.kit.paging import DEFAULT_LIMIT

log = structlog.get_logger()

PATH = "/api/v1/domains"
ONE = f"{PATH}/{{name:str}}"


@get(PATH, operation_id="listDomains", responses=problems(400), summary="Protected domains, by name")
async def list_domains(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    domains: NamedDependency[Domains],
    q: Annotated[str, QueryParameter(max_length=100, description="Part of a domain or of a server's name")] = "",
    which: Annotated[DomainState | None, QueryParameter(name="state", description="Only domains in this state")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response[DomainPage]:
    """A page of domains."""
    page = await domains.page(principal.organization_id, search=q, state=which, cursor=cursor, limit=limit)
    return paged(request, page, page.next_cursor)


@post(PATH, operation_id="addDomain", status_code=201, responses=problems(400, 403, 409),
      summary="Protect one more domain")  # fmt: skip
async def add_domain(
    data: JSONBody[NewDomain], principal: NamedDependency[Principal], domains: NamedDependency[Domains]
) -> DomainDetail:
    """It takes no mail until it is verified; `challenge` says how."""
    try:
        added = await domains.add(principal, data)
    except ValueError as exc:
        raise Refusal(400, str(exc), kind="bad-domain") from exc
    except DomainTaken as exc:
        raise Refusal(409, str(exc), kind="domain-taken") from exc
    log.info("domains.added", domain=added.name, account_id=str(principal.account_id))
    return added


@get(ONE, operation_id="readDomain", responses=problems(400, 404), summary="One domain")
async def read_domain(
    name: str, principal: NamedDependency[Principal], domains: NamedDependency[Domains]
) -> DomainDetail:
    """Its servers, options, and where its verification stands."""
    try:
        return await domains.read(principal.organization_id, name)
    except NoSuchDomain as exc:
        raise not_found() from exc


@patch(ONE, operation_id="changeDomain", responses=problems(400, 403, 404), summary="Change a domain")
async def change_domain(
    name: str, data: JSONBody[DomainChange], principal: NamedDependency[Principal], domains: NamedDependency[Domains]
) -> DomainDetail:
    """What is named is replaced; it holds for the next mail, and for those that wait."""
    try:
        changed = await domains.change(principal.organization_id, name, data)
    except NoSuchDomain as exc:
        raise not_found() from exc
    except ValueError as exc:
        raise Refusal(400, str(exc), kind="bad-domain") from exc
    log.info("domains.changed", domain=changed.name, account_id=str(principal.account_id))
    return changed


@get(f"{ONE}/deletion", operation_id="planDomainDeletion", responses=problems(400, 404),
     summary="What would go with a domain")  # fmt: skip
async def plan_deletion(
    name: str, principal: NamedDependency[Principal], domains: NamedDependency[Domains]
) -> DomainDeletion:
    """Nothing is changed. Ask this before deleting."""
    try:
        return await domains.deletion(principal.organization_id, name)
    except NoSuchDomain as exc:
        raise not_found() from exc


@delete(ONE, operation_id="deleteDomain", status_code=200, responses=problems(400, 403, 404),
        summary="Stop protecting a domain, for good")  # fmt: skip
async def delete_domain(
    name: str, principal: NamedDependency[Principal], domains: NamedDependency[Domains]
) -> DomainDeletion:
    """Its settings, valid recipients and quarantined mail are removed; mail that waits for its servers goes back
    to the senders; new mail for it is refused."""
    try:
        deletion = await domains.delete(principal.organization_id, name, actor=principal.email)
    except NoSuchDomain as exc:
        raise not_found() from exc
    log.info("domains.deleted", domain=deletion.name, account_id=str(principal.account_id))
    return deletion


@post(f"{ONE}/verification", operation_id="verifyDomain", status_code=200, responses=problems(400, 403, 404, 409),
      summary="Look for the proof of ownership now")  # fmt: skip
async def verify_domain(
    name: str,
    principal: NamedDependency[Principal],
    domains: NamedDependency[Domains],
    resolvers: NamedDependency[Resolvers],
) -> Verification:
    """What the DNS shows, and what follows."""
    ON_BEHALF_OF.set((principal.organization_id,))
    try:
        return await domains.verify(principal.organization_id, name, resolvers("domains"))
    except NoSuchDomain as exc:
        raise not_found() from exc
    except DomainTaken as exc:
        raise Refusal(409, str(exc), kind="domain-taken") from exc


@get(f"{ONE}/dns", operation_id="checkDomainDns", responses=problems(400, 404),
     summary="What the DNS says of a domain, beside what it should say")  # fmt: skip
async def check_dns(
    name: str,
    principal: NamedDependency[Principal],
    domains: NamedDependency[Domains],
    surveys: NamedDependency[Surveys],
    resolvers: NamedDependency[Resolvers],
) -> DnsReport:
    """Asked now; nothing is remembered."""
    try:
        domain = await domains.read(principal.organization_id, name)
    except NoSuchDomain as exc:
        raise not_found() from exc
    return await surveys.report(principal.organization_id, domain.name, resolvers)


@post(f"{ONE}/connection_test", operation_id="testDomainConnection", status_code=200,
      responses=problems(400, 403, 404, 429), summary="Try one of a domain's servers, step by step")  # fmt: skip
async def test_connection(
    name: str,
    data: JSONBody[ConnectionTestOrder],
    principal: NamedDependency[Principal],
    connection_tests: NamedDependency[ConnectionTests],
) -> ConnectionTest:
    """Takes up to 75 seconds, where a server lets us wait."""
    try:
        test = await connection_tests.run(principal.organization_id, name, data)
    except NoSuchDomain as exc:
        raise not_found() from exc
    except CannotTest as exc:
        raise Refusal(400, str(exc), kind="cannot-test") from exc
    except TooManyTests as exc:
        raise Refusal(429, str(exc), kind="too-many-tests", retry_after=exc.seconds) from exc
    log.info("domains.tested", domain=name[:253], passed=test.passed, account_id=str(principal.account_id))
    return test


ROUTES: Sequence[Any] = (
    list_domains, add_domain, read_domain, change_domain, plan_deletion, delete_domain, verify_domain, check_dns,
    test_connection,
)  # fmt: skip
