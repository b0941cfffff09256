# SPDX-License-Identifier: Apache-2.0
"""The route of the reverse DNS rules; the rules themselves are settings."""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from mailward.checks.reverse_dns.explanation import NamesExplanation, NamesQuestion
from mailward.contract.principal import Principal
from mailward.kit.http import Refusal, problems


@get("/api/v1/reverse_dns/explanation", operation_id="explainNames", responses=problems(400),
     summary="What an address is called, and whether that is enough")  # fmt: skip
async def explain_names(
    principal: NamedDependency[Principal],
    names_question: NamedDependency[NamesQuestion],
    address: Annotated[str, QueryParameter(max_length=60, description="An IPv4 or IPv6 address")],
    sender: Annotated[str, QueryParameter(max_length=320, description="The envelope sender; empty for notices")] = "",
) -> NamesExplanation:
    """A dry run: the names are looked up just now, and judged by the rule for this sender."""
    try:
        return await names_question.explain(principal.organization_id, address=address, sender=sender)
    except ValueError as exc:
        raise Refusal(400, str(exc), kind="bad-address") from exc


ROUTES: Sequence[Any] = (explain_names,)
