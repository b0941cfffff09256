# SPDX-License-Identifier: Apache-2.0
"""Each feature's options: what they are, what the organization chose, and the change of it.

The struct in a room's `settings.py` is the whole truth: it validates, it gives the defaults, and its JSON
Schema draws the console's form.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any

import msgspec
import structlog
from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from mailward.contract.feature import Feature, NoSettings
from mailward.contract.principal import Principal
from mailward.kit.database import Database
from mailward.kit.http import FieldError, Refusal, not_found, problems
from mailward.policy import store
from mailward.web.services import Services

log = structlog.get_logger()

PATH = "/api/v1/features/{name:str}/settings"

_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
"""How msgspec says what is wrong, and where."""


class FeatureSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`values` is what counts; `changed` names the options that differ from the `defaults` because the
    organization chose so; `schema` is a JSON Schema with titles and descriptions."""

    feature: str
    values: dict[str, Any]
    defaults: dict[str, Any]
    changed: list[str]
    schema: dict[str, Any]


@get(PATH, operation_id="readFeatureSettings", responses=problems(400, 404), summary="A feature's options")
async def read_settings(
    name: str,
    principal: NamedDependency[Principal],
    services: NamedDependency[Services],
    database: NamedDependency[Database],
) -> FeatureSettings:
    """The options of one feature, as this organization has them."""
    feature = _feature(services, name)
    async with database.scoped(principal.organization_id) as connection:
        changed = (await store.settings(connection)).get(name, {})
    return _shown(feature, changed)


@put(PATH, operation_id="changeFeatureSettings", responses=problems(400, 403, 404),
     summary="Change a feature's options")  # fmt: skip
async def change_settings(
    name: str,
    data: JSONBody[dict[str, Any]],
    principal: NamedDependency[Principal],
    services: NamedDependency[Services],
    database: NamedDependency[Database],
    dry_run: Annotated[
        bool, QueryParameter(description="Only say whether the options are sound, and what would count")
    ] = False,
) -> FeatureSettings:
    """The options that are named replace what was chosen before; all others go back to their defaults."""
    feature = _feature(services, name)
    unknown = sorted(set(data) - set(feature.settings.__struct_fields__))
    if unknown:
        raise Refusal(400, f"{name} has no option {unknown[0][:100]!r}", kind="unknown-option")
    try:
        chosen = msgspec.convert(data, feature.settings)
    except msgspec.ValidationError as exc:
        raise Refusal(400, str(exc), kind="bad-option", errors=_places(str(exc))) from exc
    values = {field: msgspec.to_builtins(getattr(chosen, field)) for field in data}
    if dry_run:
        return _shown(feature, values)
    async with database.scoped(principal.organization_id) as connection:
        await store.change_settings(connection, principal.organization_id, name, values)
    log.info("settings.changed", feature=name, options=sorted(values), account_id=str(principal.account_id))
    return _shown(feature, values)


ROUTES: Sequence[Any] = (read_settings, change_settings)


def _feature(services: Services, name: str) -> Feature:
    for feature in services.features:
        if feature.name == name and feature.settings is not NoSettings:
            return feature
    raise not_found()


def _shown(feature: Feature, changed: dict[str, Any]) -> FeatureSettings:
    values = msgspec.to_builtins(msgspec.convert(changed, feature.settings))
    defaults = msgspec.to_builtins(feature.settings())
    return FeatureSettings(
        feature=feature.name,
        values=values,
        defaults=defaults,
        changed=[name for name, value in values.items() if value != defaults[name]],
        schema=_schema(feature.settings),
    )


def _places(sentence: str) -> Sequence[FieldError]:
    """The option that msgspec complains about, as a pointer.

    >>> _places("Expected `int` <= 4 - at `$.lists[0].level`")
    [FieldError(pointer='/lists/0/level', detail='Expected `int` <= 4')]
    """
    found = _PLACE.match(sentence)
    if found is None or not found["path"]:
        return []
    pointer = re.sub(r"[.\[]", "/", found["path"]).replace("]", "")
    return [FieldError(pointer, found["what"])]


@cache
def _schema(settings: type) -> dict[str, Any]:
    return msgspec.json.schema(settings)
