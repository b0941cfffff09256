# SPDX-License-Identifier: Apache-2.0
"""A mail that we write ourselves: a notice about a delivery, a report, an alert."""

from uuid import UUID

import msgspec


class OwnMail(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be sent, in the name of one organization and to anybody.

    `raw` is the whole mail with CRLF, with From, To, Date, Message-ID and Auto-Submitted (RFC 3834, 5); bare
    ASCII unless `utf8`. `sender` is the envelope sender, empty for whatever must never be answered. `kind` says
    what it is ("delivery-status", "aggregate-report", "alert"); timelines show it. `about` is the mail that
    caused it.
    """

    organization_id: UUID
    recipients: tuple[str, ...]
    raw: bytes
    kind: str
    sender: str = ""
    about: UUID | None = None
    utf8: bool = False
