# SPDX-License-Identifier: Apache-2.0
"""The route of the overview."""

from collections.abc import Sequence
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from mailward.contract.principal import Principal
from mailward.kit.http import problems
from mailward.records.reports.service import Reports
from mailward.records.reports.shapes import Overview, Period


@get("/api/v1/overview", operation_id="readOverview", responses=problems(400),
     summary="Numbers of a period beside those of the period before")  # fmt: skip
async def read_overview(
    principal: NamedDependency[Principal], reports: NamedDependency[Reports], period: FromQuery[Period] = Period.DAY
) -> Overview:
    """Counts, a series for the chart, and what stands out."""
    return await reports.overview(principal.organization_id, period)


ROUTES: Sequence[Any] = (read_overview,)
