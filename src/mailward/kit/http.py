# SPDX-License-Identifier: Apache-2.0
"""The shapes that every HTTP route shares: who is asking, how a page is linked, and how an error is said.

Rooms below `web` declare their routes with these; what turns them into responses stands in `web`.
"""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from msgspec import UNSET, UnsetType

from mailward.kit.paging import MAX_LIMIT

Body = TypeVar("Body")

PROBLEM_TYPE = "application/problem+json"
Cursor = Annotated[str | None, QueryParameter(max_length=1000, description="`next_cursor` of the page before")]
Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description="Rows of a page")]
PUBLIC = "public"
"""The `opt` key of a route that needs no session. Everything else does."""

_WORDS = {
    400: "The request cannot be understood",
    401: "Nobody is signed in",
    403: "This is not allowed",
    404: "There is no such thing here",
    409: "This is not possible as things stand",
    410: "It was here and is gone",
    413: "The request is too large",
    429: "Too many requests",
    503: "Not available at the moment",
}


class FieldError(msgspec.Struct, frozen=True):
    """One field that was not as it should be; `pointer` is a JSON pointer into the request."""

    pointer: str
    detail: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An error as RFC 9457 writes it. `position` is a 0-based column in a search query."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FieldError] | UnsetType = UNSET
    position: int | UnsetType = UNSET


class Refusal(Exception):  # noqa: N818 - the word of HTTP people: the request is refused
    """Raised by a route; answered as a `Problem`. `detail` is for the person who asked, and names no internals.

    `kind` is the last part of the problem's type, stable, in lower-kebab-case. `errors` are the
    fields that it is about.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        kind: str = "",
        position: int | None = None,
        retry_after: int | None = None,
        errors: Sequence[FieldError] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.kind = kind
        self.position = position
        self.retry_after = retry_after
        self.errors = errors


def not_found() -> Refusal:
    """The same answer for what does not exist and for what belongs to somebody else."""
    return Refusal(404, "there is nothing under this id, or it is not yours to see", kind="not-found")


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """For a route's `responses`: the errors that it may answer with, beside what every route may."""
    return {
        status: ResponseSpec(Problem, description=_WORDS[status], media_type=PROBLEM_TYPE, generate_examples=False)
        for status in sorted({401, *statuses})
    }


def paged(request: Request[Any, Any, Any], body: Body, next_cursor: str | None) -> Response[Body]:
    """A page, with the address of the next one in its Link header (RFC 8288)."""
    if next_cursor is None:
        return Response(body)
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    address = f"{request.url.path}?{urlencode([*query, ('cursor', next_cursor)])}"
    return Response(body, headers={"Link": f'<{address}>; rel="next"'})
