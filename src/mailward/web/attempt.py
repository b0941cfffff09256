# SPDX-License-Identifier: Apache-2.0
"""Trying a message: the demo sends what was pasted to its own SMTP port, like any stranger would."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from mailward.kit.http import not_found, problems
from mailward.web.services import Services, TryAnswer

MAX_RAW = 5 * 1024 * 1024
MAX_REQUEST = 3 * MAX_RAW
"""Bytes of the request: JSON may need more than one character for one of the mail."""

_LINE_END = re.compile(r"\r\n|\r|\n")


class TrySource(msgspec.Struct, frozen=True):
    """The source text of a mail."""

    raw: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_RAW)]


@post("/api/v1/try", operation_id="tryMessage", status_code=202, responses=problems(400, 403, 404, 413),
      request_max_body_size=MAX_REQUEST, summary="Send a mail to the gateway (demo only)")  # fmt: skip
async def try_message(data: JSONBody[TrySource], services: NamedDependency[Services]) -> TryAnswer:
    """What the gateway answered."""
    if services.try_message is None:
        raise not_found()
    return await services.try_message(_LINE_END.sub("\r\n", data.raw).encode("utf-8", "replace"))


ROUTES: Sequence[Any] = (try_message,)
