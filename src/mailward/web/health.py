# SPDX-License-Identifier: Apache-2.0
"""Is this node well? One list of checks behind the health page, `mailward check` and the probes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
import structlog
from litestar import Request, Response, get
from litestar.di import NamedDependency
from msgspec import UNSET, UnsetType

from mailward.contract.wording import NOTHING, Sentence, Wording
from mailward.kit.http import PUBLIC, problems

log = structlog.get_logger()

CHECK_SECONDS = 5.0
_SILENT = Sentence("health.silent", "no answer within {seconds} seconds")
_BROKEN = Sentence("health.broken", "the check itself failed ({trouble}); the log says more")


class Condition(StrEnum):
    """How something is. Degraded still works; failed does not."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"


class Diagnosis(msgspec.Struct, frozen=True):
    """What a check found; `cure` says what to do about it."""

    status: Condition
    detail: Wording
    cure: Wording = NOTHING


@dataclass(frozen=True)
class HealthCheck:
    """One named check. A check that raises or takes longer than `CHECK_SECONDS` has failed."""

    name: str
    examine: Callable[[], Awaitable[Diagnosis]]


class HealthEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the health page. The ids and values are the same for translators."""

    name: str
    status: Condition
    detail: str
    detail_id: str = ""
    detail_values: dict[str, str] = {}
    cure: str | UnsetType = UNSET
    cure_id: str = ""
    cure_values: dict[str, str] = {}


class Health(msgspec.Struct, frozen=True):
    """The worst of the checks, and all of them."""

    status: Condition
    checks: list[HealthEntry]


class Doctor:
    """Runs all checks of a node at once."""

    def __init__(self, checks: Sequence[HealthCheck]) -> None:
        self._checks = checks

    async def examine(self) -> Health:
        """The state of the node now."""
        entries = await asyncio.gather(*(_entry(check) for check in self._checks))
        worst = max((entry.status for entry in entries), key=list(Condition).index, default=Condition.OK)
        return Health(worst, list(entries))


async def _entry(check: HealthCheck) -> HealthEntry:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            found = await check.examine()
    except TimeoutError:
        found = Diagnosis(Condition.FAILED, _SILENT(seconds=f"{CHECK_SECONDS:.0f}"))
    except Exception as exc:
        log.exception("health.check_failed", check=check.name)
        found = Diagnosis(Condition.FAILED, _BROKEN(trouble=type(exc).__name__))
    return HealthEntry(
        name=check.name, status=found.status, detail=found.detail.text, detail_id=found.detail.id,
        detail_values=found.detail.values, cure=found.cure.text or UNSET, cure_id=found.cure.id,
        cure_values=found.cure.values,
    )  # fmt: skip


@get("/api/v1/health", operation_id="readHealth", responses=problems(), summary="Is this node well?")
async def read_health(doctor: NamedDependency[Doctor]) -> Health:
    """All checks, with what to do about them."""
    return await doctor.examine()


@get("/livez", opt={PUBLIC: True}, include_in_schema=False, sync_to_thread=False)
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": Condition.OK}


@get("/readyz", opt={PUBLIC: True}, include_in_schema=False)
async def ready(request: Request[Any, Any, Any], doctor: NamedDependency[Doctor]) -> Response[dict[str, Any]]:
    """The node can do its work: 200, or 503. With `?verbose` each check, without details, since anyone may ask."""
    health = await doctor.examine()
    body: dict[str, Any] = {"status": health.status}
    if "verbose" in request.query_params:
        body["checks"] = [{"name": entry.name, "status": entry.status} for entry in health.checks]
    return Response(body, status_code=503 if health.status is Condition.FAILED else 200)


ROUTES: Sequence[Any] = (read_health, live, ready)
