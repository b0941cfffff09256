# SPDX-License-Identifier: Apache-2.0
"""One pass over a mail in a scan worker: its texts, pages, links and files, each decoded once.

`Reading` is rich and stays in the worker, where the engines share it; `Content` is the small part of
it that is sent back and kept.
"""

import hashlib
from collections.abc import Iterator
from functools import cached_property
from itertools import chain

import msgspec

from mailward.contract.mail import MAX_TEXT, Ambiguity, AmbiguityKind, Attachment, Content, Link
from mailward.message import charsets, html, language, links
from mailward.message.heading import heading
from mailward.message.html import HtmlView
from mailward.message.limits import MAX_ATTACHMENTS, MAX_HTML, MAX_LINK_SCAN, MAX_VISIBLE
from mailward.message.message import Message
from mailward.message.parts import Part
from mailward.message.true_type import true_type

_PAGES = frozenset({"html", "svg", "hta"})
_MAX_PAGES = 20


def read(message: Message) -> "Reading":
    """Look at everything in the mail. The work is done as it is asked for, and once."""
    return Reading(message)


def content(message: Message) -> Content:
    """What a scan worker sends back of a mail."""
    return Reading(message).content


class File:
    """One attached file. `data` is its bytes; `reading` counts other readers' versions from 1, and is 0
    for the likeliest one."""

    def __init__(self, part: Part, *, data: bytes | None = None, reading: int = 0) -> None:
        self.part = part
        self.reading = reading
        self._data = data

    @property
    def name(self) -> str:
        """The file name as shown; a part without one is named by its kind only."""
        return self.part.name

    @property
    def names(self) -> tuple[str, ...]:
        """Every version of the name."""
        return self.part.names

    @property
    def declared(self) -> str:
        """The declared Content-Type."""
        return self.part.content_type

    @property
    def inline(self) -> bool:
        """Whether the mail shows it in its body."""
        return self.part.disposition != "attachment" and bool(self.part.content_id)

    @property
    def data(self) -> bytes:
        """The decoded bytes."""
        return self.part.decode() if self._data is None else self._data

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.data)

    @cached_property
    def sha256(self) -> str:
        """The digest in hex."""
        return hashlib.sha256(self.data).hexdigest()

    @cached_property
    def true_type(self) -> str:
        """What the bytes are."""
        if self.part.container:
            return "eml"
        return true_type(self.data, self.name)

    @property
    def place(self) -> str:
        """How findings name it."""
        return f"attachment {self.name or 'part ' + self.part.path}"

    @property
    def attachment(self) -> Attachment:
        """The small, lasting form."""
        path = f"{self.part.path}~{self.reading}" if self.reading else self.part.path
        return Attachment(
            name=self.name,
            declared=self.declared,
            true_type=self.true_type,
            size=self.size,
            sha256=self.sha256,
            inline=self.inline,
            part=path,
        )


class Reading:
    """One mail as the engines see it. Nothing here is decoded or parsed twice."""

    def __init__(self, message: Message) -> None:
        self.message = message

    @property
    def subject(self) -> str:
        """The subject as shown."""
        return self.message.subject

    @cached_property
    def texts(self) -> tuple[Part, ...]:
        """The parts that a reader shows as text, alternatives of other readers included."""
        shown = ("text/plain", "text/html", "text/enriched", "text/richtext", "text")
        return tuple(part for part in self.message.parts if not part.attached and part.content_type in shown)

    @cached_property
    def html(self) -> tuple[HtmlView, ...]:
        """The pages of the mail's body, in order."""
        return tuple(view for _, view in self._pages)

    @cached_property
    def plain(self) -> str:
        """All plain texts of the mail's body, one below the other."""
        return "\n".join(text for _, text in self._plain)[:MAX_VISIBLE]

    @cached_property
    def text(self) -> str:
        """What the reader sees: of a plain text and a page that say the same, the page."""
        twins = {part.path.rpartition(".")[0] for part, _ in self._pages if self._alternative(part)}
        shown = {part.path: view.text for part, view in self._pages if not part.alternative}
        for part, text in self._plain:
            if not part.alternative and not (self._alternative(part) and part.path.rpartition(".")[0] in twins):
                shown[part.path] = html.tidy(text)
        order = {part.path: number for number, part in enumerate(self.texts)}
        return "\n".join(shown[path] for path in sorted(shown, key=order.__getitem__))[:MAX_VISIBLE]

    @cached_property
    def hidden_text(self) -> str:
        """What the mail holds but its usual reader does not see: hidden elements, other readers' parts."""
        hidden = [view.hidden_text for _, view in self._pages]
        hidden += [view.text for part, view in self._pages if part.alternative]
        hidden += [text for part, text in self._plain if part.alternative]
        return "\n".join(text for text in hidden if text)[:MAX_VISIBLE]

    @cached_property
    def files(self) -> tuple[File, ...]:
        """The attached files, other readers' versions behind each."""
        return tuple(self._files)[:MAX_ATTACHMENTS]

    @property
    def attachments(self) -> tuple[File, ...]:
        """The attached files, with lazy bytes."""
        return self.files

    @cached_property
    def attached_pages(self) -> tuple[tuple[File, HtmlView], ...]:
        """HTML files among the attachments, read like the body."""
        pages = [file for file in self.files if file.true_type in _PAGES and file.size <= MAX_HTML][:_MAX_PAGES]
        return tuple((file, html.read(charsets.decode(file.data, file.part.charset))) for file in pages)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Every web address, each with what the reader sees of it."""
        return self._links[0]

    @cached_property
    def language(self) -> str:
        """The likeliest language of the text (ISO 639-1), or empty."""
        return language.guess(self.text or self.subject)

    @cached_property
    def limits(self) -> tuple[str, ...]:
        """Every cap that was hit."""
        views = chain((view for _, view in self._pages), (view for _, view in self.attached_pages))
        met = [*self.message.limits, *chain.from_iterable(view.limits for view in views)]
        if self._links[1]:
            met.append("links")
        if len(self.plain) > MAX_LINK_SCAN:
            met.append("text")
        if len(self._files) > MAX_ATTACHMENTS:
            met.append("attachments")
        return tuple(dict.fromkeys(met))

    @cached_property
    def ambiguities(self) -> tuple[Ambiguity, ...]:
        """Those of the message; caps that only the pages hit are added."""
        known = set(self.message.limits)
        more = [Ambiguity(AmbiguityKind.LIMIT, "body", name) for name in self.limits if name not in known]
        return (*self.message.ambiguities, *more)

    @cached_property
    def content(self) -> Content:
        """The small, lasting form."""
        return msgspec.structs.replace(
            heading(self.message),
            text=self.text[:MAX_TEXT],
            language=self.language,
            links=self.links,
            attachments=tuple(file.attachment for file in self.files),
            ambiguities=self.ambiguities,
            limits=self.limits,
        )

    @cached_property
    def _pages(self) -> list[tuple[Part, HtmlView]]:
        pages = [part for part in self.texts if part.content_type == "text/html"]
        return [(part, html.read(part.text())) for part in pages[:_MAX_PAGES]]

    @cached_property
    def _plain(self) -> list[tuple[Part, str]]:
        return [(part, part.text()) for part in self.texts if part.content_type != "text/html"]

    @cached_property
    def _files(self) -> list[File]:
        found: list[File] = []
        for part in self.message.tree:
            if part.container:
                if part.content_type.startswith("message/"):
                    found.append(File(part))
                continue
            if part.attached:
                found.append(File(part))
            others = part.others if part.attached or len(part.encodings) > 1 else ()
            found.extend(File(part, data=data, reading=number) for number, data in enumerate(others, 1))
            if len(found) > MAX_ATTACHMENTS:
                break
        return found

    @cached_property
    def _links(self) -> tuple[tuple[Link, ...], bool]:
        return links.unique(self._every_link())

    def _every_link(self) -> Iterator[Link]:
        yield from links.find(self.subject, "subject")
        for _, view in self._pages:
            yield from view.links
        linked = {link.target for _, view in self._pages for link in view.links}
        for _, view in self._pages:
            yield from (link for link in links.find(view.text, "html text") if link.target not in linked)
        for _, text in self._plain:
            yield from links.find(text, "text")
        for file, view in self.attached_pages:
            for link in view.links:
                yield Link(target=link.target, host=link.host, text=link.text, place=file.place)

    def _alternative(self, part: Part) -> bool:
        return self._container_type(part.path.rpartition(".")[0]) == "multipart/alternative"

    def _container_type(self, path: str) -> str:
        return self._containers.get(path, "")

    @cached_property
    def _containers(self) -> dict[str, str]:
        multiparts = (part for part in self.message.tree if part.container and "multipart" in part.content_type)
        return {part.base: part.content_type for part in multiparts}
