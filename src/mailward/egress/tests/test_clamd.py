# SPDX-License-Identifier: Apache-2.0
"""The client against the real clamd, with signatures of our own, and against liars."""

import asyncio
import hashlib
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from mailward.egress.clamd import ClamdClient, Outcome

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
OWN = b"The quick brown fox has a signature of its own."


@pytest.fixture(scope="module")
def clamd(tmp_path_factory):
    """A clamd with two signatures, on a Unix socket and a TCP port; its address by both ways."""
    binary = shutil.which("clamd", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if not binary:
        pytest.skip("no clamd here")
    folder = tmp_path_factory.mktemp("clamd")
    folder.chmod(0o755)
    database = folder / "signatures"
    database.mkdir()
    (database / "own.hdb").write_text(f"{hashlib.md5(EICAR).hexdigest()}:{len(EICAR)}:Test.Eicar\n")
    (database / "own.ndb").write_text(f"Test.Eicar.Text:0:*:{EICAR.hex()}\nTest.Fox:0:*:{OWN.hex()}\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = folder / "clamd.ctl"
    configuration = folder / "clamd.conf"
    configuration.write_text(
        f"Foreground yes\nLocalSocket {path}\nTCPSocket {port}\nTCPAddr 127.0.0.1\nDatabaseDirectory {database}\n"
        f"TemporaryDirectory {folder}\nUser root\nStreamMaxLength 1M\nMaxThreads 2\nScanArchive yes\n"
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([binary, "-c", str(configuration)], stdout=log, stderr=log)
    try:
        for _ in range(200):
            if path.exists() or process.poll() is not None:
                break
            time.sleep(0.1)
        assert path.exists(), (folder / "log").read_text()
        yield {"unix": str(path), "tcp": f"127.0.0.1:{port}"}
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(params=["unix", "tcp"])
def client(clamd, request):
    return ClamdClient(clamd[request.param])


async def test_clean(client):
    assert (await client.scan(b"Subject: hello\r\n\r\nhello\r\n")).outcome == Outcome.CLEAN


async def test_empty_mail(client):
    assert (await client.scan(b"")).outcome == Outcome.CLEAN


async def test_found(client):
    answer = await client.scan(b"Subject: fox\r\n\r\n" + OWN)
    assert answer.outcome == Outcome.FOUND
    assert answer.name.startswith("Test.Fox")
    assert (await client.scan(EICAR)).name.startswith("Test.Eicar")


async def test_found_in_an_attachment(client):
    boundary = b"Content-Type: multipart/mixed; boundary=b\r\nMIME-Version: 1.0\r\n\r\n--b\r\n"
    part = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" + OWN + b"\r\n--b--\r\n"
    assert (await client.scan(boundary + part)).outcome == Outcome.FOUND


async def test_over_the_size_limit_is_trouble(client):
    answer = await client.scan(OWN + bytes(3 * 1024 * 1024))
    assert answer.outcome == Outcome.TROUBLE
    assert answer.limit == "StreamMaxLength", answer
    assert not answer.temporary


async def test_many_at_once(client):
    answers = await asyncio.gather(*(client.scan(OWN if n % 2 else b"x" * n) for n in range(20)))
    assert [answer.outcome for answer in answers] == [Outcome.FOUND if n % 2 else Outcome.CLEAN for n in range(20)]


async def test_version(client):
    assert (await client.version()).startswith("ClamAV ")


@pytest.mark.parametrize("address", ["/nonexistent/clamd.ctl", "127.0.0.1:1", "not an address", ""])
async def test_nobody_there_is_temporary_trouble(address):
    answer = await ClamdClient(address, seconds=3).scan(b"x")
    assert answer.outcome == Outcome.TROUBLE
    assert answer.temporary


@pytest.mark.parametrize("reply", [b"", b"stream: ", b"OK", b"stream: OK and more", b"stream: a ERROR\0", b"\xff\xff"])
async def test_a_liar_is_never_believed_clean(tmp_path: Path, reply):
    async def lie(reader, writer):
        await reader.read(100)
        writer.write(reply)
        writer.close()

    server = await asyncio.start_unix_server(lie, tmp_path / "liar")
    async with server:
        answer = await ClamdClient(str(tmp_path / "liar"), seconds=3).scan(b"x")
    assert answer.outcome == Outcome.TROUBLE
    assert answer.why


async def test_a_silent_one_is_not_waited_for(tmp_path: Path):
    async def wait(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_unix_server(wait, tmp_path / "silent")
    answer = await ClamdClient(str(tmp_path / "silent"), seconds=0.2).scan(b"x")
    assert answer.outcome == Outcome.TROUBLE
    assert "0.2 seconds" in answer.why
    server.close()
    await asyncio.sleep(0.05)
