# SPDX-License-Identifier: Apache-2.0
"""Routes of TLS reports: those of others about your domains, and yours to others."""

import base64
from collections.abc import Sequence
from typing import Annotated, Any

import structlog
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from mailward.contract.principal import Principal
from mailward.kit.http import Cursor, Limit, Refusal, paged, problems
from mailward.kit.paging import DEFAULT_LIMIT
from mailward.records.tls_reports.desk import NotAReport, TlsReports
from mailward.records.tls_reports.shapes import (
    MAX_UPLOAD,
    ImportedTlsReports,
    ReceivedTlsReportPage,
    SentTlsReportPage,
    TlsOverview,
    TlsReportUpload,
)

log = structlog.get_logger()

PATH = "/api/v1/tls_reports"


@get(f"{PATH}/overview", operation_id="readTlsOverview", responses=problems(400),
     summary="How others' sessions with your servers were encrypted")  # fmt: skip
async def read_overview(
    principal: NamedDependency[Principal],
    tls_reports: NamedDependency[TlsReports],
    days: Annotated[int, QueryParameter(ge=1, le=90, description="Back from now")] = 30,
) -> TlsOverview:
    """By domain, policy and failure."""
    return await tls_reports.overview(principal.organization_id, days=days)


@get(f"{PATH}/received", operation_id="listTlsReports", responses=problems(400), summary="TLS reports of others")
async def list_received(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    tls_reports: NamedDependency[TlsReports],
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response[ReceivedTlsReportPage]:
    """A page, newest first."""
    page = await tls_reports.received(principal.organization_id, cursor=cursor, limit=limit)
    return paged(request, page, page.next_cursor)


@post(f"{PATH}/received", operation_id="importTlsReports", status_code=200, responses=problems(400, 403),
      request_max_body_size=2 * MAX_UPLOAD, summary="Bring reports as a file")  # fmt: skip
async def import_reports(
    data: JSONBody[TlsReportUpload], principal: NamedDependency[Principal], tls_reports: NamedDependency[TlsReports]
) -> ImportedTlsReports:
    """How many of them are new."""
    try:
        content = base64.b64decode(data.content, validate=True)
        outcome = await tls_reports.bring(principal, content)
    except ValueError as exc:
        words = str(exc) if isinstance(exc, NotAReport) else "`content` is not base64"
        raise Refusal(400, words, kind="bad-file") from exc
    log.info("tls_reports.imported", new=outcome.new, account_id=str(principal.account_id))
    return outcome


@get(f"{PATH}/sent", operation_id="listSentTlsReports", responses=problems(), summary="TLS reports to others")
async def list_sent(
    principal: NamedDependency[Principal], tls_reports: NamedDependency[TlsReports]
) -> SentTlsReportPage:
    """What each domain was told about each day, the newest first."""
    return await tls_reports.sent(principal.organization_id)


ROUTES: Sequence[Any] = (read_overview, list_received, import_reports, list_sent)
