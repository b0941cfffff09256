# SPDX-License-Identifier: Apache-2.0
"""RFC 2047 encoded words, read as mail readers read them: leniently, and in one pass.

Readers accept words that are too long, that stand inside quoted strings, that have spaces inside, and
that cut a character in two between neighbours; so neighbours of one charset are joined before they
are decoded. The scan only ever moves forward, whatever it is given.
"""

from mailward.message import charsets, transfer

_MAX_CHARSET = 60


def decode(value: str) -> str:
    """`value` with every encoded word replaced by its text; never raises, linear in its length."""
    if "=?" not in value:
        return value
    out: list[str] = []
    run: list[bytes] = []
    label = ""
    at = 0
    scan = 0
    last = value.rfind("?=")
    while (start := value.find("=?", scan)) >= 0 and start < last:
        word = _word(value, start, last)
        if word is None:
            scan = start + 2
            continue
        charset, data, end = word
        gap = value[at:start]
        if run and (gap.strip() or charset != label):
            out.append(charsets.decode(b"".join(run), label))
            run = []
            out.append(gap if gap.strip() else "")
        elif not run:
            out.append(gap)
        run.append(data)
        label = charset
        at = scan = end
    if run:
        out.append(charsets.decode(b"".join(run), label))
    out.append(value[at:])
    return "".join(out)


def _word(value: str, start: int, last: int) -> tuple[str, bytes, int] | None:
    """The encoded word at `start` as charset, bytes and end; None if there is none. `last` is where
    the last "?=" of the value stands: no search is started that cannot end."""
    mark = value.find("?", start + 2, start + 3 + _MAX_CHARSET)
    if mark < 0 or value[mark + 2 : mark + 3] != "?":
        return None
    encoding = value[mark + 1]
    charset = value[start + 2 : mark].partition("*")[0].lower()
    body = mark + 3
    end = value.find("?=", body) if body <= last else -1
    if end < 0 or encoding not in "bBqQ" or not charset or " " in charset:
        return None
    # "?==?" closes a word and opens the next one; "=?=" ends a word whose text ends in "=".
    text = value[body:end].encode("utf-8", "replace")
    data = transfer.base64(text).data if encoding in "bB" else transfer.q_word(text)
    return charset, data, end + 2
