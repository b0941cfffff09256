# SPDX-License-Identifier: Apache-2.0
"""What large mails leave behind is given back, in a process of its own since it changes how memory is given."""

import subprocess
import sys

SCRIPT = """
import asyncio
from mailward.kit import allocation

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 >> 20

async def main():
    allocation.keep_buffers()
    held = [bytearray(5 << 20) for _ in range(60)]
    end = bytearray(1 << 20)
    crowded = resident()
    del held
    left = resident()
    allocation._GIVE_BACK_SECONDS = 0.05
    task = asyncio.create_task(allocation.give_back())
    while resident() > crowded - 200:
        await asyncio.sleep(0.05)
    task.cancel()
    print(crowded, left, resident(), len(end))

asyncio.run(main())
"""


def test_a_crowd_of_large_mails_leaves_little_behind():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=True)
    crowded, left, given_back, _ = map(int, done.stdout.split())
    assert crowded > 300
    assert left > crowded - 100, "kept, as long as nobody gives it back"
    assert given_back < crowded - 200
