# SPDX-License-Identifier: Apache-2.0
"""The command as its users see it: a process, its lines, its exit status."""

import base64
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from mailward.kit import seccomp
from mailward.main.scan import EXIT_BROKEN_PIPE, EXIT_INTERRUPTED, looks_like_mail
from mailward.main.scan_report import printable

pytestmark = pytest.mark.skipif(bool(seccomp.unavailable()), reason="no seccomp here")

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
CLEAN = b"From: Ann <ann@sender.test>\r\nTo: lee@example.test\r\nSubject: Minutes\r\n\r\nThe minutes are below.\r\n"
DRIVER = """
import sys
from mailward.main.scan import scan
arguments = sys.argv[1:]
as_json = arguments.pop(0) == "json"
jobs = int(arguments.pop(0))
raise SystemExit(scan(arguments, jobs, json_output=as_json, stdin=sys.stdin.buffer, stdout=sys.stdout))
"""
CLASSES = {"spam", "phishing", "bec", "graymail", "social_engineering", "malware"}


def attached(data: bytes, name: str) -> bytes:
    return (
        b"From: Ann <ann@sender.test>\r\nTo: lee@example.test\r\nSubject: File\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the file.\r\n--b\r\n"
        b"Content-Type: application/octet-stream; name=" + name.encode() + b"\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data) + b"--b--\r\n"
    )


def zipped(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def command(*paths: object, form: str = "json", jobs: int = 2) -> list[str]:
    return [sys.executable, "-c", DRIVER, form, str(jobs), *map(str, paths)]


def run(*paths: object, form: str = "json", jobs: int = 2, stdin: bytes = b"") -> tuple[int, str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "COLUMNS": "200"}
    done = subprocess.run(
        command(*paths, form=form, jobs=jobs),
        input=stdin,
        capture_output=True,
        timeout=120,
        env=environment,
        check=False,
    )
    assert done.stderr == b""
    return done.returncode, done.stdout.decode()


def lines(*paths: object, **options) -> tuple[int, list[dict]]:
    status, out = run(*paths, **options)
    return status, [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def mails(tmp_path) -> Path:
    for name, raw in {
        "1-clean.eml": CLEAN,
        "2-plain.eml": CLEAN + EICAR,
        "3-base64.eml": attached(EICAR, "a.com"),
        "4-zip.eml": attached(zipped("e.com", EICAR), "a.zip"),
        "5-zip-in-zip.eml": attached(zipped("b.zip", zipped("e.com", EICAR)), "a.zip"),
        "6-bomb.eml": attached(zipped("zeros", bytes(30 << 20)), "a.zip"),
        "7-empty.eml": b"",
        "8-picture.jpg": b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(200),
    }.items():
        (tmp_path / name).write_bytes(raw)
    return tmp_path


def test_the_contract(mails):
    status, found = lines(mails)
    assert status == 2
    assert [line["path"] for line in found] == [str(path) for path in sorted(mails.iterdir())]
    for line in found:
        assert set(line) == {"path", "verdict", "score", "scores", "reasons", "error"}
        assert set(line["scores"]) == CLASSES
        assert all(0 <= value <= 1 for value in line["scores"].values())
        assert all(set(reason) == {"id", "text", "weight", "evidence"} for reason in line["reasons"])
        if line["verdict"] != "unscannable":
            assert round(sum(reason["weight"] for reason in line["reasons"]), 1) == line["score"]
            assert line["error"] is None
    verdicts = [line["verdict"] for line in found]
    assert verdicts == [
        "clean",
        "malware",
        "malware",
        "malware",
        "malware",
        "unscannable",
        "unscannable",
        "unscannable",
    ]
    assert "times its size" in found[5]["error"]
    assert "empty" in found[6]["error"]
    assert "no mail" in found[7]["error"]


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (["1-clean.eml"], 0),
        (["1-clean.eml", "2-plain.eml"], 1),
        (["6-bomb.eml"], 1),
        (["7-empty.eml", "1-clean.eml"], 2),
        (["8-picture.jpg"], 2),
        (["not-there.eml", "3-base64.eml"], 2),
    ],
)
def test_exit_status(mails, names, status):
    found = lines(*(mails / name for name in names))
    assert found[0] == status
    assert len(found[1]) == len(names)


def test_what_cannot_be_read_does_not_stop_the_others(mails):
    status, found = lines(mails / "nobody", mails / "1-clean.eml", "/proc/self/mem", mails / "2-plain.eml")
    assert status == 2
    assert [line["verdict"] for line in found] == ["unscannable", "clean", "unscannable", "malware"]
    assert found[0]["error"] == "No such file or directory"


def test_a_file_that_is_no_mail_but_malware(tmp_path):
    (tmp_path / "eicar.com").write_bytes(EICAR)
    status, (line,) = lines(tmp_path / "eicar.com")
    assert (status, line["verdict"]) == (1, "malware")


def test_standard_input(mails):
    status, (line,) = lines("-", stdin=CLEAN)
    assert (status, line["path"], line["verdict"]) == (0, "-", "clean")
    assert lines("-", stdin=attached(EICAR, "x"))[0] == 1


def test_order_and_answers_do_not_depend_on_jobs(tmp_path):
    for number in range(60):
        raw = attached(EICAR, "x") if number % 7 == 0 else CLEAN + b"x" * (number * 997 % 5000)
        (tmp_path / f"{number:03}.eml").write_bytes(raw)
    one = run(tmp_path, jobs=1)
    assert one == run(tmp_path, jobs=4)
    assert len(one[1].splitlines()) == 60


def test_folders_recursively_and_oddities_in_them(mails):
    inner = mails / "sub" / "sub"
    inner.mkdir(parents=True)
    (inner / "x.eml").write_bytes(CLEAN)
    (mails / "sub" / "loop").symlink_to(mails)
    os.mkfifo(mails / "sub" / "pipe")
    _, found = lines(mails)
    assert len(found) == 9
    assert str(inner / "x.eml") in {line["path"] for line in found}
    assert lines(mails / "sub")[0] == 0


def test_a_named_pipe_that_is_asked_for_is_read(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = subprocess.Popen([sys.executable, "-c", f"open({str(pipe)!r}, 'wb').write({CLEAN!r})"])
    assert lines(pipe)[1][0]["verdict"] == "clean"
    assert writer.wait(10) == 0


def test_a_name_that_is_no_text(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff\n.eml"
    Path(os.fsdecode(path)).write_bytes(CLEAN)
    _, (line,) = lines(tmp_path)
    assert os.fsencode(line["path"]) == path
    assert "\\n" in run(tmp_path, form="human")[1]


def test_for_people(mails):
    status, out = run(mails, form="human")
    assert status == 2
    assert "It carries the EICAR antivirus test file." in out
    assert "8 mails: " in out
    assert "\x1b" not in out


def test_strangers_cannot_steer_the_terminal():
    assert printable("a\x1b[31mb\u202ec\n") == "a\\x1b[31mb\\u202ec\\n"


def test_a_reader_that_leaves(tmp_path):
    for number in range(300):
        (tmp_path / f"{number}.eml").write_bytes(CLEAN)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    process = subprocess.Popen(command(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    assert process.stdout.readline()
    process.stdout.close()
    assert process.wait(20) == EXIT_BROKEN_PIPE
    assert process.stderr.read() == b""
    process.stderr.close()


def test_ctrl_c_leaves_nothing_behind(tmp_path):
    for number in range(3000):
        (tmp_path / f"{number}.eml").write_bytes(CLEAN)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    process = subprocess.Popen(
        command(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, start_new_session=True
    )
    assert process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == EXIT_INTERRUPTED
    assert errors == b""
    time.sleep(0.2)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        (CLEAN, True),
        (b"\r\n\r\n" + CLEAN, True),
        (b"From ann@sender.test Mon Jan  1 00:00:00 2026\n" + CLEAN, True),
        (b"Subject : x\n\n", True),
        (b"\xff\xd8\xff\xe0JFIF", False),
        (b"hello\n\nSubject: x\n", False),
        (b"", False),
    ],
)
def test_what_looks_like_a_mail(raw, answer):
    assert looks_like_mail(raw) is answer
