# SPDX-License-Identifier: Apache-2.0
"""What a reader sees of an HTML mail, what was kept from their eyes, and where its links really go.

For worker processes only: the parser is C and pages are hostile. Pages that would make it slow (it is
quadratic in nesting and in attributes) are told apart first and read by a plain tag stripper, which
still finds the links; `limits` then says so.
"""

import re
from itertools import islice

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from mailward.contract.mail import Link
from mailward.message import links, styles
from mailward.message.html_cost import too_costly
from mailward.message.limits import (
    MAX_HTML,
    MAX_IMAGES,
    MAX_LINKS,
    MAX_STYLE_BYTES,
    MAX_STYLE_RULES,
    MAX_STYLED,
    MAX_VISIBLE,
)


class Image(msgspec.Struct, frozen=True):
    """One picture. `source` as written ("cid:...", "https://..."); sizes in pixels, -1 if not given."""

    source: str
    width: int = -1
    height: int = -1
    alt: str = ""


class Form(msgspec.Struct, frozen=True):
    """One form: where it sends to (empty: to the page itself), and how many fields of each sort."""

    action: str = ""
    method: str = "get"
    fields: int = 0
    passwords: int = 0


class HtmlView(msgspec.Struct, frozen=True, kw_only=True):
    """One HTML text as its reader sees it. `hidden_text` is what the page holds but does not show, and
    `hiding` the ways it is hidden. `comment_splits` counts comments in the middle of words."""

    text: str = ""
    hidden_text: str = ""
    hiding: tuple[str, ...] = ()
    title: str = ""
    links: tuple[Link, ...] = ()
    images: tuple[Image, ...] = ()
    forms: tuple[Form, ...] = ()
    password_fields: int = 0
    scripts: int = 0
    comment_splits: int = 0
    limits: tuple[str, ...] = ()


_BLOCK = re.compile(
    r"<(?=/?(?:p|div|tr|li|br|h[1-6]|table|ul|ol|dl|dt|dd|blockquote|hr|center|section|article|title|form|pre|option)[\s/>])",
    re.IGNORECASE,
)
_CELL = re.compile(r"<(?=/?t[dh][\s/>])", re.IGNORECASE)
_COMMENT_SPLIT = re.compile(r"<!--[^>]{0,400}-->(?=\w)")
_STRIP_TAG = re.compile(r"<[^<>]*>")
_ATTRIBUTE = re.compile(r"(?:href|src|action|background)\s{0,20}=\s{0,20}[\"']?([^\s\"'<>]{1,4096})", re.IGNORECASE)
_REFRESH = re.compile(r"url\s*=\s*[\"']?\s*([^\"'>]{1,4096})", re.IGNORECASE)
_HANDLER = re.compile(r"on(?:load|click|error|mouseover|submit)\s*=")
_ODD_SPACE = r"\t\f\v\r\u00a0\u200b-\u200f\u2060\ufeff\u00ad\u034f"
_SPACES = re.compile(rf"(?:[{_ODD_SPACE}]| (?=[ {_ODD_SPACE}]))[ {_ODD_SPACE}]*")
"""Runs of blanks that are more than the one space they shall be."""
_TARGETS = {
    "a": ("href", "html a"),
    "area": ("href", "html area"),
    "form": ("action", "html form"),
    "button": ("formaction", "html form"),
    "input": ("formaction", "html form"),
    "iframe": ("src", "html iframe"),
    "frame": ("src", "html iframe"),
    "embed": ("src", "html embed"),
    "object": ("data", "html embed"),
    "link": ("href", "html link"),
    "script": ("src", "html script"),
    "img": ("src", "html img"),
}
_INTERESTING = ",".join(
    """a[href] area[href] form[action] button[formaction] input[formaction] iframe[src] frame[src] embed[src]
    object[data] script[src] img[src] meta[content]""".split()
)


def read(html: str) -> HtmlView:
    """Look at one HTML text. Never raises; at most about a second of CPU per megabyte."""
    if len(html) > MAX_HTML:
        return stripped(html, "html_bytes")
    cause = too_costly(html)
    if cause:
        return stripped(html, cause)
    return _Page(html).view()


def stripped(html: str, cause: str) -> HtmlView:
    """The view of the plain stripper: text without tags and every address in an attribute."""
    cut = html[: 4 * MAX_HTML]
    text = tidy(_STRIP_TAG.sub(" ", cut))
    targets = (found[1] for found in islice(_ATTRIBUTE.finditer(cut), MAX_LINKS))
    made = (links.link(target, place="html a") for target in targets)
    found, over = links.unique(one for one in made if one is not None)
    limits = (cause, "links") if over else (cause,)
    return HtmlView(
        text=text,
        links=found,
        scripts=_scripts(cut.lower()),
        password_fields=cut.lower().count('type="password"'),
        limits=limits,
    )


def tidy(text: str) -> str:
    """Text with single spaces, single line ends and no invisible characters."""
    lines = map(str.strip, _SPACES.sub(" ", text).split("\n"))
    return "\n".join(filter(None, lines))[:MAX_VISIBLE]


class _Page:
    """One page while it is being read."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.lower = html.lower()
        spaced = _CELL.sub(" <", _BLOCK.sub("\n<", html))
        self.tree = LexborHTMLParser(spaced)
        self.base = ""
        self.hidden: list[str] = []
        self.hidden_links: list[Link] = []
        self.hiding: dict[str, None] = {}
        self.limits: dict[str, None] = {}

    def view(self) -> HtmlView:
        tree = self.tree
        self.base = self.declared_base()
        title = tree.css_first("title")
        sheets = "".join(node.text(deep=True) for node in islice(tree.css("style"), 50))
        found_title = tidy(title.text(deep=True)) if title is not None else ""
        images = self.images()
        forms, passwords = self.forms()
        tree.strip_tags(["script", "style", "title", "noscript", "template"])
        self.hide(sheets)
        found, over = links.unique([*self.links(tree), *self.hidden_links])
        if over:
            self.limits["links"] = None
        body = tree.body or tree.root
        text = body.text(deep=True, separator="") if body is not None else ""
        return HtmlView(
            text=tidy(text),
            hidden_text=tidy("\n".join(self.hidden)),
            hiding=tuple(self.hiding),
            title=found_title,
            links=found,
            images=images,
            forms=forms,
            password_fields=passwords,
            scripts=_scripts(self.lower),
            comment_splits=_comment_splits(self.html),
            limits=tuple(self.limits),
        )

    def declared_base(self) -> str:
        node = self.tree.css_first("base[href]")
        if node is None:
            return ""
        opened = links.normalise(node.attributes.get("href") or "")
        return opened[0] if opened and opened[1] else ""

    def hide(self, sheets: str) -> None:
        """Take out what the page does not show, and keep it apart."""
        tree = self.tree
        if "hidden" in self.lower:
            for node in tree.css("[hidden]"):
                self.take(node, "hidden")
        if len(sheets) > MAX_STYLE_BYTES:
            self.limits["style_bytes"] = None
        for count, (selector, look) in enumerate(styles.hiding_rules(sheets)):
            if count >= MAX_STYLE_RULES:
                self.limits["style_rules"] = None
                break
            for node in _matching(tree, selector):
                self.take(node, look.hides)
        if "style" not in self.lower and "color" not in self.lower:
            return
        for count, node in enumerate(tree.css("[style],font[color]")):
            if count >= MAX_STYLED:
                self.limits["styled_elements"] = None
                break
            self.judge(node)

    def judge(self, node: LexborNode) -> None:
        attributes = node.attributes
        look = styles.look(attributes.get("style") or "")
        if look.hides:
            self.take(node, look.hides)
            return
        given = attributes.get("color")
        foreground = look.color or (styles.color(given) if given else None)
        if foreground is None:
            return
        behind = look.background or _background(node)
        if behind is not None and styles.alike(foreground, behind):
            self.take(node, "color")

    def take(self, node: LexborNode, how: str) -> None:
        if node.tag in {"html", "body"} or node.parent is None:
            return
        if how in {"font-size", "visibility"} and _shown_again(node):
            return
        text = node.text(deep=True, separator="")
        if not text.isspace() and text:
            self.hidden.append(text)
            self.hiding[how] = None
        if node.css_first(_INTERESTING) is not None:
            self.hidden_links += self.links(node, suffix=" hidden")
        node.decompose()

    def images(self) -> tuple[Image, ...]:
        found: list[Image] = []
        for node in self.tree.css("img"):
            if len(found) >= MAX_IMAGES:
                self.limits["images"] = None
                break
            attributes = node.attributes
            source = (attributes.get("src") or "").strip()
            found.append(
                Image(
                    source[:500],
                    _size(attributes.get("width")),
                    _size(attributes.get("height")),
                    (attributes.get("alt") or "")[:200],
                )
            )
        return tuple(found)

    def forms(self) -> tuple[tuple[Form, ...], int]:
        if "<input" not in self.lower and "<form" not in self.lower:
            return (), 0
        passwords = len(self.tree.css("input[type=password i]"))
        found = [
            Form(
                (node.attributes.get("action") or "")[:500],
                (node.attributes.get("method") or "get").lower()[:10],
                len(node.css("input,textarea,select")),
                len(node.css("input[type=password i]")),
            )
            for node in islice(self.tree.css("form"), 50)
        ]
        return tuple(found), passwords

    def links(self, within: LexborHTMLParser | LexborNode, suffix: str = "") -> list[Link]:
        found: list[Link] = []
        for node in within.css(_INTERESTING):
            if len(found) > MAX_LINKS:
                break
            tag = node.tag or ""
            attributes = node.attributes
            if tag == "meta":
                made = self.refresh(attributes)
            else:
                name, place = _TARGETS[tag]
                target = attributes.get(name) or ""
                text = _label(node) if tag == "a" else attributes.get("alt") or ""
                made = links.link(target, text=text, place=place + suffix, base=self.base)
            if made is not None:
                found.append(made)
        return found

    def refresh(self, attributes: dict[str, str | None]) -> Link | None:
        if (attributes.get("http-equiv") or "").lower() != "refresh":
            return None
        target = _REFRESH.search(attributes.get("content") or "")
        return links.link(target[1], place="html meta", base=self.base) if target else None


def _scripts(lower: str) -> int:
    """Places where a page would run a program."""
    return lower.count("<script") + lower.count("javascript:") + len(_HANDLER.findall(lower))


def _comment_splits(html: str) -> int:
    """Comments inside of words, which a reader does not see and a word filter stumbles over."""
    if "<!--" not in html:
        return 0
    return sum(html[found.start() - 1 : found.start()].isalnum() for found in _COMMENT_SPLIT.finditer(html))


def _label(node: LexborNode) -> str:
    """What the reader sees of a link: its text, else the words for its picture."""
    text = node.text(deep=True, separator="").strip()
    if not text:
        image = node.css_first("img[alt]")
        text = (image.attributes.get("alt") or "") if image is not None else ""
    return text


def _background(node: LexborNode) -> styles.Color | None:
    """The colour behind an element: that of the nearest element around it that has one; else white."""
    around = node
    for _ in range(30):
        parent = around.parent
        if parent is None or parent.tag in {"-undef", "html"}:
            break
        around = parent
        attributes = around.attributes
        own = styles.look(attributes.get("style") or "").background
        given = attributes.get("bgcolor")
        behind = own or (styles.color(given) if given else None)
        if behind is not None:
            return behind
        if "background" in attributes or "url(" in (attributes.get("style") or ""):
            return None
    return 255, 255, 255


def _shown_again(node: LexborNode) -> bool:
    """Whether an element inside sets a readable size again: the spacing trick of table layouts."""
    return any(styles.look(inner.attributes.get("style") or "").shows for inner in islice(node.css("[style]"), 1, 50))


def _matching(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    """What a stranger's selector matches; nothing where it is none that can be understood."""
    try:
        return list(tree.css(selector))
    except SelectolaxError:
        return []


def _size(value: str | None) -> int:
    digits = (value or "").strip().removesuffix("px")[:6]
    return int(digits) if digits.isascii() and digits.isdigit() else -1
