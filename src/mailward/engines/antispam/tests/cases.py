# SPDX-License-Identifier: Apache-2.0
"""Cases are mails. Lines before the mail say what is expected: `expect:` the signals that must speak, and
`facts:` what is known beside the bytes (JSON of `Facts`). The folder says the class: `clean`, `graymail`,
or `signals`, where only the expected signals matter."""

from pathlib import Path

import msgspec

from mailward.contract.check import Facts, HighProfileUser
from mailward.engines.antispam import engine
from mailward.message import parse
from mailward.message.content import Reading, read

FOLDER = Path(__file__).parent / "cases"
KIM_WORKS_WITH = {
    "own_domains": ("example.test",),
    "high_profile_users": (HighProfileUser("Dana Whitfield", ("dana.whitfield@example.test",)),),
}


class Case(msgspec.Struct, frozen=True):
    """One mail, what is known beside it, and the signals that must speak."""

    name: str
    raw: bytes
    facts: Facts
    expected: tuple[str, ...]

    def reading(self) -> Reading:
        return read(parse(self.raw))

    def spoken(self) -> set[str]:
        return {engine.SIGNALS[number].id for number, _ in engine.spoken(self.reading(), self.facts)}


def cases(kind: str = "*") -> list[Case]:
    return [_case(path) for path in sorted(FOLDER.glob(f"{kind}/*.eml"))]


def _case(path: Path) -> Case:
    raw, facts, expected = path.read_bytes(), Facts(), ()
    while raw.startswith((b"expect:", b"facts:")):
        line, _, raw = raw.partition(b"\n")
        name, _, value = line.partition(b":")
        if name == b"facts":
            facts = msgspec.json.decode(value, type=Facts)
        else:
            expected = tuple(value.decode().split())
    return Case(path.stem, raw, msgspec.structs.replace(facts, **KIM_WORKS_WITH), expected)
