#!/bin/sh
# Makes .venv and installs the named requirement files into it, unless they are installed already.
# Usage: environment.sh runtime|test|build ...
set -eu
cd "$(dirname "$0")/.."

say() { printf '\033[2m%s\033[0m\n' "$*" >&2; }

python=""
for candidate in python3.11 python3.12 python3.13 python3; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || { echo "Mailward needs Python 3.11 or newer. On Debian 12: apt-get install python3 python3-venv" >&2; exit 1; }

if [ ! -x .venv/bin/uv ]; then
    say "Making the virtual environment .venv with $("$python" --version)"
    if ! "$python" -m venv .venv 2>/dev/null; then
        rm -rf .venv
        [ "$(id -u)" = 0 ] || { echo "Python has no venv module. Run as root: apt-get install python3-venv" >&2; exit 1; }
        say "Installing Debian's python3-venv, which Python needs for virtual environments"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
        "$python" -m venv .venv
    fi
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
fi

wanted=""
for name in "$@"; do wanted="$wanted requirements/$name.txt"; done
# shellcheck disable=SC2086 # the list is ours and has no spaces inside names
mark=$(cat $wanted pyproject.toml | sha256sum | cut -c1-16)
stamp=".venv/installed-$(echo "$*" | tr ' ' '-')-$mark"
if [ ! -e "$stamp" ]; then
    say "Installing the Python packages of$wanted"
    files=""
    for file in $wanted; do files="$files -r $file"; done
    # shellcheck disable=SC2086
    VIRTUAL_ENV=.venv .venv/bin/uv pip install --quiet --require-hashes $files
    VIRTUAL_ENV=.venv .venv/bin/uv pip install --quiet --no-deps --no-build-isolation -e .
    : >"$stamp"
fi
