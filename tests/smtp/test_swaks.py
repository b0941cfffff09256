# SPDX-License-Identifier: Apache-2.0
"""A client that is not ours: swaks, plain, pipelined and over TLS."""

import shutil
import subprocess

import pytest

pytestmark = pytest.mark.skipif(not shutil.which("swaks"), reason="swaks is not installed")


def _swaks(gateway, *options):
    server = ["--server", "127.0.0.1", "--port", str(gateway.port)]
    return subprocess.run(  # noqa: PLW1510 - the exit status is what is tested
        ["swaks", *server, "--ehlo", "peer.example", *options], capture_output=True, text=True, timeout=30
    )


@pytest.mark.parametrize("options", [[], ["--pipeline"], ["--tls"], ["--tls", "--pipeline"], ["--protocol", "SMTP"]])
def test_a_mail(gateway, options):
    run = _swaks(gateway, "--from", "a@peer.example", "--to", "lee@example.test,sam@example.test", *options)
    assert run.returncode == 0, run.stdout
    [(connection, envelope, raw)] = gateway.journey.accepted
    assert envelope.recipients == ("lee@example.test", "sam@example.test")
    assert bool(connection.tls) == ("--tls" in options)
    assert b"test" in raw


def test_unknown_recipient(gateway):
    run = _swaks(gateway, "--from", "a@peer.example", "--to", "unknown@example.test")
    assert run.returncode == 24
    assert "550 5.1.1 no such user here" in run.stdout


def test_too_large(start):
    gateway = start(limits={"size": 5000})
    run = _swaks(
        gateway, "--from", "a@peer.example", "--to", "lee@example.test", "--body", "x " * 400 + "\\n" + "y" * 6000
    )
    assert run.returncode == 26
    assert "552 5.3.4" in run.stdout
