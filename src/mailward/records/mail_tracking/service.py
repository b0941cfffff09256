# SPDX-License-Identifier: Apache-2.0
"""The door for others: record a mail, move a copy to another state, tell the consoles; and read all that again."""

from mailward.records.mail_tracking.copies import Outcome, TakenCopy, outcomes, taken
from mailward.records.mail_tracking.describe import arrival, describe, describe_own
from mailward.records.mail_tracking.grammar import MAX_QUERY, QueryError
from mailward.records.mail_tracking.live import Live
from mailward.records.mail_tracking.originals import KeyOf, Originals, Render
from mailward.records.mail_tracking.queries import ROW, bounded
from mailward.records.mail_tracking.reading import Reading, row_facts
from mailward.records.mail_tracking.refusals import Refusal, Refusals
from mailward.records.mail_tracking.search import Where, compile_query
from mailward.records.mail_tracking.shapes import MessagePage, Row
from mailward.records.mail_tracking.store import Line, MessageRow, RecipientRow, changed, record, rows_of

__all__ = [
    "MAX_QUERY",
    "ROW",
    "KeyOf",
    "Line",
    "Live",
    "MessagePage",
    "MessageRow",
    "Originals",
    "Outcome",
    "QueryError",
    "Reading",
    "RecipientRow",
    "Refusal",
    "Refusals",
    "Render",
    "Row",
    "TakenCopy",
    "Where",
    "arrival",
    "bounded",
    "changed",
    "compile_query",
    "describe",
    "describe_own",
    "outcomes",
    "record",
    "row_facts",
    "rows_of",
    "taken",
]
