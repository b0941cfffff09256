#!/bin/sh
# Runs every fuzz target for a while; a finding ends the run and names the file that holds it.
set -eu
cd "$(dirname "$0")/.."
for target in tests/fuzz/fuzz_*.py; do
    name=$(basename "$target" .py)
    mkdir -p ".cache/fuzz/$name"
    echo "$name"
    PYTHONPATH=src .venv/bin/python "$target" -max_total_time="${SECONDS_EACH:-180}" -timeout=10 -rss_limit_mb=1024 \
        -artifact_prefix=".cache/fuzz/$name-" ".cache/fuzz/$name" 2>".cache/fuzz/$name.log" ||
        { tail -40 ".cache/fuzz/$name.log"; exit 1; }
done
