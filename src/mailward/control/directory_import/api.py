# SPDX-License-Identifier: Apache-2.0
"""Routes of the valid recipients."""

from collections.abc import Sequence
from typing import Annotated, Any

import structlog
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.response import Stream

from mailward.contract.principal import Principal
from mailward.control.directory_import.recipients import Recipients
from mailward.control.directory_import.shapes import (
    MAX_ADDRESS,
    RecipientImport,
    RecipientPage,
    RecipientPlan,
    ValidRecipient,
)
from mailward.kit.domain_names import domain_of
from mailward.kit.http import Cursor, Limit, Refusal, not_found, paged, problems
from mailward.kit.list_import import MAX_BYTES
from mailward.kit.paging import DEFAULT_LIMIT

log = structlog.get_logger()

PATH = "/api/v1/directory_import/recipients"

DomainFilter = Annotated[str | None, QueryParameter(max_length=253, description="Only entries of this domain")]


@get(PATH, operation_id="listRecipients", responses=problems(400), summary="Valid recipients, by domain and address")
async def list_recipients(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    recipients: NamedDependency[Recipients],
    domain: DomainFilter = None,
    q: Annotated[str, QueryParameter(max_length=100, description="Part of an address or name")] = "",
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response[RecipientPage]:
    """A page of entries."""
    page = await recipients.page(
        principal.organization_id, domain=domain and domain_of(domain), search=q, cursor=cursor, limit=limit
    )
    return paged(request, page, page.next_cursor)


@post(PATH, operation_id="addRecipient", status_code=201, responses=problems(400, 403),
      summary="Add a valid recipient")  # fmt: skip
async def add_recipient(
    data: JSONBody[ValidRecipient], principal: NamedDependency[Principal], recipients: NamedDependency[Recipients]
) -> ValidRecipient:
    """The entry as it stands now; adding it again changes its name."""
    try:
        added = await recipients.add(principal.organization_id, data)
    except ValueError as exc:
        raise Refusal(400, str(exc), kind="bad-recipient") from exc
    log.info("directory_import.recipient_added", account_id=str(principal.account_id))
    return added


@delete(f"{PATH}/{{address:str}}", operation_id="deleteRecipient", responses=problems(400, 403, 404),
        summary="Remove a valid recipient")  # fmt: skip
async def delete_recipient(
    address: str, principal: NamedDependency[Principal], recipients: NamedDependency[Recipients]
) -> None:
    """With the recipient filter on, mail for this address is refused from now on."""
    if len(address) > MAX_ADDRESS or not await recipients.delete(principal.organization_id, address):
        raise not_found()
    log.info("directory_import.recipient_removed", account_id=str(principal.account_id))


@post(f"{PATH}/import", operation_id="importRecipients", status_code=200, responses=problems(400, 403),
      request_max_body_size=MAX_BYTES, summary="Bring a list as CSV, or see what it would change")  # fmt: skip
async def import_recipients(
    data: JSONBody[RecipientImport], principal: NamedDependency[Principal], recipients: NamedDependency[Recipients]
) -> RecipientPlan:
    """A plan first: without `dry_run: false` nothing is written."""
    plan = await recipients.bring(principal.organization_id, data)
    if plan.written:
        log.info("directory_import.imported", added=plan.added, changed=plan.changed, removed=plan.removed,
                 account_id=str(principal.account_id))  # fmt: skip
    return plan


@get(f"{PATH}/export", operation_id="exportRecipients", responses=problems(400), media_type="text/csv",
     summary="The valid recipients as CSV, all of them")  # fmt: skip
async def export_recipients(
    principal: NamedDependency[Principal], recipients: NamedDependency[Recipients], domain: DomainFilter = None
) -> Stream:
    """Lines of `address,display name`, which can be brought again."""
    if domain and "\x00" in domain:  # it would break off a stream that has begun
        raise Refusal(400, "a domain has no such characters", kind="bad-domain")
    plain = domain and domain.isascii() and domain.replace(".", "").replace("-", "").isalnum()
    name = f"valid-recipients-{domain}.csv" if plain else "valid-recipients.csv"
    return Stream(
        recipients.export(principal.organization_id, domain and domain_of(domain)),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


ROUTES: Sequence[Any] = (
    list_recipients, add_recipient, delete_recipient, import_recipients, export_recipients,
)  # fmt: skip
