#!/bin/sh
# Pins every dependency with its hashes, naming no package index: run by `make lock`.
set -eu
uv="${1:?usage: lock.sh PATH_TO_UV}"
cd "$(dirname "$0")/.."
pin() { "$uv" pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate "$@"; }
printf 'uv\n' | pin - -o requirements/uv.txt
pin pyproject.toml -o requirements/runtime.txt
pin --group build -c requirements/runtime.txt -o requirements/build.txt
pin pyproject.toml --group test --group lint -c requirements/runtime.txt -o requirements/test.txt
