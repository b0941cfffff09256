# SPDX-License-Identifier: Apache-2.0
"""Routes of mail tracking: search, one message, its bytes, its preview, and the live stream."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

import structlog
from litestar import Request, Response, get
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from mailward.contract.principal import Principal
from mailward.kit.http import PUBLIC, Cursor, Limit, Refusal, not_found, paged, problems
from mailward.kit.paging import DEFAULT_LIMIT
from mailward.records.mail_tracking.grammar import MAX_QUERY, QueryError
from mailward.records.mail_tracking.live import Live, TooManyWatchers
from mailward.records.mail_tracking.originals import Gone, Originals
from mailward.records.mail_tracking.reading import Reading, search_schema
from mailward.records.mail_tracking.shapes import Message, MessagePage, Preview, SearchSchema

log = structlog.get_logger()

PREVIEW_POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
GONE = Refusal(410, "the mail itself is no longer stored", kind="body-gone")

Query = Annotated[str, QueryParameter(max_length=MAX_QUERY, description="A search; empty for everything")]


@get("/api/v1/messages", operation_id="searchMessages", responses=problems(400),
     summary="Search mails, one row per recipient, newest first")  # fmt: skip
async def search_messages(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    reading: NamedDependency[Reading],
    q: Query = "",
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response[MessagePage]:
    """A page of copies."""
    try:
        page = await reading.search(principal.organization_id, q, cursor=cursor, limit=limit)
    except QueryError as exc:
        raise Refusal(400, exc.detail, kind="search-not-understood", position=exc.position) from exc
    return paged(request, page, page.next_cursor)


@get("/api/v1/messages/{id:uuid}", operation_id="readMessage", responses=problems(400, 404),
     summary="Everything known about one copy")  # fmt: skip
async def read_message(
    principal: NamedDependency[Principal],
    reading: NamedDependency[Reading],
    id: FromPath[UUID],  # noqa: A002 - the parameter's name in the API
) -> Message:
    """One copy."""
    message = await reading.message(principal.organization_id, id)
    if message is None:
        raise not_found()
    return message


@get("/api/v1/messages/{id:uuid}/raw", operation_id="downloadRaw", responses=problems(400, 404, 410),
     media_type="message/rfc822", summary="The mail as received")  # fmt: skip
async def download_raw(
    principal: NamedDependency[Principal],
    originals: NamedDependency[Originals],
    id: FromPath[UUID],  # noqa: A002 - the parameter's name in the API
) -> Response[bytes]:
    """The bytes, as a file to keep: never shown by a browser."""
    try:
        raw = await originals.raw(principal.organization_id, id)
    except Gone:
        raise GONE from None
    if raw is None:
        raise not_found()
    log.info("mail_tracking.raw_read", account_id=str(principal.account_id), recipient_id=str(id))
    return Response(raw, headers={"Content-Disposition": f'attachment; filename="{id}.eml"'})


@get("/api/v1/messages/{id:uuid}/preview", operation_id="previewMessage", responses=problems(400, 404, 410),
     summary="The mail in a form that is safe to look at")  # fmt: skip
async def preview_message(
    principal: NamedDependency[Principal],
    originals: NamedDependency[Originals],
    id: FromPath[UUID],  # noqa: A002 - the parameter's name in the API
) -> Preview:
    """Texts, parts, and the address of the sanitized HTML."""
    try:
        preview = await originals.preview(principal.organization_id, id)
    except Gone:
        raise GONE from None
    if preview is None:
        raise not_found()
    log.info("mail_tracking.previewed", account_id=str(principal.account_id), recipient_id=str(id))
    return preview


@get("/preview/{token:str}", opt={PUBLIC: True}, include_in_schema=False, media_type="text/html")
async def show_preview(originals: NamedDependency[Originals], token: FromPath[str]) -> Response[str]:
    """The sanitized HTML, for a sandboxed frame; the token is the right to see it."""
    html = await originals.html(token)
    if html is None:
        raise Refusal(404, "this preview is over; open the message again", kind="preview-over")
    return Response(html, headers={"Content-Security-Policy": PREVIEW_POLICY, "X-Frame-Options": "SAMEORIGIN"})


@get("/api/v1/search/schema", operation_id="readSearchSchema", responses=problems(), sync_to_thread=False,
     summary="The search language")  # fmt: skip
def read_search_schema() -> SearchSchema:
    """For typeahead."""
    return search_schema()


@get("/api/v1/events", operation_id="followEvents", responses=problems(503), media_type="text/event-stream",
     response_headers=[ResponseHeader(name="X-Accel-Buffering", value="no")],
     summary="New and changed copies, as server-sent events")  # fmt: skip
async def follow_events(
    principal: NamedDependency[Principal],
    live: NamedDependency[Live],
    still_allowed: NamedDependency[Callable[[], Awaitable[bool]]],
) -> Stream:
    """`event: message` with a row; `event: resync` when the list should be asked again."""
    try:
        events = live.watch(principal.organization_id, still_allowed)
    except TooManyWatchers:
        raise Refusal(503, "too many consoles are watching; this one will try again", retry_after=30) from None
    return Stream(events)


ROUTES: Sequence[Any] = (
    search_messages, read_message, download_raw, preview_message, show_preview, read_search_schema, follow_events,
)  # fmt: skip
