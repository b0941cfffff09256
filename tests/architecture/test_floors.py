# SPDX-License-Identifier: Apache-2.0
"""The floors, the one door out, and the habits of every file."""

import re
import subprocess
import sys
from pathlib import Path

from tree import HOUSE, ROOT, imports, modules, name_of

NETWORK = {
    "socket", "ssl", "http", "urllib.request", "smtplib", "httpx", "httpx2", "aiohttp", "requests", "dns", "asyncpg",
    "aiosmtpd",
}  # fmt: skip
CLIENTS_ALLOWED = ("mailward.egress", "mailward.disposition.delivery", "mailward.kit", "mailward.main")
MAX_LINES = 400
FORBIDDEN = ("shell=True", "os.system(", "pickle", "yaml.load(", "eval(", "xml.etree")


def uses_network(path: Path) -> set[str]:
    return {name for name in imports(path) if name in NETWORK or name.split(".")[0] in NETWORK}


def test_import_linter_holds_the_floors():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_network_clients_are_imported_only_where_they_may_be():
    """asyncpg's own error types are named where queries are; opening connections is not."""
    for path in modules():
        name = name_of(path)
        if name.startswith(CLIENTS_ALLOWED):
            continue
        used = uses_network(path) - {used for used in uses_network(path) if used.split(".")[0] == "asyncpg"}
        allowed = (
            {"socket", "ssl"}
            if name.startswith(("mailward.edge", "mailward.engines.scanning", "mailward.web"))
            else set()
        )
        assert {u.split(".")[0] for u in used} <= allowed, f"{name} imports {used}"
        assert "asyncpg.connect" not in path.read_text()


def test_every_file_begins_with_its_licence_and_why_it_exists():
    for path in modules():
        text = path.read_text()
        assert text.startswith("# SPDX-License-Identifier: Apache-2.0\n"), path
        assert re.match(r'# SPDX[^\n]*\nr?"""\S', text), f"{path} has no docstring"


def test_files_stay_readable():
    long = {
        str(path.relative_to(HOUSE)): n for path in modules() if (n := len(path.read_text().splitlines())) > MAX_LINES
    }
    assert not long


def test_nothing_dangerous_is_spelled():
    for path in modules():
        text = path.read_text()
        for word in FORBIDDEN:
            assert not re.search(rf"(?<![\w.]){re.escape(word)}", text), f"{path} says {word}"


def test_nothing_names_a_package_index():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".txt", ".toml", ".json", ".sh", ".mk"} or path.name in {"Makefile", ".npmrc"}:
            text = path.read_text(errors="replace")
            assert not re.search(r"--index-url|extra-index|\"resolved\": *\"http|registry *= *http", text), name


def test_the_readme_prints_the_commands_that_ci_runs():
    readme = (ROOT / "README.md").read_text()
    assert "make run" in readme
    assert "make test" in readme
    assert "make test" in (ROOT / ".ci" / "run").read_text()
