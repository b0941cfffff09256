# SPDX-License-Identifier: Apache-2.0
"""The form in which a mail leaves us: CRLF and nothing else, no line above what SMTP allows, dots doubled.

Lines of more than 998 octets (RFC 5321, 4.5.3.1.6): a server that takes BDAT gets them as they are, since
there nothing reads lines. Otherwise they are folded, as other mail servers do: a header field before a
blank, text behind a blank or a ">", both where nothing changes for the reader; only where there is no
such place the line is cut hard, never inside a UTF-8 letter. A signature over such a body breaks; the
alternative is to return the mail.
"""

import re

from mailward.kit import line_ends

MOST_ON_A_LINE = 998
_LOOK_BACK = 256
"""How far before the limit a good place to fold is looked for."""

_ANY_LINE_END = re.compile(rb"\r+\n?|\n")
_GOOD_IN_TEXT = (b" ", b"\t", b">")


def canonical(raw: bytes) -> bytes:
    """`raw` with CRLF wherever a line ends, and at its end."""
    if not line_ends.agree(raw):
        raw = _ANY_LINE_END.sub(b"\r\n", raw)
    return raw if raw.endswith(b"\r\n") or not raw else raw + b"\r\n"


def has_long_lines(mail: bytes) -> bool:
    """Whether a line is longer than SMTP allows. Looks at one newline in each 1000 bytes."""
    start, size, most = 0, len(mail), MOST_ON_A_LINE + 2
    while size - start > most:
        end = mail.rfind(b"\n", start, start + most)
        if end < 0:
            return True
        start = end + 1
    return False


def folded(mail: bytes) -> bytes:
    """`mail`, canonical, with every long line folded."""
    header_end = mail.find(b"\r\n\r\n")
    lines, place, out = mail.split(b"\r\n"), 0, []
    for line in lines:
        in_header = header_end < 0 or place <= header_end
        place += len(line) + 2
        if len(line) <= MOST_ON_A_LINE:
            out.append(line)
        else:
            out.extend(_fold_field(line) if in_header else _fold_text(line))
    return b"\r\n".join(out)


def outgoing(mail: bytes) -> bytes:
    """`mail` in a form that no server on the way needs to change: what is signed is in this form."""
    mail = canonical(mail)
    return folded(mail) if has_long_lines(mail) else mail


def dotted(mail: bytes) -> bytes:
    """`mail`, canonical, with leading dots doubled and the closing dot (RFC 5321, 4.5.2)."""
    first = b"." if mail.startswith(b".") else b""
    return b"".join((first, mail.replace(b"\r\n.", b"\r\n.."), b".\r\n"))


def _fold_field(line: bytes) -> list[bytes]:
    """Each line after the first begins with a blank: the one found there, or one put there."""
    pieces, start, size = [], 0, len(line)
    glue = b""
    while size - start + len(glue) > MOST_ON_A_LINE:
        end = start + MOST_ON_A_LINE - len(glue)
        cut = max(line.rfind(b" ", end - _LOOK_BACK, end), line.rfind(b"\t", end - _LOOK_BACK, end))
        good = cut > start and line[start:cut].strip()
        cut = cut if good else _between_letters(line, end)
        pieces.append(glue + line[start:cut])
        start, glue = cut, b"" if good else b" "
    return [*pieces, glue + line[start:]]


def _fold_text(line: bytes) -> list[bytes]:
    pieces, start, size = [], 0, len(line)
    while size - start > MOST_ON_A_LINE:
        end = start + MOST_ON_A_LINE
        cut = max(line.rfind(sign, end - _LOOK_BACK, end) for sign in _GOOD_IN_TEXT) + 1
        cut = cut if cut > start else _between_letters(line, end)
        pieces.append(line[start:cut])
        start = cut
    return [*pieces, line[start:]]


def _between_letters(line: bytes, end: int) -> int:
    """`end`, moved back so that no UTF-8 letter is cut."""
    for cut in range(end, end - 4, -1):
        if line[cut] & 0xC0 != 0x80:  # noqa: PLR2004 - the mark of a continuation byte
            return cut
    return end
