# SPDX-License-Identifier: Apache-2.0
"""Bytes to Message: what a mail is made of, read as tolerantly as mail readers read it.

`parse` is cheap and lazy: it cuts the header block and nothing else. The SMTP process asks it for
headers; the scan workers ask it for everything. No input makes it raise.
"""

from mailward.message.headers import Header
from mailward.message.message import Message, parse
from mailward.message.parts import Part

__all__ = ["Header", "Message", "Part", "parse"]
