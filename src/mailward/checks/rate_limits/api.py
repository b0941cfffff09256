# SPDX-License-Identifier: Apache-2.0
"""The route of the rate limits; the limits themselves are settings."""

from collections.abc import Sequence
from typing import Any

from litestar import get
from litestar.di import NamedDependency

from mailward.checks.rate_limits import store
from mailward.checks.rate_limits.shapes import LimitedPage
from mailward.contract.principal import Principal
from mailward.kit.database import Database
from mailward.kit.http import problems


@get("/api/v1/rate_limits/limited", operation_id="listLimited", responses=problems(),
     summary="Who brought too much in the last day")  # fmt: skip
async def list_limited(principal: NamedDependency[Principal], database: NamedDependency[Database]) -> LimitedPage:
    """The latest first, at most 200; written down by the SMTP processes every ten seconds."""
    async with database.scoped(principal.organization_id) as connection:
        return LimitedPage(await store.latest(connection))


ROUTES: Sequence[Any] = (list_limited,)
