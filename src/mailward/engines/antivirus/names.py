# SPDX-License-Identifier: Apache-2.0
"""What a file's name says, against what the file is: programs that pretend, and programs that do not."""

import re
from collections.abc import Iterator

from mailward.contract.finding import Reason
from mailward.engines.antivirus.kinds import (
    DOCUMENT_NAMES,
    NATIVE_NAMES,
    OPAQUE,
    PROGRAM_NAMES,
    PROGRAMS,
    extensions,
    shown,
    words,
)

_NEVER_MAILED = words(
    "scr pif cpl vbe jse wsf wsh wsc hta lnk chm sct scf gadget xll settingcontent-ms library-ms search-ms"
)
"""Extensions that only attacks bring by mail."""

_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]")
_GAP = re.compile(r"[ _\u00a0\u3000]{10}")


def suspicions(name: str, *, kind: str, place: str, archived: bool) -> Iterator[Reason]:
    """Reasons in the name and true kind of one file."""
    parts = extensions(name)
    last = parts[-1] if parts else ""
    quoted = shown(name)
    runs = last in PROGRAM_NAMES
    if _TURNED.search(name):
        yield _reason(
            "file_name_reversed",
            "A file name is written backwards to hide what kind of file it is.",
            6.0,
            quoted,
            place,
        )
    if runs and (_disguised(parts) or _GAP.search(name)):
        yield _reason("double_extension", "A program is named like a document.", 7.0, quoted, place)
    elif kind in PROGRAMS - {"lnk"} and last not in NATIVE_NAMES and last in DOCUMENT_NAMES:
        yield _reason("program_in_disguise", f"A program ({kind}) is named like a document.", 7.0, quoted, place)
    elif last in _NEVER_MAILED or kind == "lnk":
        yield _reason(
            "dangerous_file_type",
            "A file of a kind that runs when opened and is hardly ever mailed honestly.",
            5.0,
            quoted,
            place,
        )
    elif runs or kind in PROGRAMS:
        where = "in an archive" if archived else "attached"
        yield _reason("program_attached", f"A program or script is {where}.", 4.0, quoted, place)
    if kind in OPAQUE and kind != "iso":
        yield _reason(
            "archive_not_opened", f"An archive of a kind that cannot be looked into ({kind}).", 1.0, quoted, place
        )


def of_encrypted(name: str, *, place: str) -> Iterator[Reason]:
    """Reasons in a member that cannot be read."""
    parts = extensions(name)
    quoted = shown(name)
    yield _reason(
        "archive_encrypted",
        "An archive is locked with a password, so its contents cannot be examined.",
        1.5,
        quoted,
        place,
    )
    if parts and parts[-1] in PROGRAM_NAMES:
        yield _reason("encrypted_program", "A locked archive holds a program or script.", 4.0, quoted, place)


def of_odd(odd: str, name: str, *, place: str) -> Iterator[Reason]:
    """Reasons in how a member is stored, and in a name that reaches out of its archive."""
    quoted = shown(name)
    if odd == "hidden":
        yield _reason(
            "archive_hidden_member", "An archive holds a file that its directory does not name.", 3.0, quoted, place
        )
    if odd == "broken":
        yield _reason("archive_broken", "An archive is damaged; what could be read was examined.", 0.5, quoted, place)
    path = name.replace("\\", "/")
    if path.startswith("/") or ".." in path.split("/") or path[1:2] == ":":
        yield _reason(
            "archive_path_escapes", "An archive wants to place a file outside its folder.", 5.0, quoted, place
        )


def _disguised(parts: tuple[str, ...]) -> bool:
    return len(parts) > 1 and parts[-2] in DOCUMENT_NAMES


def _reason(id_: str, text: str, weight: float, evidence: str, place: str) -> Reason:
    return Reason(id=id_, text=text, weight=weight, evidence=evidence, place=place)
