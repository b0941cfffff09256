# SPDX-License-Identifier: Apache-2.0
"""A mail as its readers will see it, computed piece by piece as it is asked for."""

from functools import cached_property

from mailward.contract.mail import Address, Ambiguity, AmbiguityKind
from mailward.message import addresses, encoded_words
from mailward.message.addresses import Mailboxes
from mailward.message.headers import Block, Header, block, unfold
from mailward.message.limits import MAX_AMBIGUITIES, MAX_DETAIL
from mailward.message.parts import Part, junk
from mailward.message.structure import Structure

_ONCE = ("subject", "date", "message-id", "to", "cc", "reply-to", "sender", "content-transfer-encoding", "mime-version")

SUSPICIOUS = frozenset(AmbiguityKind) - {
    AmbiguityKind.BARE_LINE_END,
    AmbiguityKind.ODD_HEADER,
    AmbiguityKind.UNTERMINATED,
}
"""Kinds that practically no honest mail shows; the rest happens to careless senders too."""


def parse(raw: bytes) -> "Message":
    """Read `raw`. Never raises; the header block is cut at once, all else when it is asked for."""
    return Message(raw)


class Message:
    """One mail. `raw` is what was received; every other property is derived from it and kept."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._block: Block = block(raw)
        self.headers: tuple[Header, ...] = self._block.headers
        self.body_start: int = self._block.body_start

    def fields(self, name: str) -> tuple[Header, ...]:
        """Every field of that name, from the top."""
        return self._by_name.get(name.lower(), ())

    def first(self, name: str) -> str:
        """The first field of that name, unfolded and decoded (RFC 2047); empty if there is none."""
        found = self._by_name.get(name.lower())
        return _readable(found[0].value) if found else ""

    def every(self, name: str) -> tuple[str, ...]:
        """All fields of that name, unfolded and decoded, from the top."""
        return tuple(_readable(header.value) for header in self.fields(name))

    def readable(self, header: Header) -> str:
        """The value of a field, unfolded and decoded."""
        return _readable(header.value)

    @cached_property
    def subject(self) -> str:
        """The subject as shown."""
        return self.first("subject")

    @cached_property
    def message_id(self) -> str:
        """The Message-ID as written, angle brackets included."""
        return self.first("message-id")

    @cached_property
    def date(self) -> str:
        """The Date field as written."""
        return self.first("date")

    @cached_property
    def senders(self) -> tuple[Address, ...]:
        """The mailboxes of every From field: what a reader may be shown as the sender."""
        return self._mailboxes("from")

    @cached_property
    def reply_to(self) -> tuple[Address, ...]:
        """Where an answer would go."""
        return self._mailboxes("reply-to")

    @cached_property
    def to(self) -> tuple[Address, ...]:
        """The mailboxes of the To fields."""
        return self._mailboxes("to")

    @cached_property
    def cc(self) -> tuple[Address, ...]:
        """The mailboxes of the Cc fields."""
        return self._mailboxes("cc")

    @cached_property
    def structure(self) -> Structure:
        """The MIME tree with its notes."""
        return Structure(self.raw, self._block)

    @property
    def tree(self) -> list[Part]:
        """Every entity in order, containers included."""
        return self.structure.parts

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """All leaf parts in order, those inside attached messages included."""
        return tuple(part for part in self.tree if not part.container)

    @cached_property
    def plain_texts(self) -> tuple[str, ...]:
        """The plain texts that a reader is shown, in order."""
        return tuple(part.text() for part in self.parts if part.content_type == "text/plain" and not part.attached)

    @cached_property
    def html_texts(self) -> tuple[str, ...]:
        """The HTML texts that a reader is shown, in order."""
        return tuple(part.text() for part in self.parts if part.content_type == "text/html" and not part.attached)

    @cached_property
    def ambiguities(self) -> tuple[Ambiguity, ...]:
        """Where readers could disagree. Asking decodes every part."""
        found = [*self._header_ambiguities(), *self.structure.ambiguities]
        found += [note for note in map(junk, self.parts) if note is not None]
        return tuple(dict.fromkeys(found))[:MAX_AMBIGUITIES]

    @cached_property
    def suspicious(self) -> tuple[Ambiguity, ...]:
        """The ambiguities that practically no honest mail shows."""
        return tuple(note for note in self.ambiguities if note.kind in SUSPICIOUS)

    @cached_property
    def limits(self) -> tuple[str, ...]:
        """The names of the caps that were hit, in the order met."""
        cut = ["addresses"] if any(boxes.cut for boxes in self._boxes.values()) else []
        return tuple(dict.fromkeys([*self.structure.limits, *cut]))

    @cached_property
    def _by_name(self) -> dict[str, tuple[Header, ...]]:
        found: dict[str, list[Header]] = {}
        for header in self.headers:
            found.setdefault(header.key, []).append(header)
        return {key: tuple(headers) for key, headers in found.items()}

    @cached_property
    def _boxes(self) -> dict[str, Mailboxes]:
        return {name: _joined(self.fields(name)) for name in ("from", "reply-to", "to", "cc")}

    def _mailboxes(self, name: str) -> tuple[Address, ...]:
        return self._boxes[name].addresses

    def _header_ambiguities(self) -> list[Ambiguity]:
        found: list[Ambiguity] = []
        fields = self.fields("from")
        senders = self._boxes["from"]
        if len(fields) > 1 or len({sender.address for sender in senders.addresses if sender.address}) > 1:
            shown = " | ".join(header.text for header in fields)
            found.append(Ambiguity(AmbiguityKind.SEVERAL_FROM, "header From", shown[:MAX_DETAIL]))
        if not any(sender.address for sender in senders.addresses):
            shown = fields[0].text if fields else "no From"
            # A bare "MAILER-DAEMON" is readable: a name without an address, as bounces carry it.
            local = bool(fields) and "@" not in shown and bool(senders.addresses)
            kind = AmbiguityKind.ODD_HEADER if local else AmbiguityKind.UNREADABLE_FROM
            found.append(Ambiguity(kind, "header From", shown[:MAX_DETAIL]))
        elif senders.oddities:
            found.append(Ambiguity(AmbiguityKind.ODD_HEADER, "header From", "; ".join(senders.oddities)[:MAX_DETAIL]))
        found.extend(
            Ambiguity(AmbiguityKind.ODD_HEADER, f"header {name}", "given more than once")
            for name in _ONCE
            if len(self.fields(name)) > 1
        )
        return found


def _readable(value: bytes) -> str:
    return encoded_words.decode(unfold(value))


def _joined(headers: tuple[Header, ...]) -> Mailboxes:
    read = [addresses.read(header.text) for header in headers[:10]]
    if len(read) == 1:
        return read[0]
    return Mailboxes(
        tuple(address for boxes in read for address in boxes.addresses),
        tuple(oddity for boxes in read for oddity in boxes.oddities),
        any(boxes.cut for boxes in read) or len(headers) > len(read),
    )
