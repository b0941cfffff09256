# SPDX-License-Identifier: Apache-2.0
"""What files are, whatever they are called."""

import io
import zipfile

import pytest

from mailward.message.true_type import true_type


def packed(*names: str, first: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        if first:
            archive.writestr("mimetype", first)
        for name in names:
            archive.writestr(name, b"x")
    return out.getvalue()


PE = b"MZ" + bytes(58) + (128).to_bytes(4, "little") + bytes(64) + b"PE\0\0" + bytes(100)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("kind", "name", "data"),
    [
        ("pe", "invoice.pdf", PE),
        ("text", "a.txt", b"MZ is how this text begins, and it goes on for long enough to be one. " * 3),
        ("elf", "", b"\x7fELF\x02\x01\x01" + bytes(20)),
        ("zip", "", packed("a.txt")),
        ("docx", "", packed("[Content_Types].xml", "word/document.xml")),
        ("docm", "", packed("word/document.xml", "word/vbaProject.bin")),
        ("xlsx", "", packed("xl/workbook.xml")),
        ("jar", "", packed("META-INF/MANIFEST.MF", "A.class")),
        ("apk", "", packed("AndroidManifest.xml", "META-INF/MANIFEST.MF")),
        ("odt", "", packed("content.xml", first=b"application/vnd.oasis.opendocument.text")),
        ("zip", "", b"some stub " * 9 + packed("a.exe")),
        ("pdf", "", b"junk before\n%PDF-1.7 ..."),
        ("msg", "", OLE + "__substg1.0_".encode("utf-16-le")),
        ("doc", "", OLE + "WordDocument".encode("utf-16-le")),
        ("xls", "", OLE + "Workbook".encode("utf-16-le")),
        ("ole", "", OLE),
        ("rtf", "a.doc", b"{\\rtf1 x}"),
        ("lnk", "", b"L\0\0\0\x01\x14\x02\0" + bytes(60)),
        ("one", "", bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + bytes(20)),
        ("iso", "", bytes(32769) + b"CD001" + bytes(10)),
        ("7z", "", b"7z\xbc\xaf\x27\x1c\0\4"),
        ("rar", "", b"Rar!\x1a\x07\x01\0"),
        ("cab", "", b"MSCF\0\0"),
        ("ace", "", bytes(7) + b"**ACE**" + bytes(10)),
        ("gz", "", b"\x1f\x8b\x08"),
        ("tar", "", bytes(257) + b"ustar\0" + bytes(10)),
        ("png", "", b"\x89PNG\r\n\x1a\n"),
        ("webp", "", b"RIFF\0\0\0\0WEBPVP8 "),
        ("html", "a.pdf", b"<!DOCTYPE html><p>x"),
        ("html", "a", "<html><body>".encode("utf-16")),
        ("svg", "", b'<?xml version="1.0"?><svg xmlns="x"><script>1</script></svg>'),
        ("hta", "", b"<html><HTA:APPLICATION id=x>"),
        ("js", "", b"var a = new ActiveXObject('WScript.Shell');"),
        ("jse", "", b"#@~^AAAA==x"),
        ("vbe", "x.vbe", b"#@~^AAAA==x"),
        ("vbs", "", b'On Error Resume Next\nSet s = CreateObject("WScript.Shell")'),
        ("ps1", "", b"$c = New-Object Net.WebClient; Invoke-Expression $c"),
        ("bat", "", b"@echo off\r\nstart x"),
        ("wsf", "", b"<job id=x><script language=JScript>"),
        ("eml", "", b"From: a@b.test\r\nTo: c@d.test\r\nSubject: x\r\n\r\nhi"),
        ("ics", "", b"BEGIN:VCALENDAR\r\n"),
        ("vcf", "", b"BEGIN:VCARD\r\n"),
        ("js", "x.js", b"a.b.c(1)"),
        ("text", "", b"Dear all,\nplease find attached the minutes.\n"),
        ("unknown", "", bytes(range(1, 32)) * 8),
        ("empty", "x.exe", b""),
    ],
)
def test_kinds(kind, name, data):
    assert true_type(data, name) == kind
