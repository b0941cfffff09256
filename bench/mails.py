# SPDX-License-Identifier: Apache-2.0
"""Mails to measure with: ordinary office writing, plain and HTML, no two alike, always the same set; the large
ones are 9 KB of writing with a file attached."""

import base64
import random
from pathlib import Path

SIZE = 9 * 1024
"""Octets of one mail, give or take a line."""
_ATTACHED = 256 * 1024
"""From here on the size comes from an attachment, as with people's mail."""
_SENTENCES = (
    "The committee agreed to repair the roof of the market hall before the first frost.",
    "Please find below the figures for October, compared with the same month of last year.",
    "We moved the lamps to the north side, where the path to the station is darkest.",
    "Could you have a look at the third paragraph and tell me whether it is clear enough?",
    "The delivery of the chairs is late because the bridge near the depot is closed.",
    "Anna has taken photographs of every bench and put them into the shared folder.",
    "I shall be away on Thursday; Tom will answer the telephone and open the post.",
    "The new windows let in less noise, but the doors still need a carpenter.",
    "Thank you for the notes; I have corrected the names and added the missing page.",
    "Next week we meet in the small room, since the large one is being painted.",
)


def mail(number: int, size: int = SIZE) -> bytes:
    """The mail of that number, with CRLF line ends: every other one has an HTML part beside its text."""
    if size >= _ATTACHED:
        return _with_file(number, size)
    chance = random.Random(number)
    text = _paragraphs(chance, size - 900 if number % 2 else size * 2 // 5)
    header = (
        f"Received: from [10.20.3.{number % 250}]\r\n\tby mail.sender.test with ESMTPSA id {number:08X};"
        f"\r\n\tTue, 24 Nov 2026 10:00:00 +0000\r\n"
        f"From: Robin Castell <robin@sender.test>\r\nTo: Lee Sandoval <lee@example.test>\r\n"
        f"Subject: Minutes of meeting {number}\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n"
        f"Message-ID: <bench.{number}@sender.test>\r\nUser-Agent: Kestrel Mail 7.2\r\nMIME-Version: 1.0\r\n"
    )
    plain = "\r\n\r\n".join("\r\n".join(_wrapped(paragraph)) for paragraph in text)
    if number % 2:
        body = f'Content-Type: text/plain; charset="us-ascii"\r\n\r\n{plain}\r\n'
    else:
        body = _alternative(number, plain, text)
    return (header + body).encode("ascii")


def _with_file(number: int, size: int) -> bytes:
    """9 KB of writing, and a file of a kind that nobody opens, which does not compress."""
    header, _, body = mail(number * 2 + 1).partition(b'Content-Type: text/plain; charset="us-ascii"\r\n\r\n')
    octets = random.Random(number).randbytes((size - SIZE) * 57 // 78)
    encoded = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    edge = b"----=_Part_%d" % number
    return b"".join((
        header, b'Content-Type: multipart/mixed; boundary="', edge, b'"\r\n\r\n--', edge,
        b'\r\nContent-Type: text/plain; charset="us-ascii"\r\n\r\n', body, b"\r\n--", edge,
        b'\r\nContent-Type: application/octet-stream; name="survey.dat"\r\nContent-Transfer-Encoding: base64\r\n',
        b'Content-Disposition: attachment; filename="survey.dat"\r\n\r\n', encoded, b"\r\n--", edge, b"--\r\n",
    ))  # fmt: skip


def write(folder: Path, count: int) -> None:
    """`count` mails as files 0.eml, 1.eml ..."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"{number}.eml").write_bytes(mail(number))


def _alternative(number: int, plain: str, text: list[str]) -> str:
    boundary = f"----=_Part_{number}"
    paragraphs = "\r\n".join("<p>" + "\r\n".join(_wrapped(paragraph)) + "</p>" for paragraph in text)
    page = (
        f'<html><head><meta charset="utf-8"></head><body style="font-family: sans-serif">\r\n{paragraphs}\r\n'
        f'<p><a href="https://www.sender.test/minutes/{number}">The minutes on our pages</a></p></body></html>'
    )
    return (
        f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'
        f'--{boundary}\r\nContent-Type: text/plain; charset="us-ascii"\r\n\r\n{plain}\r\n'
        f'--{boundary}\r\nContent-Type: text/html; charset="us-ascii"\r\n\r\n{page}\r\n--{boundary}--\r\n'
    )


def _paragraphs(chance: random.Random, size: int) -> list[str]:
    found: list[str] = []
    while sum(map(len, found)) < size:
        found.append(" ".join(chance.choices(_SENTENCES, k=chance.randint(2, 5))))
    return found


def _wrapped(paragraph: str) -> list[str]:
    lines, line = [], ""
    for word in paragraph.split():
        if len(line) + len(word) > 72:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return [*lines, line]
