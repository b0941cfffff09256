# SPDX-License-Identifier: Apache-2.0
"""What a refused sender hears."""

from mailward.contract.reply import PermFail


def blocked(sender: str) -> PermFail:
    """The answer to a blocked sender."""
    return PermFail(550, "5.7.1", f"the recipient does not take mail from <{short(sender)}>; nothing was delivered")


def short(text: str) -> str:
    """What a stranger wrote, fit for an answer."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:100])
