# SPDX-License-Identifier: Apache-2.0
"""Routes of the IP reputation: the approved and blocked addresses, and who must wait."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import structlog
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.response import Stream

from mailward.checks.ip_reputation.entries import AddressEntries
from mailward.checks.ip_reputation.explanation import AddressExplanation, AddressQuestion, ListHealthPage
from mailward.checks.ip_reputation.shapes import (
    AddressEntry,
    AddressEntryPage,
    AddressImport,
    AddressList,
    AddressSort,
    NewAddressEntry,
    Penalties,
)
from mailward.contract.principal import Principal
from mailward.kit.http import Cursor, Limit, Refusal, not_found, paged, problems
from mailward.kit.list_import import MAX_BYTES, EntriesRemoved, EntryRemoval, ImportPlan
from mailward.kit.paging import DEFAULT_LIMIT

log = structlog.get_logger()

PATH = "/api/v1/ip_reputation"


@get(f"{PATH}/addresses", operation_id="listAddressEntries", responses=problems(400),
     summary="Approved and blocked addresses")  # fmt: skip
async def list_addresses(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    address_entries: NamedDependency[AddressEntries],
    which: Annotated[AddressList | None, QueryParameter(name="list", description="One list; both if left out")] = None,
    q: Annotated[
        str, QueryParameter(max_length=100, description="Part of a network or a note, or an address that it holds")
    ] = "",
    sort: Annotated[AddressSort, QueryParameter(description="Newest first if left out")] = AddressSort.NEWEST,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response[AddressEntryPage]:
    """A page of entries."""
    page = await address_entries.page(
        principal.organization_id, which=which, search=q, sort=sort, cursor=cursor, limit=limit
    )
    return paged(request, page, page.next_cursor)


@post(f"{PATH}/addresses", operation_id="addAddressEntry", status_code=201, responses=problems(400, 403),
      summary="Approve or block an address or a network")  # fmt: skip
async def add_address(
    data: JSONBody[NewAddressEntry],
    principal: NamedDependency[Principal],
    address_entries: NamedDependency[AddressEntries],
) -> AddressEntry:
    """The entry as it stands now; adding it again changes its note and expiry."""
    try:
        entry = await address_entries.add(principal, data)
    except ValueError as exc:
        raise Refusal(400, str(exc), kind="bad-address") from exc
    log.info("ip_reputation.entry_added", list=data.list, network=entry.network, account_id=str(principal.account_id))
    return entry


@delete(f"{PATH}/addresses/{{id:uuid}}", operation_id="deleteAddressEntry", responses=problems(400, 403, 404),
        summary="Remove an entry")  # fmt: skip
async def delete_address(
    id: UUID,  # noqa: A002 - the path says so
    principal: NamedDependency[Principal],
    address_entries: NamedDependency[AddressEntries],
) -> None:
    """It no longer counts for the next mail."""
    if not await address_entries.delete(principal.organization_id, id):
        raise not_found()
    log.info("ip_reputation.entry_removed", id=str(id), account_id=str(principal.account_id))


@post(f"{PATH}/addresses/remove", operation_id="removeAddressEntries", status_code=200, responses=problems(400, 403),
      summary="Remove several entries")  # fmt: skip
async def remove_addresses(
    data: JSONBody[EntryRemoval],
    principal: NamedDependency[Principal],
    address_entries: NamedDependency[AddressEntries],
) -> EntriesRemoved:
    """Those that are not there any more are passed over."""
    removed = await address_entries.delete_many(principal.organization_id, data.ids)
    log.info("ip_reputation.entries_removed", count=removed, account_id=str(principal.account_id))
    return EntriesRemoved(removed)


@get(f"{PATH}/addresses/export", operation_id="exportAddressEntries", responses=problems(400), media_type="text/csv",
     summary="A whole list as CSV")  # fmt: skip
async def export_addresses(
    which: Annotated[AddressList, QueryParameter(name="list", description="Which list")],
    principal: NamedDependency[Principal],
    address_entries: NamedDependency[AddressEntries],
) -> Stream:
    """A file that can be brought again. Its last line says how many entries there are."""
    return Stream(
        address_entries.take(principal.organization_id, which),
        headers={"Content-Disposition": f'attachment; filename="{which}-addresses.csv"'},
    )


@post(f"{PATH}/addresses/import", operation_id="importAddressEntries", status_code=200, responses=problems(400, 403),
      request_max_body_size=MAX_BYTES, summary="Bring a list as CSV, or see what it would change")  # fmt: skip
async def import_addresses(
    data: JSONBody[AddressImport],
    principal: NamedDependency[Principal],
    address_entries: NamedDependency[AddressEntries],
) -> ImportPlan:
    """A plan first: without `dry_run: false` nothing is written."""
    plan = await address_entries.bring(principal, data)
    if plan.written:
        log.info("ip_reputation.imported", list=data.list, added=plan.added, changed=plan.changed,
                 removed=plan.removed, account_id=str(principal.account_id))  # fmt: skip
    return plan


@get(f"{PATH}/penalties", operation_id="listPenalties", responses=problems(),
     summary="Addresses that must wait, from our own experience")  # fmt: skip
async def list_penalties(
    principal: NamedDependency[Principal], address_entries: NamedDependency[AddressEntries]
) -> Penalties:
    """At most 200, those that must wait longest first."""
    return await address_entries.penalties(principal.organization_id)


@get(f"{PATH}/explanation", operation_id="explainAddress", responses=problems(400),
     summary="What decides on an address, step by step")  # fmt: skip
async def explain_address(
    principal: NamedDependency[Principal],
    address_question: NamedDependency[AddressQuestion],
    address: Annotated[str, QueryParameter(max_length=60, description="An IPv4 or IPv6 address")],
) -> AddressExplanation:
    """A dry run: nothing is counted. DNS lists that are switched on are tested and asked just now."""
    try:
        return await address_question.explain(principal.organization_id, address)
    except ValueError as exc:
        raise Refusal(400, str(exc), kind="bad-address") from exc


@get(f"{PATH}/dns_lists", operation_id="listDnsLists", responses=problems(),
     summary="How the DNS block lists were at their last test")  # fmt: skip
async def list_dns_lists(
    principal: NamedDependency[Principal], address_question: NamedDependency[AddressQuestion]
) -> ListHealthPage:
    """A list that is not well is not asked until it passes again."""
    return await address_question.health(principal.organization_id)


ROUTES: Sequence[Any] = (
    list_addresses, add_address, delete_address, remove_addresses, export_addresses, import_addresses, list_penalties,
    explain_address, list_dns_lists,
)  # fmt: skip
