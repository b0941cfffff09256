# SPDX-License-Identifier: Apache-2.0
"""Fold text so that a phrase is found however it was dressed up.

Criminals write "Ｐassword", "раssword" with Cyrillic letters, "pass\u200bword" and "p\u0430y". Readers
see one word; so must the lexicon. Folding goes to lower case, drops accents and invisible letters,
turns compatibility forms into plain ones (Unicode NFKD), and maps look-alike letters to Latin, but
only in words that mix scripts: a Russian word stays Russian. Lexicon entries are folded alike.
"""

import re
import unicodedata

import msgspec

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0e\ufeff\U000e0001-\U000e01ef]"
)
"""Characters that take no room: soft hyphens, joiners, direction marks."""

_COMBINING = re.compile("[\u0300-\u036f]+")
_SPECIAL = str.maketrans(
    {
        "ß": "ss", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d",
        "’": "'", "‘": "'", "‚": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "\u2028": " ", "\u2029": " ",
    }
)  # fmt: skip
_NEEDS_SPECIAL = re.compile("[ßłøđæœıþð’‘‚´“”„«»–—‐‑−\u2028\u2029]")

CONFUSABLES = str.maketrans(
    # Cyrillic, Greek, Armenian and Latin-extended letters by the Latin letter they look like.
    "аеорсухіјѕԁһкмтвнгпґԛԝүզοαεικνρτυχωβγηµμσѵӏɡɑʏᴏց",
    "aeopcyxijsdhkmtbhrnrqwyqoaeikvptuxwbynuuovlgayog",
)
"""Look-alikes in lower case. The idea is that of UTS #39; the table is our own and short."""

_LATIN = "a-z"
_OTHER = "\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u0250-\u02af\u1d00-\u1d7f"
_BOTH = re.compile(f"[{_LATIN}][{_OTHER}]|[{_OTHER}][{_LATIN}]")
_WORD = re.compile(f"[{_LATIN}{_OTHER}]+")
_OTHER_LETTER = re.compile(f"[{_OTHER}]")
_SPACED = re.compile(r"(?<!\w)(?:\w[ .\-_*]){3,24}\w(?!\w)")

MAX_FOLDED = 48_000
"""Characters of text that are folded and searched; more is cut, and said so by the survey."""


class Folded(msgspec.Struct, frozen=True):
    """Folded text, with what had to be undone: mixed-script words, and invisible letters inside words."""

    text: str
    mixed: tuple[str, ...] = ()
    invisible: int = 0


def fold(text: str) -> str:
    """The folded text alone; see `folded`."""
    return folded(text).text


def folded(text: str) -> Folded:
    """Fold `text`; runs of white space become one space."""
    if text.isascii():
        return Folded(" ".join(text.lower().split()))
    invisible = len(_INSIDE_WORD.findall(text))
    plain = INVISIBLE.sub("", text).replace("\ufe0f", "")
    plain = _COMBINING.sub("", unicodedata.normalize("NFKD", plain)).lower()
    if _NEEDS_SPECIAL.search(plain):
        plain = plain.translate(_SPECIAL)
    mixed: tuple[str, ...] = ()
    if _OTHER_LETTER.search(plain):
        words = dict.fromkeys(word for word in _WORD.findall(plain) if _BOTH.search(word))
        mixed = tuple(word for word in words if len(word) > _SHORT and word.translate(CONFUSABLES).isascii())[
            :MAX_MIXED
        ]
        if words:
            plain = _WORD.sub(lambda word: word[0].translate(CONFUSABLES) if word[0] in words else word[0], plain)
    return Folded(" ".join(plain.split()), mixed, invisible)


MAX_MIXED = 20
_SHORT = 3
_INSIDE_WORD = re.compile("(?<=\\w)[\u00ad\u200b-\u200d\u2060\ufeff\U000e0100-\U000e01ef]+(?=\\w)")


def skeleton(name: str) -> str:
    """What a name looks like: folded, every look-alike mapped, digits and pairs read as letters.

    "rnicrosoft", "micr0soft" and "miсrosoft" have one skeleton. For domain labels and brand names.
    """
    plain = fold(name).translate(CONFUSABLES)
    for seen, meant in _PAIRS:
        plain = plain.replace(seen, meant)
    return plain.translate(_DIGITS)


_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_DIGITS = str.maketrans("013458|!", "oleasbll")


def joined(name: str) -> str:
    """`name` with letters that were spaced out put together: "P a y P a l" becomes "PayPal"."""
    return _SPACED.sub(lambda run: re.sub(r"[ .\-_*]", "", run[0]), name)
