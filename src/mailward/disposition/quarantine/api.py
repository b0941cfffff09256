# SPDX-License-Identifier: Apache-2.0
"""Routes of quarantine: the list of held copies, and orders for a selection of them."""

from collections.abc import Sequence
from typing import Annotated, Any

import structlog
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import UNSET

from mailward.contract.principal import Principal
from mailward.disposition.quarantine.service import MAX_SELECTED, Quarantine, TooMany
from mailward.disposition.quarantine.shapes import QuarantineOrder, QuarantineOutcome, QuarantinePage, Selection
from mailward.kit.http import Cursor, Limit, Refusal, paged, problems
from mailward.kit.paging import DEFAULT_LIMIT
from mailward.records.mail_tracking.service import MAX_QUERY, QueryError

log = structlog.get_logger()


@get("/api/v1/quarantine", operation_id="listQuarantine", responses=problems(400), summary="Held copies, newest first")
async def list_quarantine(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    quarantine: NamedDependency[Quarantine],
    q: Annotated[str, QueryParameter(max_length=MAX_QUERY, description="A search; empty for everything")] = "",
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response[QuarantinePage]:
    """A page of held copies."""
    try:
        page = await quarantine.search(principal.organization_id, q, cursor=cursor, limit=limit)
    except QueryError as exc:
        raise _not_understood(exc) from exc
    return paged(request, page, page.next_cursor)


@post("/api/v1/quarantine/actions", operation_id="actOnQuarantine", status_code=200, responses=problems(400, 403),
      summary="Release or delete held copies")  # fmt: skip
async def act_on_quarantine(
    data: JSONBody[QuarantineOrder], principal: NamedDependency[Principal], quarantine: NamedDependency[Quarantine]
) -> QuarantineOutcome:
    """One order for many copies, with a result for each."""
    ids = await _selected(principal, quarantine, data.selection)
    if data.dry_run is True:
        return QuarantineOutcome(matched=await quarantine.count(principal.organization_id, ids))
    outcome = await quarantine.act(principal.organization_id, data.action, ids, actor=principal.email)
    log.info(
        "quarantine.order", order=data.action, account_id=str(principal.account_id), matched=outcome.matched,
        done=outcome.done, failed=outcome.failed,
    )  # fmt: skip
    return outcome


ROUTES: Sequence[Any] = (list_quarantine, act_on_quarantine)


async def _selected(principal: Principal, quarantine: Quarantine, selection: Selection) -> Sequence[Any]:
    if (selection.ids is UNSET) == (selection.q is UNSET):
        raise Refusal(400, "a selection has either ids or q", kind="bad-selection")
    if selection.ids is not UNSET:
        return selection.ids
    assert selection.q is not UNSET
    try:
        return await quarantine.select(principal.organization_id, selection.q)
    except QueryError as exc:
        raise _not_understood(exc) from exc
    except TooMany:
        detail = f"this search selects more than {MAX_SELECTED} copies; narrow it, or act in steps"
        raise Refusal(400, detail, kind="selection-too-large") from None


def _not_understood(exc: QueryError) -> Refusal:
    return Refusal(400, exc.detail, kind="search-not-understood", position=exc.position)
