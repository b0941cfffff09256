# SPDX-License-Identifier: Apache-2.0
"""The demo's DNS as master-file text, with the senders' public keys filled in."""

from pathlib import Path

from mailward.main.demo.keys import SELECTORS, SenderKeys

MAX_STRING = 255
"""Octets in one string of a TXT record (RFC 1035, 3.3.14)."""


def zone(keys: SenderKeys) -> str:
    """The text of zone.txt. Long keys are cut into several strings, which readers join."""
    text = (Path(__file__).parent / "zone.txt").read_text("utf-8")
    for kind in SELECTORS:
        public = keys.public(kind)
        pieces = [public[start : start + MAX_STRING - 55] for start in range(0, len(public), MAX_STRING - 55)]
        text = text.replace(f"@{kind.upper()}@", '" "'.join(pieces))
    return text
