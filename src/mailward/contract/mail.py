# SPDX-License-Identifier: Apache-2.0
"""What a mail is made of, once parsed: addresses, links, attachments, and where readers could disagree."""

from enum import StrEnum

import msgspec


class Address(msgspec.Struct, frozen=True):
    """One mailbox. `name` is the decoded display name; `address` is local@domain as written,
    with the domain in lower case; empty when none could be read."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The part behind the last "@", in lower case, or empty."""
        return self.address.rpartition("@")[2].lower() if "@" in self.address else ""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One web address. `target` is what a browser would open (WHATWG-normalised); `host` is its
    ASCII host; `text` is what the reader sees; `place` says where it stood ("html a", "text",
    "subject", "html form", "attachment x.pdf")."""

    target: str
    host: str
    text: str = ""
    place: str = ""


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """One attached file. `name` is decoded and stripped of paths; `declared` is the Content-Type;
    `true_type` is found from the bytes ("pe", "zip", "pdf", "html", "unknown" ...); `size` is in
    decoded bytes; `sha256` is in hex; `inline` if the mail shows it in its body;
    `part` is the dotted MIME path ("1.2")."""

    name: str
    declared: str
    true_type: str
    size: int
    sha256: str
    inline: bool = False
    part: str = ""


class AmbiguityKind(StrEnum):
    """Ways in which two mail readers may see two different mails."""

    TWO_BOUNDARIES = "two_boundaries"
    ODD_BOUNDARY = "odd_boundary"
    TWO_CONTENT_TYPES = "two_content_types"
    TWO_ENCODINGS = "two_encodings"
    ODD_ENCODING = "odd_encoding"
    JUNK_IN_BASE64 = "junk_in_base64"
    JUNK_IN_QUOTED_PRINTABLE = "junk_in_quoted_printable"
    TWO_NAMES = "two_names"
    ODD_PARAMETER = "odd_parameter"
    SEVERAL_FROM = "several_from"
    UNREADABLE_FROM = "unreadable_from"
    ODD_HEADER = "odd_header"
    NUL_BYTE = "nul_byte"
    BARE_LINE_END = "bare_line_end"
    UNTERMINATED = "unterminated"
    HIDDEN_PART = "hidden_part"
    ENCODED_MULTIPART = "encoded_multipart"
    PARTIAL = "partial"
    LIMIT = "limit"


class Ambiguity(msgspec.Struct, frozen=True):
    """One such place: what, where ("part 1.2", "header"), and the quoted cause."""

    kind: AmbiguityKind
    place: str
    detail: str = ""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan worker saw in a mail, small enough to send back and to keep with the record.

    Texts are cut to `MAX_TEXT` characters; lists are cut to the caps of `mailward.message.limits`,
    and `limits` names each cap that was hit.
    """

    subject: str = ""
    senders: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    message_id: str = ""
    date: str = ""
    text: str = ""
    language: str = ""
    links: tuple[Link, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    ambiguities: tuple[Ambiguity, ...] = ()
    limits: tuple[str, ...] = ()


MAX_TEXT = 4000
