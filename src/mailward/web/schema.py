# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI document, made from the routes themselves."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Union, get_args, get_type_hints

import msgspec
from litestar import Litestar
from litestar.di import Dependency, Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import License, Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition

from mailward import __version__

if TYPE_CHECKING:
    from litestar._openapi.schema_generation import SchemaCreator


class ExactStructs(OpenAPISchemaPlugin):
    """A field is optional only where it may be left out (`UNSET`): one with a default is always written."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        """Structs."""
        return not field_definition.is_union and field_definition.is_subclass_of(msgspec.Struct)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: "SchemaCreator") -> Schema:
        """The schema of one struct."""
        hints = field_definition.get_type_hints(include_extras=True, resolve_generics=True)
        described = msgspec.inspect.type_info(field_definition.type_)
        assert isinstance(described, msgspec.inspect.StructType)
        return schema_creator.create_component_schema(
            field_definition,
            required=[
                field.encode_name for field in described.fields if _given(hints[field.name]) is hints[field.name]
            ],
            property_fields={
                field.encode_name: FieldDefinition.from_annotation(_given(hints[field.name]), name=field.encode_name)
                for field in described.fields
            },
        )


def document(routes: Sequence[Any]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these routes."""
    config = OpenAPIConfig(
        title="Mailward",
        version=__version__,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        use_handler_docstrings=True,
    )
    nothing = {name: Provide(lambda: None, sync_to_thread=False) for name in _injected(routes)}
    app = Litestar(route_handlers=list(routes), dependencies=nothing, openapi_config=config, plugins=[ExactStructs()])
    made = app.openapi_schema.to_schema()
    for path in made["paths"].values():
        for operation in path.values():
            operation["responses"].get("204", {}).pop("content", None)
    return made


def _given(hint: Any) -> Any:
    """The type of a field that is there: what remains beside `UNSET`."""
    if msgspec.UnsetType not in get_args(hint):
        return hint
    return Union[tuple(kind for kind in get_args(hint) if kind is not msgspec.UnsetType)]  # noqa: UP007 - computed


def _injected(routes: Sequence[Any]) -> set[str]:
    """The names of what the routes are given by the application, not by the request."""
    return {
        name
        for route in routes
        for name, hint in get_type_hints(route.fn, include_extras=True).items()
        if any(isinstance(extra, Dependency) for extra in getattr(hint, "__metadata__", ()))
    }
