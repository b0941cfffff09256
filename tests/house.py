# SPDX-License-Identifier: Apache-2.0
"""The product as its users run it: processes on free loopback ports, and clients that speak SMTP and HTTP to it."""

import email.message
import email.policy
import http.client
import json
import os
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

ROOT = Path(__file__).parents[1]
PASSWORD = "correct horse battery staple"
START_SECONDS = 90
QUIET_SECONDS = 0.5
HOLDERS = ("smtp-", "worker", "web")
"""The processes that hold the policy, as the supervisor names them."""
T = TypeVar("T")


def until(answer: Callable[[], T], *, seconds: float = 20, what: str = "it") -> T:
    """The first true answer, asked again and again for so long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := answer():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds} seconds")


class Api:
    """The HTTP API, as an administrator's browser uses it."""

    def __init__(self, base: str) -> None:
        self._address = urlsplit(base).netloc
        self._cookies: dict[str, str] = {}

    def sign_in(self, email: str, password: str) -> None:
        status, _ = self.request("POST", "/api/v1/session", {"email": email, "password": password})
        assert status == 200, status

    def get(self, path: str) -> Any:
        status, body = self.request("GET", path)
        assert status == 200, (path, status, body)
        return body

    def post(self, path: str, body: Any) -> Any:
        status, answer = self.request("POST", path, body)
        assert status < 300, (path, status, answer)
        return answer

    def request(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(self._address, timeout=30)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/json"
        for name, value in self._cookies.items():
            if "csrf" in name:
                headers["X-CSRF-Token"] = value
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        response = connection.getresponse()
        raw = response.read()
        for field in response.headers.get_all("Set-Cookie") or []:
            self._cookies.update({morsel.key: morsel.value for morsel in SimpleCookie(field).values()})
        connection.close()
        kind = response.headers.get_content_type()
        return response.status, json.loads(raw) if "json" in kind and raw else raw

    def find(self, query: str) -> list[dict[str, Any]]:
        return self.get(f"/api/v1/messages?limit=50&q={quote(query)}")["items"]

    def wait_for(self, query: str, *, seconds: float = 20) -> dict[str, Any]:
        """The newest message that the query finds, once there is one, in full."""
        row = until(lambda: self.find(query), seconds=seconds, what=f"a message for {query!r}")[0]
        return self.get(f"/api/v1/messages/{row['id']}")


class House:
    """A running product."""

    def __init__(self, process: subprocess.Popen[bytes], ready: dict[str, Any], log: Path, data: Path) -> None:
        self.process = process
        self.ready = ready
        self.log = log
        self.data = data
        host, port = ready["smtp"].rsplit(":", 1)
        self.smtp = (host, int(port))
        self.api = Api(ready["http"])

    def send(self, mail: bytes, *, sender: str = "ann@sender.test", to: tuple[str, ...] = ("lee@example.test",)) -> str:
        """Send over SMTP; the id that the 250 names. Raises smtplib's errors."""
        with smtplib.SMTP(*self.smtp, local_hostname="mail.sender.test", timeout=60) as client:
            client.ehlo()
            code, text = client.mail(sender, [f"SIZE={len(mail)}"])
            if code >= 400:
                raise smtplib.SMTPSenderRefused(code, text, sender)
            for recipient in to:
                code, text = client.rcpt(recipient)
                if code >= 400:
                    raise smtplib.SMTPRecipientsRefused({recipient: (code, text)})
            code, text = client.data(mail)
            if code != 250:
                raise smtplib.SMTPDataError(code, text)
            return text.decode().rpartition(" ")[2]

    def change(self, feature: str, settings: dict[str, Any]) -> None:
        """Change a feature's settings, and wait until every process goes by them."""
        began = time.time()
        status, answer = self.api.request("PUT", f"/api/v1/features/{feature}/settings", settings)
        assert status == 200, answer
        self.goes_by_changes_since(began)

    def goes_by_changes_since(self, began: float) -> None:
        """Wait until every process has loaded the policy, beginning after `began` (`time.time`), and all are done."""
        holders = self._policy_holders()
        until(lambda: holders <= set(self._loads(began)), seconds=60, what="the new policy in every process")
        count = -1
        while count != (count := len(self._loads(began))):
            time.sleep(QUIET_SECONDS)

    def _loads(self, began: float) -> list[str]:
        """The process of each load of the policy that began after `began`."""
        events = [json.loads(line) for line in self.log.read_text().splitlines() if '"policy.loaded"' in line]
        return [
            event["process"]
            for event in events
            if datetime.fromisoformat(event["timestamp"]).timestamp() - event["seconds"] >= began
        ]

    def _policy_holders(self) -> set[str]:
        names = {Path(f"/proc/{pid}/comm").read_text().strip() for pid in self.children()}
        return {name for name in names if name.startswith(HOLDERS)}

    def children(self) -> dict[int, str]:
        """Process ids of everything below the supervisor, with their names."""
        found = {}
        for line in subprocess.run(
            ["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
        ).stdout.splitlines():
            pid, parent, args = line.split(None, 2)
            if int(parent) == self.process.pid:
                found[int(pid)] = args
        return found


@contextmanager
def running(command: str, data: Path, *words: str, environment: dict[str, str] | None = None) -> Iterator[House]:
    """The product, from ready to stopped. What it logged is in `house.log`."""
    ready, log = data.parent / f"{data.name}.ready.json", data.parent / f"{data.name}.log"
    ready.unlink(missing_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "mailward", command, "--data", data, "--smtp", "127.0.0.1:0", "--http", "127.0.0.1:0", *words],
            stdout=output, stderr=output, stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "MAILWARD_READY_FILE": str(ready), **(environment or {})},
        )  # fmt: skip
    try:
        until(lambda: ready.exists() or process.poll() is not None, seconds=START_SECONDS, what="the start")
        assert ready.exists(), log.read_text()[-4000:]
        yield House(process, json.loads(ready.read_text()), log, data)
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def initialize(
    data: Path, *, next_hop: tuple[str, int], domain: str = "example.test", recipients: Path | None = None
) -> None:
    """`mailward init` for one organization."""
    words = ["--recipients", str(recipients)] if recipients else []
    done = subprocess.run(
        [
            sys.executable, "-m", "mailward", "init", "--data", data, "--organization", "Example", "--domain", domain,
            "--next-hop", f"{next_hop[0]}:{next_hop[1]}", "--admin", f"admin@{domain}", "--password-stdin", *words,
        ],
        input=PASSWORD, text=True, capture_output=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def letter(subject: str = "Lunch on Thursday", text: str = "Shall we say half past twelve?\n", **headers: str) -> bytes:
    """An ordinary mail from Ann to Lee, CRLF throughout."""
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    fields = {
        "From": "Ann Bergmann <ann@sender.test>", "To": "Lee <lee@example.test>", "Subject": subject,
        "Date": "Mon, 23 Nov 2026 12:00:00 +0100", "Message-ID": f"<{abs(hash(subject))}@sender.test>",
    }  # fmt: skip
    for name, value in {**fields, **{key.replace("_", "-"): value for key, value in headers.items()}}.items():
        mail[name] = value
    mail.set_content(text)
    return mail.as_bytes()
