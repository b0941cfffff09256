# SPDX-License-Identifier: Apache-2.0
"""Which style declarations hide text from a reader's eye.

Only the ways that senders use to show filters other words than people are looked for. A first, cheap
look at the raw text decides whether the CSS parser is asked at all: most mails hide nothing.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec
import re2
import tinycss2

from mailward.message.limits import MAX_SELECTOR, MAX_STYLE_BYTES, MAX_STYLE_RULES

_SUSPECT = re2.compile(
    r"(?i)display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*(?:0|\.0)"
    r"|font(?:-size)?\s*:[^;]{0,40}\b[01](?:\.\d+)?(?:px|pt|em|rem|%|\b)"
    r"|(?:max-)?(?:height|width)\s*:\s*0|text-indent\s*:\s*-"
    r"|(?:left|top|right|margin(?:-left|-top)?)\s*:\s*-\d{3}|clip\s*:|clip-path\s*:|scale\(0|\\"
)
_NEEDS_PARSER = re.compile(r"[\\\"'{}]|/\*|url\(")
_PLAIN_SELECTOR = re.compile(r"[\w.#\-\s>,\[\]=\"']+\Z")
_COMMENT = re.compile(r"/\*[^*]*(?:\*(?!/)[^*]*)*(?:\*/|\Z)|<!--|-->")
_BRACES = re.compile(r"[{}]")
_NUMBER = re.compile(r"\s*(-?\d*\.?\d+)\s*([a-z%]*)", re.IGNORECASE)
_RGB = re.compile(r"rgba?\(\s*(\d+%?)[\s,]+(\d+%?)[\s,]+(\d+%?)(?:[\s,/]+([\d.]+%?))?\s*\)", re.IGNORECASE)
_HEX = re.compile(r"#([0-9a-f]{3,8})\b", re.IGNORECASE)
_NAMED = {
    "white": (255, 255, 255),
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "whitesmoke": (245, 245, 245),
    "ghostwhite": (248, 248, 255),
    "floralwhite": (255, 250, 240),
    "black": (0, 0, 0),
    "red": (255, 0, 0),
    "green": (0, 128, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
    "orange": (255, 165, 0),
    "navy": (0, 0, 128),
}
_TINY_PIXELS = 2.0
_TINY_EM = 0.15
_FAINT = 0.05
_FAR = -500.0
_PLACES = ("left", "top", "right", "text-indent", "margin-left", "margin-top", "margin")
_MAX_COMPOUNDS = 2
_MAX_STYLE = 4096

Color = tuple[int, int, int]


class Look(msgspec.Struct, frozen=True):
    """What one element's own declarations do: `hides` names the way it is hidden ("display",
    "font-size" ...), `shows` if it sets a readable size again, and its colours where given."""

    hides: str = ""
    shows: bool = False
    color: Color | None = None
    background: Color | None = None


_NOTHING = Look()


@lru_cache(maxsize=2048)
def look(style: str) -> Look:
    """What the declarations of one style attribute do."""
    if len(style) > _MAX_STYLE:
        style = style[:_MAX_STYLE]
    style = style.lower()
    if "color" not in style and "background" not in style and not _SUSPECT.search(style):
        return _NOTHING
    return _look(_declarations(style))


def hiding_rules(css: str) -> Iterator[tuple[str, Look]]:
    """The rules of a style sheet that hide something, as (selector, look). Rules for other media than
    the screen, or for one width of it, say nothing about what the reader saw and are left out."""
    css = css[:MAX_STYLE_BYTES]
    if not _SUSPECT.search(css):
        return
    for count, (prelude, body) in enumerate(_rules(_COMMENT.sub(" ", css))):
        if count >= MAX_STYLE_RULES:
            return
        if not _SUSPECT.search(body):
            continue
        found = _look(_declarations(body))
        if found.hides:
            for selector in prelude.split(","):
                plain = " ".join(selector.split())
                if plain and _applicable(plain):
                    yield plain, found


def color(text: str) -> Color | None:
    """A CSS or HTML colour as red, green, blue; None if it is none, or see-through."""
    text = text.strip().lower()
    if text in _NAMED:
        return _NAMED[text]
    found = _HEX.search(text)
    if found:
        digits = found[1]
        if len(digits) in {3, 4}:
            digits = "".join(digit * 2 for digit in digits[:3])
        if len(digits) >= 6:  # noqa: PLR2004 - rrggbb
            return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
        return None
    found = _RGB.search(text)
    if found:
        if found[4] is not None and _fraction(found[4]) < _FAINT:
            return None
        red, green, blue = (_channel(found[index]) for index in (1, 2, 3))
        return red, green, blue
    return next((_NAMED[word] for word in text.split() if word in _NAMED), None)


def alike(one: Color, other: Color) -> bool:
    """Whether nobody can tell the two colours apart on a screen."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) <= 24  # noqa: PLR2004 - of 765


def _declarations(body: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if not _NEEDS_PARSER.search(body):
        for declaration in body.lower().replace("!important", "").split(";"):
            name, colon, value = declaration.partition(":")
            if colon:
                found[name.strip()] = value.strip()
        return found
    for node in tinycss2.parse_blocks_contents(body, skip_comments=True, skip_whitespace=True):
        if node.type == "declaration":
            found[node.lower_name] = tinycss2.serialize(node.value).strip().lower()
    return found


def _look(declared: dict[str, str]) -> Look:
    size = declared.get("font-size") or next(
        (word for word in declared.get("font", "").replace("/", " ").split() if word[:1].isdigit() or word[:1] == "."),
        "",
    )
    hides = _hides(declared, size)
    foreground = color(declared["color"]) if "color" in declared else None
    behind = declared.get("background-color") or declared.get("background", "")
    return Look(
        hides,
        bool(size) and not _tiny(size),
        foreground,
        color(behind) if behind else None,
    )


def _hides(declared: dict[str, str], size: str) -> str:
    """The way in which the declarations hide an element; empty if they do not."""
    clip = declared.get("clip", "").replace(" ", "").replace("px", "").replace(",", "")
    boxes = ("max-height", "height", "max-width", "width")
    closed = declared.get("overflow") == "hidden" and any(_zero(declared.get(name, "")) for name in boxes)
    ways = (
        ("display", declared.get("display") == "none"),
        ("visibility", declared.get("visibility") in {"hidden", "collapse"}),
        ("opacity", "opacity" in declared and _fraction(declared["opacity"]) < _FAINT),
        ("font-size", bool(size) and _tiny(size)),
        ("max-height", closed or _zero(declared.get("max-height", ""))),
        ("off-screen", any(_pixels(declared[name]) <= _FAR for name in _PLACES if name in declared)),
        ("clip", clip == "rect(0000)" or "inset(100%" in declared.get("clip-path", "")),
        ("clip", "scale(0)" in declared.get("transform", "")),
    )
    return next((way for way, hidden in ways if hidden), "")


def _pixels(value: str) -> float:
    found = _NUMBER.match(value)
    if found is None:
        return 0.0
    factor = {"em": 16.0, "rem": 16.0, "pt": 1.33, "cm": 38.0, "in": 96.0, "vw": 10.0, "%": 10.0}.get(found[2], 1.0)
    return float(found[1]) * factor


def _tiny(value: str) -> bool:
    found = _NUMBER.match(value)
    if found is None:
        return False
    number, unit = float(found[1]), found[2]
    if unit in {"em", "rem"}:
        return number < _TINY_EM
    if unit == "%":
        return number < _TINY_EM * 100
    return number < _TINY_PIXELS


def _zero(value: str) -> bool:
    found = _NUMBER.match(value)
    return found is not None and float(found[1]) == 0


def _fraction(value: str) -> float:
    found = _NUMBER.match(value)
    if found is None:
        return 1.0
    return float(found[1]) / 100 if found[2] == "%" else float(found[1])


def _channel(value: str) -> int:
    number = int(value.rstrip("%")[:5])
    return min(255, number * 255 // 100 if value.endswith("%") else number)


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """Every rule outside of conditional groups, as (prelude, body); linear."""
    prelude_at = 0
    skipping = 0
    depth = 0
    body_at = 0
    for brace in _BRACES.finditer(css):
        if brace[0] == "{":
            depth += 1
            if depth == 1:
                prelude = css[prelude_at : brace.start()].rpartition(";")[2].strip()
                body_at = brace.end()
                if prelude.startswith("@"):
                    unconditional = prelude.split("(")[0].lower().split() in (["@media", "all"], ["@media", "screen"])
                    if unconditional and "(" not in prelude:
                        depth = 0
                        prelude_at = brace.end()
                    else:
                        skipping = 1
        elif depth:
            depth -= 1
            if not depth:
                if not skipping:
                    yield prelude, css[body_at : brace.start()]
                skipping = 0
                prelude_at = brace.end()
        else:
            prelude_at = brace.end()


def _applicable(selector: str) -> bool:
    """Only selectors that are matched in little time whatever the page: two steps, nothing clever."""
    if len(selector) > MAX_SELECTOR or not _PLAIN_SELECTOR.match(selector):
        return False
    return len(selector.replace(">", " ").split()) <= _MAX_COMPOUNDS
