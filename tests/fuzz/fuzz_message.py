# SPDX-License-Identifier: Apache-2.0
"""Fuzz target: whatever the bytes, the message floor answers, in time, and its edits parse again.

python tests/fuzz/fuzz_message.py [-max_total_time=300] [corpus folder]
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import atheris

with atheris.instrument_imports(include=["mailward.message"]):
    from mailward.contract.decision import Edits
    from mailward.message import addresses, edit, encoded_words, html, links, message, parameters, preview, true_type
    from mailward.message.content import read

EDITS = Edits(removed=(0, 3), headers=(("X-Mailward-Id", "a\r\nb"),), subject_tag="[Tag]", stamp="Take care: äöü")
SECONDS_PER_MEGABYTE = 10.0
"""Coverage counting slows Python down about tenfold."""
LEAST_SECONDS = 2.0


def check(data: bytes) -> None:
    """Everything the floor does to one mail."""
    begun = time.process_time()
    mail = message.parse(data)
    seen = read(mail)
    assert seen.content.subject == mail.subject[:4000]
    assert edit.apply(data, Edits()) == data
    edited = message.parse(edit.apply(data, EDITS))
    assert any(header.key == "x-mailward-id" for header in edited.headers)
    preview.preview(mail)
    text = data[:2000].decode("utf-8", "replace")
    addresses.parse_addresses(text)
    encoded_words.decode(text)
    parameters.parse(data[:2000])
    list(links.find(text, "text"))
    html.read(text)
    true_type.true_type(data, text[:20])
    spent = time.process_time() - begun
    assert spent < LEAST_SECONDS + SECONDS_PER_MEGABYTE * len(data) / 1e6, f"{spent:.1f} s for {len(data)} bytes"


def main() -> None:
    """Run until told to stop."""
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
