# SPDX-License-Identifier: Apache-2.0
"""Routes of the queue: by destination, copy by copy, and orders for both."""

from collections.abc import Sequence
from typing import Annotated, Any

import structlog
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import UNSET

from mailward.contract.principal import Principal
from mailward.disposition.delivery.queue import MAX_SELECTED, Queue, TooMany
from mailward.disposition.delivery.shapes import (
    DestinationOrder,
    DestinationOutcome,
    QueueOrder,
    QueueOutcome,
    QueueOverview,
    QueuePage,
)
from mailward.kit.http import Cursor, Limit, Refusal, paged, problems
from mailward.kit.paging import DEFAULT_LIMIT
from mailward.records.mail_tracking.service import MAX_QUERY, QueryError

log = structlog.get_logger()

PATH = "/api/v1/queue"


@get(f"{PATH}/destinations", operation_id="readQueue", summary="The queue by destination, most mail first")
async def read_queue(principal: NamedDependency[Principal], queue: NamedDependency[Queue]) -> QueueOverview:
    """What waits for whom, how each destination stands, and what was said last."""
    return await queue.state(principal.organization_id)


@get(f"{PATH}/copies", operation_id="listQueue", responses=problems(400), summary="Waiting copies, the oldest first")
async def list_queue(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    queue: NamedDependency[Queue],
    q: Annotated[str, QueryParameter(max_length=MAX_QUERY, description="A search; empty for everything")] = "",
    destination: Annotated[
        str | None, QueryParameter(max_length=253, description="Only what goes to this domain")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response[QueuePage]:
    """A page of waiting copies."""
    try:
        page = await queue.search(
            principal.organization_id, q, destination=destination or None, cursor=cursor, limit=limit
        )
    except QueryError as exc:
        raise _not_understood(exc) from exc
    return paged(request, page, page.next_cursor)


@post(f"{PATH}/actions", operation_id="actOnQueue", status_code=200, responses=problems(400, 403),
      summary="Try waiting copies now, give them back, or delete them")  # fmt: skip
async def act_on_queue(
    data: JSONBody[QueueOrder], principal: NamedDependency[Principal], queue: NamedDependency[Queue]
) -> QueueOutcome:
    """One order for many copies; with `dry_run` it says what would be done."""
    selection = data.selection
    if sum(part is not UNSET for part in (selection.ids, selection.q, selection.destination)) != 1:
        raise Refusal(400, "a selection has exactly one of ids, q and destination", kind="bad-selection")
    try:
        chosen = await queue.select(principal.organization_id, selection)
    except QueryError as exc:
        raise _not_understood(exc) from exc
    except TooMany:
        detail = f"this selects more than {MAX_SELECTED} copies; narrow it, or act in steps"
        raise Refusal(400, detail, kind="selection-too-large") from None
    if data.dry_run:
        return await queue.plan(principal.organization_id, data.action, chosen)
    outcome = await queue.act(principal.organization_id, data.action, chosen, actor=principal.email)
    log.info(
        "queue.order", order=data.action, account_id=str(principal.account_id), matched=outcome.matched,
        done=outcome.done,
    )  # fmt: skip
    return outcome


@post(f"{PATH}/destinations/actions", operation_id="steerQueue", status_code=200, responses=problems(400, 403),
      summary="Pause or resume destinations")  # fmt: skip
async def steer_queue(
    data: JSONBody[DestinationOrder], principal: NamedDependency[Principal], queue: NamedDependency[Queue]
) -> DestinationOutcome:
    """Mail for a paused destination is accepted and waits; everything else goes on."""
    outcome = await queue.steer(principal.organization_id, data.action, data.names, actor=principal.email)
    log.info(
        "queue.steered", order=data.action, account_id=str(principal.account_id), changed=outcome.changed
    )  # fmt: skip
    return outcome


ROUTES: Sequence[Any] = (read_queue, list_queue, act_on_queue, steer_queue)


def _not_understood(exc: QueryError) -> Refusal:
    return Refusal(400, exc.detail, kind="search-not-understood", position=exc.position)
