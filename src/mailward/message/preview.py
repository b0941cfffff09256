# SPDX-License-Identifier: Apache-2.0
"""A mail made harmless to look at: no script, no form, no request, no link that works.

The page is rebuilt with an allow-list; links keep their target as `data-href` only, pictures from
outside are counted and replaced by boxes of their size, pictures that came with the mail are put in.
The console still shows it in a sandboxed frame: two walls, not one. Runs in a scan worker.
"""

import base64
import html as escaping
import re
from itertools import islice

import msgspec
import nh3
import tinycss2
from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailward.message import html, links
from mailward.message.html_cost import too_costly
from mailward.message.limits import (
    MAX_IMAGES,
    MAX_LINKS,
    MAX_PARTS,
    MAX_PREVIEW,
    MAX_PREVIEW_IMAGE,
    MAX_PREVIEW_IMAGES,
    MAX_STYLE_BYTES,
    MAX_STYLE_RULES,
)
from mailward.message.message import Message
from mailward.message.parts import Part
from mailward.message.true_type import true_type


class TreePart(msgspec.Struct, frozen=True):
    """One entity of the MIME tree: dotted path, declared type, file name, decoded size in bytes."""

    path: str
    type: str
    name: str
    size: int


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What the console shows. `html` is a safe page in ASCII (empty if the mail has no HTML), `text` the
    plain reading, `source` the HTML as it came, `headers` the fields decoded, in order."""

    html: str = ""
    text: str = ""
    source: str = ""
    blocked_images: int = 0
    parts: tuple[TreePart, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    limits: tuple[str, ...] = ()


_TAGS = frozenset(
    """a abbr address article b bdi bdo big blockquote br caption center cite code col colgroup dd del details
    dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol
    p pre q s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u
    ul var wbr""".split()
)
_GONE = frozenset(
    """script style title noscript template iframe frame frameset object embed applet svg math audio video
    form-data textarea select xmp noembed noframes plaintext""".split()
)
_EVERYWHERE = frozenset(
    """style class dir lang align valign width height bgcolor color size face border cellpadding cellspacing
    colspan rowspan nowrap title""".split()
)
_PROPERTIES = frozenset(
    """color background-color font font-family font-size font-style font-weight font-variant line-height
    letter-spacing text-align text-decoration text-transform text-indent vertical-align white-space word-break
    overflow-wrap direction padding padding-top padding-right padding-bottom padding-left margin margin-top
    margin-right margin-bottom margin-left border border-top border-right border-bottom border-left border-color
    border-style border-width border-collapse border-spacing border-radius width max-width min-width height
    max-height min-height display visibility opacity float clear table-layout list-style-type box-sizing
    overflow mso-hide""".split()
)
_RASTER = {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "bmp": "image/bmp"}
_FETCH = re.compile(r"url\s*\(|image-set|@import|expression\s*\(|\\", re.IGNORECASE)
_DATA_IMAGE = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/=\s]*\Z", re.IGNORECASE)
_SAFE_CLASS = re.compile(r"[^\w -]")


def preview(message: Message) -> Preview:
    """The harmless form of a mail. Never raises."""
    shown = [part for part in message.parts if not part.alternative and not part.attached]
    page = next((part for part in shown if part.content_type == "text/html"), None)
    source = page.text()[:MAX_PREVIEW] if page is not None else ""
    plain = "\n".join(
        part.text() for part in shown if part.content_type != "text/html" and part.content_type.startswith("text")
    )
    limits = [] if page is None or len(page.text()) <= MAX_PREVIEW else ["preview"]
    safe, blocked = "", 0
    if source:
        cause = too_costly(source)
        if cause:
            limits.append(cause)
            safe = "<pre>" + escaping.escape(html.stripped(source, cause).text) + "</pre>"
        else:
            safe, blocked = _Rebuilt(source, message).page()
    text = plain if plain.strip() or not source else html.read(source).text
    return Preview(
        html=safe.encode("ascii", "xmlcharrefreplace").decode("ascii"),
        text=text[:MAX_PREVIEW],
        source=source,
        blocked_images=blocked,
        parts=tuple(
            TreePart(part.path, part.content_type, part.name, _size(part)) for part in message.tree[:MAX_PARTS]
        ),
        headers=tuple((header.name, message.readable(header)) for header in message.headers),
        limits=tuple(limits),
    )


def _size(part: Part) -> int:
    return part.end - part.start if part.container else len(part.decode())


class _Rebuilt:
    """One page on its way to being harmless."""

    def __init__(self, source: str, message: Message) -> None:
        self.tree = LexborHTMLParser(source)
        self.message = message
        self.blocked = 0
        self.inlined = 0

    def page(self) -> tuple[str, int]:
        """The safe page, and how many pictures from outside were left out."""
        tree = self.tree
        sheets = "\n".join(node.text(deep=True) for node in islice(tree.css("style"), 20))[:MAX_STYLE_BYTES]
        self.blocked += min(len(_FETCH.findall(sheets)), MAX_IMAGES)
        for node in islice(tree.css("img,input[type=image i]"), MAX_IMAGES * 2):
            self.image(node)
        for node in tree.css("[background]"):
            self.blocked += 1
            del node.attrs["background"]
        for node in tree.css("[style]"):
            style = node.attributes.get("style") or ""
            if _FETCH.search(style):
                self.blocked += style.lower().count("url(")
                node.attrs["style"] = _declarations(style)
        for count, node in enumerate(tree.css("a,area")):
            self.link(node, keep=count < MAX_LINKS)
        body = tree.body
        background = (body.attributes.get("bgcolor") or "") if body is not None else ""
        clean = _CLEANER.clean(tree.html or "")
        sheet = _sheet(sheets)
        color = f' bgcolor="{escaping.escape(background[:30])}"' if background else ""
        return f"<!doctype html><style>{sheet}</style><body{color}>{clean}</body>", self.blocked

    def link(self, node: LexborNode, *, keep: bool) -> None:
        attributes = node.attrs
        target = node.attributes.get("href")
        if "href" in node.attributes:
            del attributes["href"]
        if "data-href" in node.attributes:
            del attributes["data-href"]
        opened = links.normalise(target) if target and keep else None
        if opened is not None:
            attributes["data-href"] = opened[0]

    def image(self, node: LexborNode) -> None:
        """Keep a picture that came with the mail; put a box in place of every other."""
        attributes = node.attributes
        source = (attributes.get("src") or "").strip()
        data = self.own(source)
        if "srcset" in attributes:
            del node.attrs["srcset"]
        if data and node.tag == "img":
            node.attrs["src"] = data
            return
        self.blocked += bool(source)
        alt = (attributes.get("alt") or "")[:200]
        node.attrs["src"] = ""
        node.attrs["alt"] = alt
        node.attrs["class"] = "blocked-image"

    def own(self, source: str) -> str:
        """The picture as a data address, if it is a small one out of this mail; else empty."""
        if self.inlined >= MAX_PREVIEW_IMAGES:
            return ""
        if source[:5].lower() == "data:":
            good = len(source) <= MAX_PREVIEW_IMAGE * 4 // 3 and _DATA_IMAGE.match(source)
            self.inlined += bool(good)
            return source if good else ""
        if source[:4].lower() != "cid:":
            return ""
        wanted = source[4:].strip("<> ")
        part = next((part for part in self.message.parts if part.content_id == wanted), None)
        if part is None or part.end - part.start > MAX_PREVIEW_IMAGE * 2:
            return ""
        data = part.decode()
        kind = _RASTER.get(true_type(data))
        if kind is None or len(data) > MAX_PREVIEW_IMAGE:
            return ""
        self.inlined += 1
        return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _attribute(tag: str, attribute: str, value: str) -> str | None:
    """The last look at each attribute that is let through."""
    if attribute == "style":
        return None if _FETCH.search(value) else value
    if attribute == "src":
        return value if tag == "img" and _DATA_IMAGE.match(value) else None
    if attribute == "class":
        return _SAFE_CLASS.sub("", value)[:200]
    return value


_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags=set(_GONE),
    attributes={
        "*": set(_EVERYWHERE),
        "a": {"data-href"},
        "area": {"data-href"},
        "img": {"src", "alt"},
        "ol": {"start", "type"},
    },
    attribute_filter=_attribute,
    url_schemes={"data"},
    link_rel=None,
    filter_style_properties=set(_PROPERTIES),
)


def _declarations(style: str) -> str:
    """A declaration list without what would fetch something."""
    kept = []
    for node in tinycss2.parse_blocks_contents(style[:MAX_STYLE_BYTES], skip_comments=True, skip_whitespace=True):
        if node.type == "declaration" and node.lower_name in _PROPERTIES:
            value = tinycss2.serialize(node.value)
            if not _FETCH.search(value):
                kept.append(f"{node.lower_name}:{value.strip()}")
    return ";".join(kept)


def _sheet(css: str) -> str:
    """A style sheet rebuilt from the plain rules that fetch nothing and move nothing out of its place."""
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    kept = []
    for rule in islice(rules, MAX_STYLE_RULES):
        if rule.type != "qualified-rule":
            continue
        selector = tinycss2.serialize(rule.prelude).strip()
        body = _declarations(tinycss2.serialize(rule.content))
        if body and not re.search(r"[<>{}\\@]", selector.replace(">", " ")):
            kept.append(f"{selector}{{{body}}}")
    return "\n".join(kept).replace("<", "")
