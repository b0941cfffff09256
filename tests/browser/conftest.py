# SPDX-License-Identifier: Apache-2.0
"""One demo for all, one Chromium per module (its event loop must not outlive it: other tests have their own)."""

from pathlib import Path

import pytest

from house import ROOT, House, running
from reader import AXE, CHROMIUM, Readers, chromium


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> House:
    for needed, cure in ((ROOT / "src/mailward/web/static/index.html", "make console"), (AXE, "make console"),
                         (Path(CHROMIUM), "apt-get install chromium")):  # fmt: skip
        if not needed.exists():
            pytest.fail(f"{needed} is missing: `{cure}` makes it.", pytrace=False)
    with running("demo", tmp_path_factory.mktemp("browser") / "data") as house:
        house.api.sign_in(**house.ready["admin"])
        house.api.wait_for('subject:"200 giros gratis"', seconds=60)  # the last of the specimens
        yield house


@pytest.fixture(scope="module")
def readers(demo):
    with chromium() as browser:
        yield Readers(browser, demo.ready)


@pytest.fixture
def reader(readers):
    with readers.reading() as reader:
        yield reader
