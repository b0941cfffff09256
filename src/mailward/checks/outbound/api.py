# SPDX-License-Identifier: Apache-2.0
"""Routes of outbound mail: connectors, and senders that are paused."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from mailward.checks.outbound.connectors import Connectors
from mailward.checks.outbound.shapes import MadeConnector, NewConnector, Outbound, Pause, Pauses
from mailward.contract.principal import Principal
from mailward.kit.http import Refusal, not_found, problems

log = structlog.get_logger()

PATH = "/api/v1/outbound"


@get(f"{PATH}/connectors", operation_id="listOutboundConnectors", responses=problems(),
     summary="Servers that may send for your domains, and how each domain sends")  # fmt: skip
async def list_connectors(
    principal: NamedDependency[Principal], connectors: NamedDependency[Connectors]
) -> Outbound:  # fmt: skip
    """Connectors oldest first, the clouds that the operator described, and all domains."""
    return await connectors.read(principal.organization_id)


@post(f"{PATH}/connectors", operation_id="addOutboundConnector", status_code=201, responses=problems(400, 403),
      summary="Let servers send for your domains")  # fmt: skip
async def add_connector(
    data: JSONBody[NewConnector], principal: NamedDependency[Principal], connectors: NamedDependency[Connectors]
) -> MadeConnector:
    """The connector; a secret that was made for it is said only here."""
    try:
        made = await connectors.add(principal, data)
    except ValueError as exc:
        raise Refusal(400, str(exc), kind="bad-connector") from exc
    log.info("outbound.connector_added", id=str(made.connector.id), account_id=str(principal.account_id))
    return made


@put(f"{PATH}/connectors/{{id:uuid}}", operation_id="changeOutboundConnector", responses=problems(400, 403, 404),
     summary="Change a connector")  # fmt: skip
async def change_connector(
    id: UUID,  # noqa: A002 - the path says so
    data: JSONBody[NewConnector],
    principal: NamedDependency[Principal],
    connectors: NamedDependency[Connectors],
) -> MadeConnector:
    """The connector as it is now. A secret that it has stays; one that it needs now is made, and said here."""
    try:
        made = await connectors.change(principal, id, data)
    except ValueError as exc:
        raise Refusal(400, str(exc), kind="bad-connector") from exc
    if made is None:
        raise not_found()
    log.info("outbound.connector_changed", id=str(id), account_id=str(principal.account_id))
    return made


@delete(f"{PATH}/connectors/{{id:uuid}}", operation_id="deleteOutboundConnector", responses=problems(400, 403, 404),
        summary="Remove a connector")  # fmt: skip
async def delete_connector(
    id: UUID,  # noqa: A002 - the path says so
    principal: NamedDependency[Principal],
    connectors: NamedDependency[Connectors],
) -> None:
    """Its servers may not send any more."""
    if not await connectors.delete(principal.organization_id, id):
        raise not_found()
    log.info("outbound.connector_removed", id=str(id), account_id=str(principal.account_id))


@post(f"{PATH}/connectors/{{id:uuid}}/secret", operation_id="renewOutboundSecret", status_code=201,
      responses=problems(400, 403, 404), summary="Make a new secret for a connector")  # fmt: skip
async def renew_secret(
    id: UUID,  # noqa: A002 - the path says so
    principal: NamedDependency[Principal],
    connectors: NamedDependency[Connectors],
) -> MadeConnector:
    """The new secret, said only here. The old one is worth nothing from now on."""
    made = await connectors.renew(principal, id)
    if made is None:
        raise not_found()
    log.info("outbound.secret_renewed", id=str(id), account_id=str(principal.account_id))
    return made


@get(f"{PATH}/pauses", operation_id="listOutboundPauses", responses=problems(),
     summary="Senders that are paused, or were lately")  # fmt: skip
async def list_pauses(principal: NamedDependency[Principal], connectors: NamedDependency[Connectors]) -> Pauses:
    """At most 200; those that hold come first."""
    return await connectors.pauses(principal.organization_id)


@post(f"{PATH}/pauses/{{id:uuid}}/lift", operation_id="liftOutboundPause", status_code=200,
      responses=problems(400, 403, 404), summary="Let a paused sender send again")  # fmt: skip
async def lift_pause(
    id: UUID,  # noqa: A002 - the path says so
    principal: NamedDependency[Principal],
    connectors: NamedDependency[Connectors],
) -> Pause:
    """The pause as it is now. All processes know within seconds."""
    pause = await connectors.lift(principal, id)
    if pause is None:
        raise not_found()
    log.info("outbound.lifted", id=str(id), account_id=str(principal.account_id))
    return pause


ROUTES: Sequence[Any] = (
    list_connectors, add_connector, change_connector, delete_connector, renew_secret, list_pauses, lift_pause,
)  # fmt: skip
