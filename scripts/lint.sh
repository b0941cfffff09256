#!/bin/sh
# Style, types, floors: everything that can be said of the code without running it.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/ruff check --quiet src tests bench scripts
.venv/bin/ruff format --quiet --check src tests bench scripts
.venv/bin/mypy --no-error-summary
.venv/bin/lint-imports --no-cache >.venv/lint-imports.log || { cat .venv/lint-imports.log; exit 1; }
sh scripts/console.sh lint
