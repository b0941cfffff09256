# SPDX-License-Identifier: Apache-2.0
"""Routes of the signing keys."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from mailward.contract.dns import Resolvers
from mailward.contract.principal import Principal
from mailward.disposition.dkim_signing.key_ring import FEATURE_NAME, KeyRing
from mailward.disposition.dkim_signing.shapes import DkimKey, DkimKeys, NewDkimKey
from mailward.egress.door import ON_BEHALF_OF, SwitchedOff
from mailward.kit.http import Refusal, not_found, problems

log = structlog.get_logger()

PATH = "/api/v1/dkim_signing/keys"


@get(PATH, operation_id="listDkimKeys", summary="The signing keys of every domain, and the records to publish")
async def list_keys(principal: NamedDependency[Principal], key_ring: NamedDependency[KeyRing]) -> DkimKeys:
    """Also domains that have no key yet."""
    return await key_ring.read(principal.organization_id)


@post(PATH, operation_id="makeDkimKey", status_code=201, responses=problems(400, 403, 404),
      summary="Make a signing key")  # fmt: skip
async def make_key(
    data: JSONBody[NewDkimKey], principal: NamedDependency[Principal], key_ring: NamedDependency[KeyRing]
) -> DkimKey:
    """It waits until the DNS shows its record, then for the time that is set, and then signs by itself."""
    try:
        made = await key_ring.make(principal.organization_id, data, actor=principal.email)
    except LookupError as exc:
        raise not_found() from exc
    except ValueError as exc:
        raise Refusal(400, str(exc), kind="bad-key") from exc
    log.info("dkim_signing.key_made", domain=made.domain, selector=made.selector, account_id=str(principal.account_id))
    return made


@post(f"{PATH}/{{id:uuid}}/check", operation_id="checkDkimKey", status_code=200, responses=problems(400, 403, 404, 409),
      summary="Look at a key's record now")  # fmt: skip
async def check_key(
    id: UUID,  # noqa: A002 - the path says so
    principal: NamedDependency[Principal],
    key_ring: NamedDependency[KeyRing],
    resolvers: NamedDependency[Resolvers],
) -> DkimKey:
    """Nothing that was remembered is used. The answer says what is wrong, if something is."""
    ON_BEHALF_OF.set((principal.organization_id,))
    try:
        key = await key_ring.look(principal.organization_id, id, resolvers(FEATURE_NAME))
    except SwitchedOff as exc:
        raise Refusal(409, "signing is switched off, and nothing is asked about it", kind="switched-off") from exc
    if key is None:
        raise not_found()
    return key


@post(f"{PATH}/{{id:uuid}}/retire", operation_id="retireDkimKey", status_code=200,
      responses=problems(400, 403, 404, 409), summary="Stop signing with a key")  # fmt: skip
async def retire_key(
    id: UUID,  # noqa: A002 - the path says so
    principal: NamedDependency[Principal],
    key_ring: NamedDependency[KeyRing],
) -> DkimKey:
    """Its record must stay for a while: mail that was signed is still on its way."""
    try:
        key = await key_ring.retire(principal.organization_id, id)
    except ValueError as exc:
        raise Refusal(409, str(exc), kind="key-does-not-sign") from exc
    if key is None:
        raise not_found()
    log.info("dkim_signing.key_retired", domain=key.domain, selector=key.selector,
             account_id=str(principal.account_id))  # fmt: skip
    return key


@delete(f"{PATH}/{{id:uuid}}", operation_id="deleteDkimKey", responses=problems(400, 403, 404, 409),
        summary="Remove a key that does not sign")  # fmt: skip
async def delete_key(
    id: UUID,  # noqa: A002 - the path says so
    principal: NamedDependency[Principal],
    key_ring: NamedDependency[KeyRing],
) -> None:
    """For good: the private half is destroyed with it."""
    try:
        removed = await key_ring.remove(principal.organization_id, id)
    except ValueError as exc:
        raise Refusal(409, str(exc), kind="key-signs") from exc
    if not removed:
        raise not_found()
    log.info("dkim_signing.key_removed", id=str(id), account_id=str(principal.account_id))


ROUTES: Sequence[Any] = (list_keys, make_key, check_key, retire_key, delete_key)
