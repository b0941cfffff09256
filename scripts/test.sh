#!/bin/sh
# The whole suite, in three runs: side by side what can be; alone what forks from its own process, since
# forking is safe only where there is one thread; and alone what looks at the console in a real browser.
set -eu
cd "$(dirname "$0")/.."

forking="src/mailward/engines/scanning/tests src/mailward/kit/tests/test_confinement.py src/mailward/main/tests/test_scan.py"
ignored="--ignore=tests/browser"
for path in $forking; do ignored="$ignored --ignore=$path"; done

# shellcheck disable=SC2086 # lists of our own paths
timeout 2400 .venv/bin/python -m pytest -n 2 --dist loadgroup $ignored
# shellcheck disable=SC2086
timeout 900 .venv/bin/python -m pytest $forking
timeout 900 .venv/bin/python -m pytest tests/browser
