# SPDX-License-Identifier: Apache-2.0
"""The specimens and what is known of each: who sends it from where, to whom, and what a careful reader says."""

import email.parser
import email.policy
from functools import cache
from pathlib import Path

import msgspec

from mailward.contract.finding import Verdict

FOLDER = Path(__file__).parent / "specimens"
SHOWPIECE = "mailbox-expires"
"""The specimen that the newcomer is shown first."""


class Specimen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One mail of ours.

    `expected` is the verdict a careful reader gives, `accepted` others that nobody would call wrong.
    `recipients` have mailboxes; those in `unknown` do not, and must be refused. `source` is the
    loopback address it is sent from. `sign` names DKIM signatures: "rsa cloudshelf.test".
    """

    id: str
    story: str
    language: str
    expected: Verdict
    accepted: tuple[Verdict, ...] = ()
    sender: str
    recipients: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    helo: str
    source: str
    sign: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """Its file, as it lies in the project: undated, unsigned."""
        return FOLDER / f"{self.id}.eml"

    @property
    def message_id(self) -> str:
        """Its Message-ID with the angle brackets, by which it is found again."""
        header = email.parser.BytesHeaderParser(policy=email.policy.compat32).parsebytes(self.path.read_bytes())
        return str(header["Message-ID"]).strip()


@cache
def specimens() -> tuple[Specimen, ...]:
    """All of them, in the order in which they arrive."""
    return msgspec.toml.decode((FOLDER / "index.toml").read_bytes(), type=_Index).specimen


def showpiece() -> Specimen:
    """The specimen named by `SHOWPIECE`."""
    return next(specimen for specimen in specimens() if specimen.id == SHOWPIECE)


class _Index(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    specimen: tuple[Specimen, ...]
