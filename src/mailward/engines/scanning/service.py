# SPDX-License-Identifier: Apache-2.0
"""The door of the scan workers: make a pool, ask a pool."""

import codecs
import encodings
import pkgutil
from collections.abc import Callable

from mailward.contract.check import Facts
from mailward.engines.antispam import engine as antispam
from mailward.engines.scanning.client import BlockingScanClient, ScanClient
from mailward.engines.scanning.examine import Examiner
from mailward.engines.scanning.limits import Limits
from mailward.engines.scanning.pool import CannotStart, Pool
from mailward.engines.web_reputation import rating

__all__ = ["BlockingScanClient", "CannotStart", "Examiner", "Limits", "Pool", "ScanClient", "open_pool"]

_WARM_UP = (
    b"From: =?utf-8?q?A?= <a@example.test>\r\nTo: b@example.test\r\nSubject: =?iso-8859-1?q?warm=20up?=\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
    b"<html><style>p{color:#fff}</style><p>Hello <a href='https://example.test/'>there</a></p></html>\r\n"
    b"--b\r\nContent-Type: text/plain; name=a.txt\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b--\r\n"
)
_NOT_TEXT = frozenset({"aliases", "mbcs", "oem", "undefined"})


def open_pool(
    *,
    workers: int,
    address: str = "",
    limits: Limits | None = None,
    insist: bool = True,
    died: Callable[[int, str], None] | None = None,
) -> Pool:
    """Load everything the workers need and open a pool that is yet to be filled.

    Call it in a process with one thread. The arguments are those of `Pool`; `CannotStart` where
    workers cannot be confined and `insist` is set.
    """
    examiner = Examiner()
    antispam.load()
    rating.load()
    _load_charsets()
    examiner.examine(_WARM_UP, Facts())
    return Pool(examiner, workers=workers, address=address, limits=limits, insist=insist, died=died)


def _load_charsets() -> None:
    """Python reads a charset's table from disk when it first meets it; a worker has no disk."""
    for module in pkgutil.iter_modules(encodings.__path__):
        if module.name not in _NOT_TEXT:
            codecs.lookup(module.name)
