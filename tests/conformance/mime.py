# SPDX-License-Identifier: Apache-2.0
"""What the MIME conformance tests share: choosing mails, and everything any reader may see in one."""

import random
from collections.abc import Iterator
from pathlib import Path

from corpora import corpus
from mailward.message import Message


def sample(folders: dict[str, tuple[str, ...]], count: int) -> list[Path]:
    """`count` mails out of the folders of several corpora, the same ones each time."""
    found: list[Path] = []
    for name, patterns in folders.items():
        root = corpus(name)
        for pattern in patterns:
            found += [path for folder in sorted(root.glob(pattern)) for path in sorted(folder.rglob("*.eml"))]
    random.Random(7).shuffle(found)
    return found[:count]


def versions(message: Message) -> Iterator[bytes]:
    """The bytes of every part under every reading."""
    for part in message.parts:
        yield part.decode()
        yield from part.others
