# SPDX-License-Identifier: Apache-2.0
"""How far an attachment is unpacked. Beyond any of these the mail is unscannable, never clean."""

MAX_FILES = 353
"""Files in all archives of one mail together."""

MAX_RATIO = 100
"""Unpacked bytes for each packed byte of a member ..."""

RATIO_FROM_BYTES = 1024 * 1024
"""... counted once it has unpacked to this much: small files may well be empty paper."""

MAX_DEPTH = 20
"""Archives within archives."""

MAX_MEMBER_BYTES = 60 * 1024 * 1024
"""Unpacked size of one member."""

MAX_TOTAL_BYTES = 120 * 1024 * 1024
"""Unpacked bytes of all members of a mail together: what the worker's memory and time can bear."""

MAX_PDF_STREAMS = 353
"""Object streams of one PDF that are looked into."""

MAX_MACRO_STREAMS = 64
"""Macro modules of one document."""

MAX_MACRO_BYTES = 4 * 1024 * 1024
"""Source text of one macro module."""

SCAN_SECONDS = 5
"""Time for the rules over one file."""

MAX_EVIDENCE_BYTES = 80
"""How much of what a rule matched is quoted."""
