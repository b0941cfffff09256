# SPDX-License-Identifier: Apache-2.0
"""The console's own tests of its components, as part of everything."""

import subprocess

import pytest

from house import ROOT


@pytest.mark.skipif(not (ROOT / ".venv").exists(), reason="the console is built in .venv, which `make test` makes")
def test_the_components_of_the_console_pass_their_tests():
    done = subprocess.run(
        ["sh", "scripts/console.sh", "test"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Tests" in done.stdout
