# SPDX-License-Identifier: Apache-2.0
"""Fuzz target: whatever an address or a feed is made of, it is rated or refused, in time.

python tests/fuzz/fuzz_web_reputation.py [-max_total_time=300] [corpus folder]
"""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import atheris

with atheris.instrument_imports(include=["mailward.engines.web_reputation", "mailward.engines.antispam.target"]):
    from mailward.engines.web_reputation import places, rating, reading
    from mailward.message.links import link

NOW = datetime(2026, 11, 27, tzinfo=UTC)
SECONDS = 4.0
"""Coverage counting slows Python down about tenfold."""
rating.load()


def check(data: bytes) -> None:
    """One address, and the same bytes as a feed in each format."""
    begun = time.process_time()
    text = data[:5000].decode("utf-8", "replace")
    made = link(text, place="text")
    if made is not None:
        rated = rating.rate_one(made)
        assert 0 <= rated.score <= 100
        assert rated.host or rated.untested
        if rated.host:
            assert places.hosts(rated.host)[0] == rated.host
            assert len(places.folders(places.rest_of(rated.url))) <= places.MAX_FOLDERS + 2
    try:
        once = places.entry(text)
    except ValueError:
        pass
    else:
        assert places.entry(once) == once, (text, once, places.entry(once))
    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        for kind in reading.Format:
            try:
                reading.read(Path(file.name), now=NOW, as_format=kind)
            except reading.BadFile:
                assert kind is reading.Format.STIX
    assert time.process_time() - begun < SECONDS


def main() -> None:
    """Run until told to stop."""
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
