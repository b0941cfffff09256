# SPDX-License-Identifier: Apache-2.0
"""Routes of the sender filter: the approved and blocked senders."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import structlog
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.response import Stream

from mailward.checks.sender_filter.entries import SenderEntries
from mailward.checks.sender_filter.explanation import SenderExplanation, SenderQuestion
from mailward.checks.sender_filter.shapes import (
    NewSenderEntry,
    SenderEntry,
    SenderEntryPage,
    SenderImport,
    SenderList,
    SenderSort,
)
from mailward.contract.principal import Principal
from mailward.kit.http import Cursor, Limit, Refusal, not_found, paged, problems
from mailward.kit.list_import import MAX_BYTES, EntriesRemoved, EntryRemoval, ImportPlan
from mailward.kit.paging import DEFAULT_LIMIT

log = structlog.get_logger()

PATH = "/api/v1/sender_filter/senders"


@get(PATH, operation_id="listSenderEntries", responses=problems(400),
     summary="Approved and blocked senders")  # fmt: skip
async def list_senders(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    sender_entries: NamedDependency[SenderEntries],
    which: Annotated[SenderList | None, QueryParameter(name="list", description="One list; both if left out")] = None,
    target: Annotated[
        str | None, QueryParameter(max_length=320, description="Only entries for this person or domain; empty: for all")
    ] = None,
    q: Annotated[str, QueryParameter(max_length=100, description="Part of a pattern, target or note")] = "",
    sort: Annotated[SenderSort, QueryParameter(description="Newest first if left out")] = SenderSort.NEWEST,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response[SenderEntryPage]:
    """A page of entries."""
    page = await sender_entries.page(
        principal.organization_id, which=which, target=target, search=q, sort=sort, cursor=cursor, limit=limit
    )
    return paged(request, page, page.next_cursor)


@post(PATH, operation_id="addSenderEntry", status_code=201, responses=problems(400, 403),
      summary="Approve or block a sender")  # fmt: skip
async def add_sender(
    data: JSONBody[NewSenderEntry],
    principal: NamedDependency[Principal],
    sender_entries: NamedDependency[SenderEntries],
) -> SenderEntry:
    """The entry as it stands now; adding it again changes its note, expiry and proof."""
    try:
        entry = await sender_entries.add(principal, data)
    except ValueError as exc:
        raise Refusal(400, str(exc), kind="bad-sender") from exc
    log.info("sender_filter.entry_added", list=data.list, id=str(entry.id), account_id=str(principal.account_id))
    return entry


@delete(f"{PATH}/{{id:uuid}}", operation_id="deleteSenderEntry", responses=problems(400, 403, 404),
        summary="Remove an entry")  # fmt: skip
async def delete_sender(
    id: UUID,  # noqa: A002 - the path says so
    principal: NamedDependency[Principal],
    sender_entries: NamedDependency[SenderEntries],
) -> None:
    """It no longer counts for the next mail."""
    if not await sender_entries.delete(principal.organization_id, id):
        raise not_found()
    log.info("sender_filter.entry_removed", id=str(id), account_id=str(principal.account_id))


@post(f"{PATH}/remove", operation_id="removeSenderEntries", status_code=200, responses=problems(400, 403),
      summary="Remove several entries")  # fmt: skip
async def remove_senders(
    data: JSONBody[EntryRemoval],
    principal: NamedDependency[Principal],
    sender_entries: NamedDependency[SenderEntries],
) -> EntriesRemoved:
    """Those that are not there any more are passed over."""
    removed = await sender_entries.delete_many(principal.organization_id, data.ids)
    log.info("sender_filter.entries_removed", count=removed, account_id=str(principal.account_id))
    return EntriesRemoved(removed)


@get(f"{PATH}/export", operation_id="exportSenderEntries", responses=problems(400), media_type="text/csv",
     summary="A whole list as CSV")  # fmt: skip
async def export_senders(
    which: Annotated[SenderList, QueryParameter(name="list", description="Which list")],
    principal: NamedDependency[Principal],
    sender_entries: NamedDependency[SenderEntries],
) -> Stream:
    """A file that can be brought again. Its last line says how many entries there are."""
    return Stream(
        sender_entries.take(principal.organization_id, which),
        headers={"Content-Disposition": f'attachment; filename="{which}-senders.csv"'},
    )


@post(f"{PATH}/import", operation_id="importSenderEntries", status_code=200, responses=problems(400, 403),
      request_max_body_size=MAX_BYTES, summary="Bring a list as CSV, or see what it would change")  # fmt: skip
async def import_senders(
    data: JSONBody[SenderImport],
    principal: NamedDependency[Principal],
    sender_entries: NamedDependency[SenderEntries],
) -> ImportPlan:
    """A plan first: without `dry_run: false` nothing is written."""
    plan = await sender_entries.bring(principal, data)
    if plan.written:
        log.info("sender_filter.imported", list=data.list, added=plan.added, changed=plan.changed,
                 removed=plan.removed, account_id=str(principal.account_id))  # fmt: skip
    return plan


@get("/api/v1/sender_filter/explanation", operation_id="explainSender", responses=problems(400),
     summary="What the lists say of a sender and a recipient")  # fmt: skip
async def explain_sender(
    principal: NamedDependency[Principal],
    sender_question: NamedDependency[SenderQuestion],
    sender: Annotated[str, QueryParameter(max_length=320, description="An address of the envelope or of From")],
    recipient: Annotated[str, QueryParameter(max_length=320, description="A person of yours")],
) -> SenderExplanation:
    """A dry run: nothing is sent and nothing is counted."""
    try:
        return await sender_question.explain(principal.organization_id, sender=sender, recipient=recipient)
    except ValueError as exc:
        raise Refusal(400, str(exc), kind="bad-address") from exc


ROUTES: Sequence[Any] = (
    list_senders, add_sender, delete_sender, remove_senders, export_senders, import_senders, explain_sender,
)  # fmt: skip
