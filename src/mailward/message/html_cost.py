# SPDX-License-Identifier: Apache-2.0
"""Which pages would make an HTML parser slow: told from the text, in one pass, before it is parsed.

Parsers are quadratic in the number of open elements, in the attributes of one tag and in list options.
"""

import re

from mailward.message.limits import MAX_HTML_ATTRIBUTES, MAX_HTML_DEPTH, MAX_HTML_TAGS

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,30})")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_SELF_CLOSING = frozenset("p li td th tr dt dd tbody thead tfoot colgroup html head body".split())
_UNCOUNTED = _VOID | _SELF_CLOSING
_COSTLY = frozenset({"option", "optgroup", "select"})
_MAX_TAG = 4_000
_MAX_OPTIONS = 2_000


def too_costly(html: str) -> str:
    """The name of the cap that this page breaks, or empty if the parser can take it."""
    if html.count("<") > MAX_HTML_TAGS:
        return "html_tags"
    if any(len(segment) > _MAX_TAG and _many_attributes(segment) for segment in html.split(">")):
        return "html_attributes"
    return _too_deep(_TAG.findall(html))


def _many_attributes(segment: str) -> bool:
    """Whether the text up to a ">" ends in a tag with very many words."""
    tag = _TAG.search(segment)
    return tag is not None and len(segment[tag.end() :].split(None, MAX_HTML_ATTRIBUTES)) > MAX_HTML_ATTRIBUTES


def _too_deep(tags: list[tuple[str, str]]) -> str:
    """Count open elements by name: an end tag without its start tag closes nothing."""
    opened: dict[str, int] = {}
    depth = options = 0
    for closing, written in tags:
        name = written.lower()
        if name in _UNCOUNTED:
            continue
        if not closing:
            opened[name] = opened.get(name, 0) + 1
            depth += 1
            options += name in _COSTLY
            if depth > MAX_HTML_DEPTH or options > _MAX_OPTIONS:
                return "html_depth" if depth > MAX_HTML_DEPTH else "html_options"
        elif opened.get(name):
            opened[name] -= 1
            depth -= 1
    return ""
