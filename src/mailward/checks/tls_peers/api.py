# SPDX-License-Identifier: Apache-2.0
"""Routes of the TLS peers: the entries, and the MTA-STS policies that are held. The Default stands in the settings."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import structlog
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from mailward.checks.tls_peers.entries import TlsPeers
from mailward.checks.tls_peers.settings import PeerDirection
from mailward.checks.tls_peers.shapes import NewTlsPeer, StsPolicyPage, TlsPeer, TlsPeerImport, TlsPeerPage
from mailward.contract.principal import Principal
from mailward.kit.http import Cursor, Limit, Refusal, not_found, paged, problems
from mailward.kit.list_import import MAX_BYTES, ImportPlan
from mailward.kit.paging import DEFAULT_LIMIT

log = structlog.get_logger()

PATH = "/api/v1/tls_peers/peers"


@get(PATH, operation_id="listTlsPeers", responses=problems(400), summary="TLS peers, newest first")
async def list_peers(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    tls_peers: NamedDependency[TlsPeers],
    direction: Annotated[PeerDirection | None, QueryParameter(description="One direction; both if left out")] = None,
    q: Annotated[str, QueryParameter(max_length=100, description="Part of a peer, domain or note")] = "",
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response[TlsPeerPage]:
    """A page of entries. What counts for everybody else is the Default, in the settings of `tls_peers`."""
    page = await tls_peers.page(principal.organization_id, direction=direction, search=q, cursor=cursor, limit=limit)
    return paged(request, page, page.next_cursor)


@post(PATH, operation_id="addTlsPeer", status_code=201, responses=problems(400, 403),
      summary="Say how well a peer must encrypt")  # fmt: skip
async def add_peer(
    data: JSONBody[NewTlsPeer], principal: NamedDependency[Principal], tls_peers: NamedDependency[TlsPeers]
) -> TlsPeer:
    """The entry as it stands now; adding a peer again changes what is asked of it."""
    try:
        entry = await tls_peers.add(principal, data)
    except ValueError as exc:
        raise Refusal(400, str(exc), kind="bad-peer") from exc
    log.info("tls_peers.entry_added", direction=data.direction, id=str(entry.id), account_id=str(principal.account_id))
    return entry


@delete(f"{PATH}/{{id:uuid}}", operation_id="deleteTlsPeer", responses=problems(400, 403, 404),
        summary="Remove a peer")  # fmt: skip
async def delete_peer(
    id: UUID,  # noqa: A002 - the path says so
    principal: NamedDependency[Principal],
    tls_peers: NamedDependency[TlsPeers],
) -> None:
    """From the next mail on the Default counts for it."""
    if not await tls_peers.delete(principal.organization_id, id):
        raise not_found()
    log.info("tls_peers.entry_removed", id=str(id), account_id=str(principal.account_id))


@post(f"{PATH}/import", operation_id="importTlsPeers", status_code=200, responses=problems(400, 403),
      request_max_body_size=MAX_BYTES, summary="Bring peers as CSV, or see what that would change")  # fmt: skip
async def import_peers(
    data: JSONBody[TlsPeerImport], principal: NamedDependency[Principal], tls_peers: NamedDependency[TlsPeers]
) -> ImportPlan:
    """A plan first: without `dry_run: false` nothing is written."""
    plan = await tls_peers.bring(principal, data)
    if plan.written:
        log.info("tls_peers.imported", direction=data.direction, added=plan.added, changed=plan.changed,
                 removed=plan.removed, account_id=str(principal.account_id))  # fmt: skip
    return plan


@get("/api/v1/tls_peers/sts_policies", operation_id="listStsPolicies", responses=problems(),
     summary="MTA-STS policies of other domains that are held")  # fmt: skip
async def list_policies(principal: NamedDependency[Principal], tls_peers: NamedDependency[TlsPeers]) -> StsPolicyPage:
    """Each until it expires, however the domain answers meanwhile."""
    return await tls_peers.policies(principal.organization_id)


ROUTES: Sequence[Any] = (list_peers, add_peer, delete_peer, import_peers, list_policies)
