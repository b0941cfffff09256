# SPDX-License-Identifier: Apache-2.0
"""Routes of DMARC reports."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import structlog
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.response import Stream

from mailward.contract.dns import Resolvers
from mailward.contract.principal import Principal
from mailward.kit.http import Cursor, Limit, Refusal, not_found, paged, problems
from mailward.kit.paging import DEFAULT_LIMIT
from mailward.records.dmarc_reports.desk import DmarcReports
from mailward.records.dmarc_reports.shapes import (
    MAX_UPLOAD,
    DmarcRecordList,
    DmarcSending,
    DmarcSourceDetail,
    DmarcSourceList,
    DmarcSummary,
    ImportOutcome,
    ReceivedReportPage,
    ReportUpload,
    SendingPlan,
    SourceKind,
)

log = structlog.get_logger()

FEATURE = "dmarc_reports"
PATH = "/api/v1/dmarc_reports"

Days = Annotated[int, QueryParameter(ge=1, le=400, description="So many days, today among them")]
OneDomain = Annotated[str, QueryParameter(name="domain", max_length=253, description="One domain; all if left out")]


@get(f"{PATH}/summary", operation_id="readDmarcSummary", responses=problems(400),
     summary="Who sends in your name: numbers of a period, by day and domain")  # fmt: skip
async def read_summary(
    principal: NamedDependency[Principal],
    dmarc_reports: NamedDependency[DmarcReports],
    days: Days = 30,
    domain: OneDomain = "",
) -> DmarcSummary:
    """With advice for each domain: the next step towards a policy that protects."""
    return await dmarc_reports.summary(principal.organization_id, days=days, domain=domain.lower())


@get(f"{PATH}/sources", operation_id="listDmarcSources", responses=problems(400),
     summary="The sources, those with most failing mail first")  # fmt: skip
async def list_sources(
    principal: NamedDependency[Principal],
    dmarc_reports: NamedDependency[DmarcReports],
    days: Days = 30,
    domain: OneDomain = "",
    kind: Annotated[SourceKind | None, QueryParameter(description="Only sources that look like this")] = None,
) -> DmarcSourceList:
    """Addresses are added up under the domain above their names."""
    return await dmarc_reports.sources(principal.organization_id, days=days, domain=domain.lower(), kind=kind)


@get(f"{PATH}/sources/{{name:str}}", operation_id="readDmarcSource", responses=problems(400, 404),
     summary="One source, in full")  # fmt: skip
async def read_source(
    name: str,
    principal: NamedDependency[Principal],
    dmarc_reports: NamedDependency[DmarcReports],
    days: Days = 30,
    domain: OneDomain = "",
) -> DmarcSourceDetail:
    """Its addresses, how their mail fared, and who reports it."""
    detail = await dmarc_reports.source(principal.organization_id, name.lower(), days=days, domain=domain.lower())
    if detail is None:
        raise not_found()
    return detail


@get(f"{PATH}/received", operation_id="listReceivedDmarcReports", responses=problems(400),
     summary="Reports about your domains, newest first")  # fmt: skip
async def list_received(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    dmarc_reports: NamedDependency[DmarcReports],
    domain: OneDomain = "",
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response[ReceivedReportPage]:
    """A page of reports."""
    page = await dmarc_reports.reports(principal.organization_id, domain=domain.lower(), cursor=cursor, limit=limit)
    return paged(request, page, page.next_cursor)


@delete(f"{PATH}/received/{{id:uuid}}", operation_id="deleteReceivedDmarcReport", responses=problems(400, 403, 404),
        summary="Take a report out")  # fmt: skip
async def delete_received(
    id: UUID,  # noqa: A002 - the path says so
    principal: NamedDependency[Principal],
    dmarc_reports: NamedDependency[DmarcReports],
) -> None:
    """Its rows no longer count."""
    if not await dmarc_reports.delete(principal.organization_id, id):
        raise not_found()
    log.info("dmarc_reports.deleted", id=str(id), account_id=str(principal.account_id))


@post(f"{PATH}/received", operation_id="importDmarcReports", status_code=200, responses=problems(400, 403),
      request_max_body_size=2 * MAX_UPLOAD, summary="Bring reports as a file")  # fmt: skip
async def import_reports(
    data: JSONBody[ReportUpload],
    principal: NamedDependency[Principal],
    dmarc_reports: NamedDependency[DmarcReports],
) -> ImportOutcome:
    """What of it is new, and what could not be kept."""
    try:
        content = base64.b64decode(data.content, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise Refusal(400, "`content` is not base64", kind="bad-file") from exc
    outcome = await dmarc_reports.bring(principal, content)
    log.info("dmarc_reports.imported", new=outcome.new, account_id=str(principal.account_id))
    return outcome


@get(f"{PATH}/export", operation_id="exportDmarcRows", responses=problems(400), media_type="text/csv",
     summary="All rows of a period as CSV")  # fmt: skip
async def export_rows(
    principal: NamedDependency[Principal],
    dmarc_reports: NamedDependency[DmarcReports],
    days: Days = 30,
    domain: OneDomain = "",
) -> Stream:
    """Safe to open in a spreadsheet: no cell is a formula."""
    if "\x00" in domain:  # it would break off a stream that has begun
        raise Refusal(400, "a domain has no such characters", kind="bad-domain")
    rows = dmarc_reports.export(principal.organization_id, days=days, domain=domain.lower())
    headers = {"Content-Disposition": f'attachment; filename="dmarc-{days}-days.csv"'}
    return Stream(rows, media_type="text/csv", headers=headers)


@get(f"{PATH}/records", operation_id="listDmarcRecords", responses=problems(400),
     summary="The DMARC records of your domains: as they should be, and as the DNS has them now")  # fmt: skip
async def list_records(
    principal: NamedDependency[Principal],
    dmarc_reports: NamedDependency[DmarcReports],
    fresh_dns: NamedDependency[Callable[[], Resolvers]],
) -> DmarcRecordList:
    """Asks the DNS about every domain, without remembering what it said before."""
    return await dmarc_reports.records(principal, fresh_dns()(FEATURE))


@get(f"{PATH}/sending", operation_id="readDmarcSending", responses=problems(400),
     summary="Reports that you send: the newest, and the boxes that are left alone")  # fmt: skip
async def read_sending(
    principal: NamedDependency[Principal], dmarc_reports: NamedDependency[DmarcReports]
) -> DmarcSending:
    """What was sent, what became of it, and who got none and why."""
    return await dmarc_reports.sending(principal.organization_id)


@get(f"{PATH}/sending/plan", operation_id="planDmarcSending", responses=problems(400),
     summary="What would be reported about a day, without sending it")  # fmt: skip
async def plan_sending(
    principal: NamedDependency[Principal],
    dmarc_reports: NamedDependency[DmarcReports],
    fresh_dns: NamedDependency[Callable[[], Resolvers]],
    day: Annotated[date | None, QueryParameter(description="The day (UTC); yesterday if left out")] = None,
) -> SendingPlan:
    """The addresses are asked of the DNS now; days of which everything is sent are empty."""
    return await dmarc_reports.plan(principal.organization_id, day, fresh_dns()(FEATURE))


@delete(f"{PATH}/dead_boxes/{{address:str}}", operation_id="reviveDmarcBox", responses=problems(400, 403, 404),
        summary="Send reports to a box again")  # fmt: skip
async def revive_box(
    address: str,
    principal: NamedDependency[Principal],
    dmarc_reports: NamedDependency[DmarcReports],
) -> None:
    """The next report goes to it as before."""
    if not await dmarc_reports.revive(principal.organization_id, address):
        raise not_found()
    log.info("dmarc_reports.box_revived", account_id=str(principal.account_id))


ROUTES: Sequence[Any] = (
    list_records,
    read_sending,
    plan_sending,
    revive_box,
    read_summary, list_sources, read_source, list_received, delete_received, import_reports, export_rows,
)  # fmt: skip
