# SPDX-License-Identifier: Apache-2.0
"""Mail servers as our users run them: a Postfix, and behind it, over LMTP, a Dovecot whose mailboxes are read by IMAP."""

import imaplib
import os
import shutil
import socketserver
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import postfix

from house import until
from ports import free_port

PASSWORD = "mailbox-of-its-own"
DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap lmtp
ssl = no
disable_plaintext_auth = no
auth_username_format = %Lu
mail_location = maildir:{folder}/mail/%u
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
first_valid_gid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%u allow_all_users=yes
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
}}
"""
RELAY = """
relay_domains = example.test, far.test
relay_transport = lmtp:[127.0.0.1]:{lmtp}
smtpd_relay_restrictions = check_policy_service inet:127.0.0.1:{answers}, permit_mynetworks, reject_unauth_destination
"""


def available() -> bool:
    """Whether both are here, and we may start them."""
    return postfix.available() and shutil.which("dovecot") is not None


class MailServer:
    """A Postfix that takes mail for `example.test` and `far.test`, and the mailboxes that it fills. `answers` are what
    it says to RCPT for an address, from the next RCPT on; it takes mail for everybody else."""

    def __init__(self, relay: postfix.Postfix, imap: int, answers: dict[str, str]) -> None:
        self.address = ("127.0.0.1", relay.smtp_port)
        self.answers = answers
        self._relay, self._imap = relay, imap

    def log(self) -> str:
        """What Postfix wrote."""
        return self._relay.log

    def mailbox(self, address: str) -> list[bytes]:
        """The mails of a mailbox, as IMAP hands them out."""
        with imaplib.IMAP4("127.0.0.1", self._imap, timeout=60) as client:
            client.login(address, PASSWORD)
            client.select(readonly=True)
            numbers = client.search(None, "ALL")[1][0].split()
            return [client.fetch(number.decode(), "(BODY.PEEK[])")[1][0][1] for number in numbers]

    def stored(self, address: str, subject: str) -> bytes:
        """The mail with this subject, once it is in the mailbox."""

        def find() -> bytes | None:
            return next((mail for mail in self.mailbox(address) if f"Subject: {subject}\r\n".encode() in mail), None)

        return until(find, seconds=90, what=f"{subject!r} in the mailbox of {address}")


class Policy(socketserver.StreamRequestHandler):
    """Postfix asks before it answers RCPT (SMTPD_POLICY_README)."""

    def handle(self) -> None:
        asked: dict[str, str] = {}
        for line in self.rfile:
            name, _, value = line.decode().rstrip("\n").partition("=")
            if name:
                asked[name] = value
                continue
            answers = self.server.answers  # type: ignore[attr-defined]
            self.wfile.write(f"action={answers.get(asked['recipient'], 'DUNNO')}\n\n".encode())


@contextmanager
def _policy(answers: dict[str, str]) -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Policy) as server:
        server.daemon_threads, server.answers = True, answers
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def running() -> Iterator[MailServer]:
    """Both servers, each on ports of its own."""
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="mail-servers-"))  # sockets need short paths
    folder.chmod(0o755)
    lmtp, imap = free_port(), free_port()
    for name in ("run", "state", "mail"):
        (folder / name).mkdir()
    shutil.chown(folder / "mail", "mail", "mail")
    configuration = folder / "dovecot.conf"
    configuration.write_text(DOVECOT.format(folder=folder, password=PASSWORD, lmtp=lmtp, imap=imap))
    answers: dict[str, str] = {}
    dovecot = subprocess.Popen(
        ["/usr/sbin/dovecot", "-F", "-c", configuration], stdin=subprocess.DEVNULL, start_new_session=True,
        env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    try:
        until(lambda: dovecot.poll() is not None or _listens(imap), seconds=60, what="Dovecot")
        assert dovecot.poll() is None, (folder / "dovecot.log").read_text()
        with ExitStack() as stack:
            relay = RELAY.format(lmtp=lmtp, answers=stack.enter_context(_policy(answers)))
            started = stack.enter_context(postfix.running(folder / "postfix", lmtp, more=relay))
            yield MailServer(started, imap, answers)
    finally:
        dovecot.terminate()
        dovecot.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _listens(port: int) -> bool:
    try:
        with imaplib.IMAP4("127.0.0.1", port, timeout=5):
            return True
    except OSError:
        return False
