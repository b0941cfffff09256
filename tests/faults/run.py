# SPDX-License-Identifier: Apache-2.0
"""The trials: faults that the machine, the network and other people bring, and no acknowledged mail is lost.

    make faults                         kill_rounds, 200 of them
    make faults ARGS="power_cut disk"   these
    make faults ARGS=all                every one, about an hour and a half

Each trial runs its negative control first, a relay with one mistake, which it must find out. Prints JSON
lines, the account of a trial last; exits with 1 if a promise was broken, with 3 if a control was not found
out, since such a trial says nothing.
"""

import asyncio
import importlib
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2])]

from tests.faults.account import show

TRIALS = ("kill_rounds", "backlog", "power_cut", "disk", "corrupt", "database", "names", "clock", "next_hop", "crowd")


def main(names: list[str]) -> int:
    """Run them one after the other; the worst exit status."""
    wanted = TRIALS if names == ["all"] else names or ["kill_rounds"]
    if unknown := set(wanted) - set(TRIALS):
        print(f"there is no trial {', '.join(sorted(unknown))}; trials are {', '.join(TRIALS)}", file=sys.stderr)
        return 2
    return max(_run(name) for name in wanted)


def _run(name: str) -> int:
    trial = importlib.import_module(f"tests.faults.{name}")
    control = asyncio.run(trial.control())
    show(control)
    if control.good:
        print(f"{name}: the control was not found out; this trial proves nothing", file=sys.stderr)
        return 3
    account = asyncio.run(trial.product())
    show(account)
    return 0 if account.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
