# SPDX-License-Identifier: Apache-2.0
"""The web reputation as the API says it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from mailward.contract.web_address import WebSource
from mailward.engines.web_reputation.levels import Band
from mailward.engines.web_reputation.lists import ListState
from mailward.kit.list_import import ImportOrder, Note

MAX_PATTERN = 2048


class WebExceptionList(StrEnum):
    """`approved` addresses are never judged. A `keyword` in the path or query of an address keeps its shape from
    counting, as one-time links need it; lists still count."""

    APPROVED = "approved"
    KEYWORD = "keyword"


class NewWebException(msgspec.Struct, frozen=True, kw_only=True):
    """An exception to add. `expires_at` removes it by itself."""

    list: WebExceptionList
    pattern: Annotated[
        str,
        msgspec.Meta(
            max_length=MAX_PATTERN,
            description="Approved: a host, *.domain for it and everything below, or an address with a path (a trailing"
            " slash means the folder). Keyword: 3 to 256 letters, digits and underscores",
            examples=["*.partner.test", "portal.partner.test/invoices/", "magic_link"],
        ),
    ]
    note: Note = ""
    expires_at: datetime | None = None


class WebException(msgspec.Struct, frozen=True, kw_only=True):
    """One exception, its pattern in plain form."""

    id: UUID
    list: WebExceptionList
    pattern: str
    note: str
    expires_at: datetime | None
    created_at: datetime
    created_by: str


class WebExceptionSort(StrEnum):
    """In which order; `-` turns it round. Exceptions without an end come after all others."""

    OLDEST = "created"
    NEWEST = "-created"
    PATTERN = "pattern"
    PATTERN_DOWN = "-pattern"
    EXPIRY = "expires"
    EXPIRY_DOWN = "-expires"


class WebExceptionPage(msgspec.Struct, frozen=True):
    """One page."""

    items: list[WebException]
    next_cursor: str | None


class WebExceptionImport(ImportOrder, frozen=True, kw_only=True):
    """Lines of `pattern,note,expires_at`, for one list; all but the pattern may be left out."""

    list: WebExceptionList


LevelWord = Annotated[str, msgspec.Meta(description="lowest, low, moderately_low, moderately_high, high or highest")]


class WebLevel(msgspec.Struct, frozen=True, kw_only=True):
    """One level: scores below `bar` are caught. `expected` is the share of good mails with links that it caught by
    their shape alone, as measured on sources left out of the training (0.001 is one mail of a thousand)."""

    level: LevelWord
    bar: int
    expected: float


class WebLevels(msgspec.Struct, frozen=True, kw_only=True):
    """The six levels, the most conservative first, and when the model of shapes was trained."""

    items: list[WebLevel]
    trained: str


class WebDnsListHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How a DNS list was at its last test; `why` is "" if it was well."""

    zone: str
    why: str
    tested_at: datetime


class WebLists(msgspec.Struct, frozen=True, kw_only=True):
    """The lists of this node, and how the organization's DNS lists were at their last test."""

    local: list[ListState]
    dns: list[WebDnsListHealth]


class WebMark(msgspec.Struct, frozen=True, kw_only=True):
    """Something odd about an address: its reason's id and sentence, and its part of the points missing to 100."""

    id: str
    text: str
    points: float


class WebDnsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one DNS list says: the answer that means listed, or "". `trouble` if it cannot be asked."""

    zone: str
    code: str
    trouble: str


class WebExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an address, and what would become of a mail that holds it. `url` is what a browser would open;
    `asked` the name that DNS lists are asked about, "" if they are not; `score` is None if nothing could be said."""

    url: str
    host: str
    asked: str
    enabled: bool
    score: int | None
    band: Band
    source: WebSource
    caught: bool
    level: LevelWord
    bar: int
    untested: str
    listed: str
    category: str
    exception: WebException | None
    marks: list[WebMark]
    dns: list[WebDnsAnswer]


class WebQuestionOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An address to ask about. Nothing is opened."""

    url: Annotated[
        str, msgspec.Meta(min_length=1, max_length=4096, description="A web address; hxxp and [.] are understood")
    ]
