# SPDX-License-Identifier: Apache-2.0
"""Routes of MTA-STS: the policies for administrators, and their texts for everybody."""

from collections.abc import Sequence
from typing import Any

import structlog
from litestar import Request, Response, delete, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from mailward.contract.principal import Principal
from mailward.control.mta_sts.service import HostedPolicies
from mailward.control.mta_sts.shapes import HostedPolicy, HostedPolicyList, PolicyChange
from mailward.kit.domain_names import plain_domain
from mailward.kit.http import PUBLIC, Refusal, not_found, problems

log = structlog.get_logger()

PATH = "/api/v1/mta_sts/policies"


@get(PATH, operation_id="listHostedPolicies", responses=problems(), summary="MTA-STS policies of your domains")
async def list_policies(
    principal: NamedDependency[Principal], hosted_policies: NamedDependency[HostedPolicies]
) -> HostedPolicyList:
    """With the record to publish for each, and the domains that have none."""
    return await hosted_policies.every(principal.organization_id)


@put(f"{PATH}/{{domain:str}}", operation_id="changeHostedPolicy", responses=problems(400, 403, 404),
     summary="Host an MTA-STS policy for a domain")  # fmt: skip
async def change_policy(
    domain: str, data: JSONBody[PolicyChange], principal: NamedDependency[Principal],
    hosted_policies: NamedDependency[HostedPolicies],
) -> HostedPolicy:  # fmt: skip
    """It is served at once. Senders fetch it when the record with the new id is published."""
    try:
        policy = await hosted_policies.change(principal, plain_domain(domain), data)
    except ValueError as exc:
        raise Refusal(400, str(exc), kind="bad-policy") from exc
    if policy is None:
        raise not_found()
    log.info("mta_sts.changed", domain=policy.domain, mode=policy.mode, account_id=str(principal.account_id))
    return policy


@delete(f"{PATH}/{{domain:str}}", operation_id="deleteHostedPolicy", responses=problems(400, 403, 404),
        summary="Host it no longer")  # fmt: skip
async def delete_policy(
    domain: str, principal: NamedDependency[Principal], hosted_policies: NamedDependency[HostedPolicies]
) -> None:
    """Set it to `none` first and wait for its `max_age`: senders hold to what they have fetched."""
    if not await hosted_policies.delete(principal.organization_id, plain_domain(domain)):
        raise not_found()
    log.info("mta_sts.removed", domain=plain_domain(domain), account_id=str(principal.account_id))


@get("/.well-known/mta-sts.txt", opt={PUBLIC: True}, include_in_schema=False)
async def serve(request: Request[Any, Any, Any], hosted_policies: NamedDependency[HostedPolicies]) -> Response[str]:
    """The policy of the domain under whose name we are asked, mta-sts.DOMAIN (RFC 8461, 3.2)."""
    text = await hosted_policies.served(request.headers.get("host", ""))
    if text is None:
        return Response("there is no policy here\n", status_code=404, media_type="text/plain")
    return Response(text, media_type="text/plain")


ROUTES: Sequence[Any] = (list_policies, change_policy, delete_policy, serve)
