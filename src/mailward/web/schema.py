# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI document, made from the routes themselves."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Litestar
from litestar._openapi.schema_generation.plugins import StructSchemaPlugin
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import License

from mailward import __version__


class ExactStructs(StructSchemaPlugin):
    """A field is optional only where it may be left out (`UNSET`): one with a default is always written."""

    @staticmethod
    def _is_field_required(field: msgspec.inspect.Field) -> bool:
        return field.default is not msgspec.UNSET


def document(routes: Sequence[Any]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these routes."""
    config = OpenAPIConfig(
        title="Mailward",
        version=__version__,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        use_handler_docstrings=True,
    )
    app = Litestar(route_handlers=list(routes), openapi_config=config, plugins=[ExactStructs()])
    return app.openapi_schema.to_schema()
