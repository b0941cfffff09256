# SPDX-License-Identifier: Apache-2.0
"""Reading a file of valid recipients: one address and, if you like, a name on each line."""

import csv
import re

import idna

from mailward.control.directory_import.shapes import MAX_ADDRESS, MAX_NAME
from mailward.kit.list_import import MAX_PROBLEMS, LineProblem

MAX_ROWS = 2_000_000
HEADERS = frozenset({"address", "email", "e-mail", "mail"})
_PLAIN = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9.-]{1,253}")
_LOCAL = re.compile(r"[^\s@<>\"(),:;\\\[\]\x00-\x1f\x7f]{1,64}")

Rows = dict[tuple[str, str], str]
"""(domain, address) -> display name."""


def read_address(text: str) -> str:
    """An address in lower case, its domain in A-labels. Raises ValueError with a sentence."""
    address = text.strip().lower()
    if _PLAIN.fullmatch(address):
        return address
    local, at, domain = address.rpartition("@")
    if not at or len(address) > MAX_ADDRESS or not _LOCAL.fullmatch(local):
        raise ValueError(f"{text[:60]!r} is no e-mail address")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            domain = ""
    if not domain:
        raise ValueError(f"{text[:60]!r} is no e-mail address")
    return f"{local}@{domain}"


def read_file(text: str, own: frozenset[str]) -> tuple[Rows, list[LineProblem]]:
    """The entries of a CSV text, the last of equal addresses wins, and the lines that cannot be read. `own` are the
    organization's domains. Empty lines, lines that begin with "#", and a heading are passed over."""
    rows: Rows = {}
    problems: list[LineProblem] = []
    reader = csv.reader(text.removeprefix("\ufeff").splitlines())
    while len(problems) < MAX_PROBLEMS:
        try:
            row = next(reader)
            if not row or not row[0].strip() or row[0].startswith("#"):
                if len("".join(row).strip()) and not row[0].startswith("#"):
                    raise ValueError("the first column is the address, and it is empty")  # noqa: TRY301
                continue
            if reader.line_num == 1 and row[0].strip().lower() in HEADERS:
                continue
            address = read_address(row[0])
            domain = address.rpartition("@")[2]
            if domain not in own:
                raise ValueError(f"{domain} is not one of your domains")  # noqa: TRY301
            if len(rows) >= MAX_ROWS:
                problems.append(LineProblem(reader.line_num, f"a file may have {MAX_ROWS} entries"))
                break
            rows[domain, address] = _name(row)
        except StopIteration:
            break
        except (csv.Error, ValueError) as exc:
            problems.append(LineProblem(reader.line_num, str(exc)))
    return rows, problems


def _name(row: list[str]) -> str:
    name = row[1].strip() if len(row) > 1 else ""
    if len(name) > MAX_NAME:
        raise ValueError(f"a name may have {MAX_NAME} characters")
    if name[:1] == "'" and name[1:2] in ("=", "+", "-", "@"):
        name = name[1:]
    return name.replace("\x00", "")
