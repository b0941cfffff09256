# SPDX-License-Identifier: Apache-2.0
"""Sentences that the server writes for people. Each is said in English and bears a stable id and the values of its
holes, by which the console says it in another language (`console/src/locales/sentences.de.json`)."""

from string import Formatter

import msgspec

MAX_VALUE = 300
SENTENCES: dict[str, "Sentence"] = {}
"""Every sentence by its id, once the modules that write them are imported."""


class Wording(msgspec.Struct, frozen=True):
    """What is said: the whole in English; the sentence's id, "" for words of others, which nobody translates; and
    what stands in its holes."""

    text: str
    id: str = ""
    values: dict[str, str] = {}


NOTHING = Wording("")


class Sentence:
    """A sentence of ours, with holes as `str.format` knows them. Its id is a path in lower case: `dns.mx.missing`."""

    def __init__(self, identifier: str, english: str) -> None:
        if identifier in SENTENCES:
            raise ValueError(f"there are two sentences {identifier}")
        self.id = identifier
        self.english = english
        SENTENCES[identifier] = self

    @property
    def holes(self) -> frozenset[str]:
        """Their names."""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.english) if name)

    def __call__(self, **values: object) -> Wording:
        """The sentence with its holes filled; what is too long for one is cut."""
        filled = {name: str(value)[:MAX_VALUE] for name, value in values.items()}
        return Wording(self.english.format_map(filled), self.id, filled)


def verbatim(text: str) -> Wording:
    """What somebody else said, such as a server's answer."""
    return Wording(text[:MAX_VALUE])
