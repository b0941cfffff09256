# SPDX-License-Identifier: Apache-2.0
"""What kind of text a text is: a page, a script, a mail, a calendar, or just words.

The words of a script count before its name; the name settles only what the words leave open.
"""

import re

_TEXTUAL = (
    ("hta", re.compile(rb"<hta:application", re.IGNORECASE)),
    (
        "wsf",
        re.compile(
            rb"<(?:job|package)[\s>][^<]{0,400}<script|<\?xml[^>]{0,100}\?>\s{0,20}<(?:job|package)\b", re.IGNORECASE
        ),
    ),
    ("sct", re.compile(rb"<scriptlet", re.IGNORECASE)),
    ("svg", re.compile(rb"<svg[\s>]", re.IGNORECASE)),
    (
        "html",
        re.compile(
            rb"<!doctype\s{1,20}html|<html[\s>]|<head[\s>]|<body[\s>]|<script[\s>]|<iframe[\s>]|<meta\s{1,9}http-equiv|<form[\s>]",
            re.IGNORECASE,
        ),
    ),
    ("ics", re.compile(rb"\A\s{0,20}BEGIN:VCALENDAR", re.IGNORECASE)),
    ("vcf", re.compile(rb"\A\s{0,20}BEGIN:VCARD", re.IGNORECASE)),
    ("url", re.compile(rb"\A\s{0,20}\[InternetShortcut\]", re.IGNORECASE)),
    ("library", re.compile(rb"<libraryDescription", re.IGNORECASE)),
    ("rdp", re.compile(rb"^full address:s:", re.IGNORECASE | re.MULTILINE)),
    ("slk", re.compile(rb"\AID;P")),
    ("iqy", re.compile(rb"\AWEB\r?\n\d")),
    ("shell", re.compile(rb"\A#!\s{0,5}/[^\n]{0,60}sh\b")),
    ("python", re.compile(rb"\A#![^\n]{0,60}python")),
    ("php", re.compile(rb"<\?php", re.IGNORECASE)),
    (
        "ps1",
        re.compile(
            rb"\b(?:Invoke-(?:Expression|WebRequest|RestMethod)|New-Object\s{1,5}(?:System\.)?Net\.WebClient"
            rb"|Set-ExecutionPolicy|FromBase64String|Start-Process|\[System\.(?:Convert|Text|Net|Reflection))|^\s{0,20}param\s{0,5}\(\s{0,50}\[",
            re.IGNORECASE | re.MULTILINE,
        ),
    ),
    (
        "js",
        re.compile(
            rb"\b(?:new ActiveXObject|eval\s{0,5}\(|document\.write|unescape\s{0,5}\(|String\.fromCharCode"
            rb"|function\s{1,5}\w{0,60}\s{0,5}\([^)]{0,200}\)\s{0,5}\{)"
            rb"|^\s{0,20}(?:var|let|const)\s{1,5}[\w$]{1,60}\s{0,5}=|\(function\s{0,5}\(|=>\s{0,5}\{",
            re.IGNORECASE | re.MULTILINE,
        ),
    ),
    (
        "vbs",
        re.compile(
            rb"\b(?:CreateObject\s{0,5}\(|On Error Resume Next|WScript\.(?:Shell|Echo|CreateObject)|ExecuteGlobal\b"
            rb"|MsgBox\s{1,5}\")"
            rb"|^\s{0,20}(?:Dim\s{1,5}\w{1,60}\s{0,5}(?:,|$)|Sub\s{1,5}\w{1,60}\s{0,5}\(|End (?:Sub|Function)\s{0,5}$)",
            re.IGNORECASE | re.MULTILINE,
        ),
    ),
    (
        "bat",
        re.compile(
            rb"^\s{0,20}@?echo\s{1,5}off"
            rb"|^\s{0,20}(?:setlocal|%comspec%|powershell(?:\.exe)?\s|certutil\s|bitsadmin\s|start /b)",
            re.IGNORECASE | re.MULTILINE,
        ),
    ),
)
_EMAIL = re.compile(
    rb"\A(?:From [^\n]{1,200}\r?\n)?(?:[A-Za-z][A-Za-z0-9-]{0,60}:[^\n]{0,998}\n(?:[ \t][^\n]{0,998}\n){0,50}){3}"
)
_EMAIL_FIELD = re.compile(rb"^(?:from|subject|received|date|message-id|to):", re.IGNORECASE | re.MULTILINE)
_SCRIPT_NAMES = {
    "js": "js",
    "jse": "js",
    "mjs": "js",
    "vbs": "vbs",
    "vbe": "vbs",
    "ps1": "ps1",
    "psm1": "ps1",
    "bat": "bat",
    "cmd": "bat",
    "hta": "hta",
    "wsf": "wsf",
    "sct": "sct",
    "sh": "shell",
    "py": "python",
    "php": "php",
    "html": "html",
    "htm": "html",
    "xhtml": "html",
    "shtml": "html",
    "mht": "mhtml",
    "mhtml": "mhtml",
    "svg": "svg",
    "eml": "eml",
    "ics": "ics",
    "vcf": "vcf",
    "url": "url",
    "reg": "reg",
    "iqy": "iqy",
    "slk": "slk",
    "rdp": "rdp",
    "csv": "csv",
    "xml": "xml",
    "json": "json",
}
_TEXT_CONTROLS = frozenset(b"\x00\x01\x02\x03\x04\x05\x06\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x7f")
_MAX_CONTROLS = 0.01


def looks_textual(head: bytes) -> bool:
    """Whether hardly any byte is one that texts do not have."""
    controls = sum(head.count(byte) for byte in _TEXT_CONTROLS)
    return controls <= len(head) * _MAX_CONTROLS


def kind(head: bytes, name: str) -> str:
    """The kind of a text; "unknown" if it is none."""
    sample = head
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"} or head.count(b"\0") * 3 > len(head):
        order = "utf-16-be" if head[:2] == b"\xfe\xff" or head[:1] == b"\0" else "utf-16-le"
        sample = head.decode(order, "ignore").encode("utf-8", "ignore")
    if not looks_textual(sample):
        return "unknown"
    if b"#@~^" in sample:
        return "vbe" if name.lower().endswith(".vbe") else "jse"
    if _EMAIL.match(sample) and len(_EMAIL_FIELD.findall(sample)) > 1:
        return "eml"
    spoken = next((found for found, words in _TEXTUAL if words.search(sample)), "")
    named = _SCRIPT_NAMES.get(name.rpartition(".")[2].lower(), "") if "." in name else ""
    if spoken or named:
        return spoken or named
    return "xml" if sample.lstrip()[:5] == b"<?xml" else "text"
