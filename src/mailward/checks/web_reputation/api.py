# SPDX-License-Identifier: Apache-2.0
"""Routes of the web reputation: exceptions, lists, levels, and what is known of an address."""

from collections.abc import Sequence
from typing import Annotated, Any

import structlog
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.response import Stream

from mailward.checks.web_reputation.exceptions import WebExceptions
from mailward.checks.web_reputation.explanation import WebQuestion, levels
from mailward.checks.web_reputation.shapes import (
    NewWebException,
    WebException,
    WebExceptionImport,
    WebExceptionList,
    WebExceptionPage,
    WebExceptionSort,
    WebExplanation,
    WebLevels,
    WebLists,
    WebQuestionOrder,
)
from mailward.contract.principal import Principal
from mailward.kit.http import Cursor, Limit, Refusal, paged, problems
from mailward.kit.list_import import MAX_BYTES, EntriesRemoved, EntryRemoval, ImportPlan
from mailward.kit.paging import DEFAULT_LIMIT

log = structlog.get_logger()

ROOT = "/api/v1/web_reputation"
PATH = f"{ROOT}/exceptions"


@get(PATH, operation_id="listWebExceptions", responses=problems(400),
     summary="Approved web addresses and keywords")  # fmt: skip
async def list_exceptions(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    web_exceptions: NamedDependency[WebExceptions],
    which: Annotated[
        WebExceptionList | None, QueryParameter(name="list", description="One list; both if left out")
    ] = None,
    q: Annotated[str, QueryParameter(max_length=100, description="Part of a pattern or note")] = "",
    sort: Annotated[WebExceptionSort, QueryParameter(description="Newest first if left out")] = WebExceptionSort.NEWEST,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response[WebExceptionPage]:
    """A page of exceptions."""
    page = await web_exceptions.page(
        principal.organization_id, which=which, search=q, sort=sort, cursor=cursor, limit=limit
    )
    return paged(request, page, page.next_cursor)


@post(PATH, operation_id="addWebException", status_code=201, responses=problems(400, 403),
      summary="Approve a web address, or add a keyword")  # fmt: skip
async def add_exception(
    data: JSONBody[NewWebException],
    principal: NamedDependency[Principal],
    web_exceptions: NamedDependency[WebExceptions],
) -> WebException:
    """The exception as it stands now; adding it again changes its note and expiry."""
    try:
        entry = await web_exceptions.add(principal, data)
    except ValueError as exc:
        raise Refusal(400, str(exc), kind="bad-web-exception") from exc
    log.info("web_reputation.exception_added", list=data.list, id=str(entry.id), account_id=str(principal.account_id))
    return entry


@post(f"{PATH}/remove", operation_id="removeWebExceptions", status_code=200, responses=problems(400, 403),
      summary="Remove exceptions")  # fmt: skip
async def remove_exceptions(
    data: JSONBody[EntryRemoval],
    principal: NamedDependency[Principal],
    web_exceptions: NamedDependency[WebExceptions],
) -> EntriesRemoved:
    """Those that are not there any more are passed over."""
    removed = await web_exceptions.delete_many(principal.organization_id, data.ids)
    log.info("web_reputation.exceptions_removed", count=removed, account_id=str(principal.account_id))
    return EntriesRemoved(removed)


@get(f"{PATH}/export", operation_id="exportWebExceptions", responses=problems(400), media_type="text/csv",
     summary="A whole list as CSV")  # fmt: skip
async def export_exceptions(
    which: Annotated[WebExceptionList, QueryParameter(name="list", description="Which list")],
    principal: NamedDependency[Principal],
    web_exceptions: NamedDependency[WebExceptions],
) -> Stream:
    """A file that can be brought again. Its last line says how many entries there are."""
    return Stream(
        web_exceptions.take(principal.organization_id, which),
        headers={"Content-Disposition": f'attachment; filename="{which}-web-addresses.csv"'},
    )


@post(f"{PATH}/import", operation_id="importWebExceptions", status_code=200, responses=problems(400, 403),
      request_max_body_size=MAX_BYTES, summary="Bring a list as CSV, or see what it would change")  # fmt: skip
async def import_exceptions(
    data: JSONBody[WebExceptionImport],
    principal: NamedDependency[Principal],
    web_exceptions: NamedDependency[WebExceptions],
) -> ImportPlan:
    """A plan first: without `dry_run: false` nothing is written."""
    try:
        plan = await web_exceptions.bring(principal, data)
    except ValueError as exc:
        raise Refusal(400, str(exc), kind="too-many-exceptions") from exc
    if plan.written:
        log.info("web_reputation.imported", list=data.list, added=plan.added, changed=plan.changed,
                 removed=plan.removed, account_id=str(principal.account_id))  # fmt: skip
    return plan


@post(f"{ROOT}/explanation", operation_id="explainWebAddress", status_code=200, responses=problems(400, 403),
      summary="What is known of a web address, and what would become of a mail with it")  # fmt: skip
async def explain_address(
    data: JSONBody[WebQuestionOrder],
    principal: NamedDependency[Principal],
    web_question: NamedDependency[WebQuestion],
) -> WebExplanation:
    """A dry run: the address is not opened. DNS lists that are switched on are tested and asked just now."""
    try:
        return await web_question.explain(principal.organization_id, data.url)
    except ValueError as exc:
        raise Refusal(400, str(exc), kind="bad-web-address") from exc


@get(f"{ROOT}/lists", operation_id="listWebLists", responses=problems(),
     summary="The lists of this node, and how the DNS lists were at their last test")  # fmt: skip
async def list_lists(principal: NamedDependency[Principal], web_question: NamedDependency[WebQuestion]) -> WebLists:
    """A DNS list that is not well is not asked until it passes again."""
    return await web_question.lists(principal.organization_id)


@get(f"{ROOT}/levels", operation_id="listWebLevels", responses=problems(),
     summary="The six levels, and what each is expected to catch by mistake")  # fmt: skip
async def list_levels(principal: NamedDependency[Principal]) -> WebLevels:
    """The most conservative first."""
    del principal  # they are the same for everybody who is signed in
    return levels()


ROUTES: Sequence[Any] = (
    list_exceptions, add_exception, remove_exceptions, export_exceptions, import_exceptions, explain_address,
    list_lists, list_levels,
)  # fmt: skip
