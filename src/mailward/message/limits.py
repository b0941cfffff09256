# SPDX-License-Identifier: Apache-2.0
"""Every bound on work that a stranger's mail can cause, in one place.

A bound that is hit never stops the reading: it is named in `Message.limits` (or the view's own
`limits`) and recorded as an ambiguity, so that what went unseen is at least known to be unseen.
"""

MAX_HEADER_BYTES = 256 * 1024
"""Header fields beyond this many bytes of the block are not read."""
MAX_FIELDS = 2_000
"""Header fields read per block."""
MAX_ADDRESSES = 2_000
"""Mailboxes read per header field."""
MAX_PARTS = 2_000
"""Entities of one mail, containers included."""
MAX_DEPTH = 40
"""Nesting of multiparts and attached messages."""
MAX_PARAMETERS = 100
"""Parameters read per Content-Type or Content-Disposition."""
MAX_PARAMETER_BYTES = 16 * 1024
"""A longer Content-Type or Content-Disposition is cut here."""
MAX_READINGS = 6
"""Ways of reading one entity that are all followed (boundaries times types)."""
MAX_DELIMITERS = 10_000
"""Lines per multipart that are compared with a boundary."""
MAX_SPLIT_FACTOR = 60
"""Bytes searched for boundaries in all, as a multiple of the size of the mail."""
MAX_SPLIT_BASE = 4 * 1024 * 1024
"""Small mails may spend this much on searching whatever their size."""
MAX_UNWRAPPED = 4
"""Times that an encoded message inside an encoded message is unwrapped."""
MAX_AMBIGUITIES = 200
"""Ambiguities recorded per mail."""
MAX_DETAIL = 120
"""Characters of a quoted cause."""
MAX_NAME = 255
"""Characters kept of a file name."""
MAX_ENCLOSED = 50
"""Files taken out of one text by their uuencode or yEnc frames."""

MAX_HTML = 1024 * 1024
"""Characters of HTML that are given to the parser; the rest is read by the plain stripper."""
MAX_HTML_DEPTH = 1_500
"""Open elements before the parser is spared, since its cost is quadratic in depth."""
MAX_HTML_ATTRIBUTES = 1_000
"""Attributes in one tag before the parser is spared, for the same reason."""
MAX_HTML_TAGS = 40_000
"""Tags of one page."""
MAX_STYLE_BYTES = 64 * 1024
"""Characters of one page's style sheets that are read."""
MAX_STYLE_RULES = 1_000
"""Rules of one page's style sheets that are applied."""
MAX_SELECTOR = 200
"""Characters of a selector that is applied."""
MAX_STYLED = 5_000
"""Styled elements looked at per page."""
MAX_LINKS = 1_000
"""Links kept per mail."""
MAX_URL = 4_096
"""Characters of one address kept."""
MAX_LINK_TEXT = 300
"""Characters of a link's visible text kept."""
MAX_IMAGES = 1_000
"""Images described per page."""
MAX_VISIBLE = 512 * 1024
"""Characters of text kept per mail for reading."""
MAX_LINK_SCAN = 256 * 1024
"""Characters of plain text searched for addresses."""
MAX_ATTACHMENTS = 500
"""Attachments described per mail."""
MAX_ZIP_ENTRIES = 2_000
"""Names of a zip's directory looked at to tell its kind."""
MAX_PREVIEW = 512 * 1024
"""Characters of HTML or text that a preview shows."""
MAX_PREVIEW_IMAGE = 256 * 1024
"""Bytes of one image shown inside a preview."""
MAX_PREVIEW_IMAGES = 40
"""Images shown inside a preview."""
