# SPDX-License-Identifier: Apache-2.0
"""What comes back. Each report is sent from an address of its own, so that a bounce names what it is about.

The tag behind the plus sign is random: nobody can end the reports to a box who did not get one.
"""

import re
import secrets
from functools import lru_cache

TOKEN_BYTES = 8
MAX_LOOKED_AT = 256 * 1024

_TOKEN = re.compile(r"[0-9a-f]{16}")
_ACTION = re.compile(rb"^Action:[ \t]*([A-Za-z]+)", re.MULTILINE | re.IGNORECASE)
_DIAGNOSTIC = re.compile(rb"^Diagnostic-Code:[ \t]*([^\r\n]{1,300})", re.MULTILINE | re.IGNORECASE)


def new_token() -> str:
    """A fresh tag."""
    return secrets.token_hex(TOKEN_BYTES)


def return_address(sender: str, token: str) -> str:
    """The envelope sender of a report."""
    local, _, domain = sender.rpartition("@")
    return f"{local}+{token}@{domain}"


@lru_cache(maxsize=1000)
def token_of(sender: str, recipient: str) -> str:
    """The tag in a recipient address, "" if it is no return address of `sender`."""
    local, _, domain = recipient.lower().rpartition("@")
    own, _, own_domain = sender.lower().rpartition("@")
    prefix = f"{own}+"
    if not own or domain != own_domain or not local.startswith(prefix):
        return ""
    token = local.removeprefix(prefix)
    return token if _TOKEN.fullmatch(token) else ""


def failure_in(raw: bytes) -> str:
    """Why a delivery failed for good, in the words of the bounce; "" if it only says that it takes longer
    (RFC 3464, 2.3.3). A bounce without such fields counts as failure."""
    head = raw[:MAX_LOOKED_AT]
    actions = {action.lower() for action in _ACTION.findall(head)}
    if actions and b"failed" not in actions:
        return ""
    reason = _DIAGNOSTIC.search(head)
    return reason[1].decode("ascii", "replace").strip() if reason else "it came back"
