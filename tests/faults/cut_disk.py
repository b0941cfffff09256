# SPDX-License-Identifier: Apache-2.0
"""A disk whose power can be cut: a file system on a loop device that is told to go down at once.

After that nothing more reaches the device, not even what the file system had in its log; what a program
synced before is there when it is mounted again, and nothing else need be. Linux, root.
"""

import contextlib
import fcntl
import os
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_GOING_DOWN = 0x8004587D
"""_IOR('X', 125, u32), of XFS and ext4."""
_NO_LOG_FLUSH = 2
_MAKE = {"ext4": ["mkfs.ext4", "-q", "-F"], "xfs": ["mkfs.xfs", "-q", "-f"]}
_UNMOUNT_SECONDS = 20.0


class CutDisk:
    """A mounted disk of `mebibytes`; `folder` is where."""

    def __init__(self, kind: str, aside: Path, *, mebibytes: int = 1024) -> None:
        self._kind = kind
        self._image = aside / f"{kind}.img"
        self.folder = aside / kind
        self.folder.mkdir()
        with self._image.open("wb") as image:
            image.truncate(mebibytes * 1024 * 1024)
        subprocess.run([*_MAKE[kind], str(self._image)], check=True, capture_output=True)
        self.mount()

    def mount(self) -> None:
        """Replays the log, as after any crash."""
        subprocess.run(["mount", "-o", "loop", "-t", self._kind, str(self._image), str(self.folder)], check=True)

    def cut(self) -> None:
        """From now on every write fails and nothing that was not synced is kept."""
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(descriptor, _GOING_DOWN, struct.pack("I", _NO_LOG_FLUSH))
        finally:
            os.close(descriptor)

    def unmount(self) -> None:
        """Once whoever used it is gone."""
        deadline = time.monotonic() + _UNMOUNT_SECONDS
        while subprocess.run(["umount", str(self.folder)], check=False, capture_output=True).returncode:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.folder} is still in use")
            time.sleep(0.1)


@contextlib.contextmanager
def cut_disk(kind: str) -> Iterator[CutDisk]:
    """For the length of a block."""
    with tempfile.TemporaryDirectory(prefix="cut-disk-") as aside:
        disk = CutDisk(kind, Path(aside))
        try:
            yield disk
        finally:
            disk.unmount()
