# SPDX-License-Identifier: Apache-2.0
"""A mail server for tests: keeps what it was given byte for byte, and misbehaves on demand."""

import asyncio
import threading
from collections import defaultdict
from typing import NamedTuple, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from ports import free_port


class Received(NamedTuple):
    sender: str
    recipients: tuple[str, ...]
    mail: bytes


class Sink:
    """`answers` maps a recipient to the reply it gets at RCPT; `refuse_data` is the reply to every mail."""

    def __init__(self, port: int = 0) -> None:
        self.received: list[Received] = []
        self.answers: dict[str, str] = {}
        self.refuse_data = ""
        self.attempts: dict[str, int] = defaultdict(int)
        self._controller = Controller(self, hostname="127.0.0.1", port=port, decode_data=False, enable_SMTPUTF8=True)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._controller.port = self._controller.port or free_port()
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop(no_assert=True)

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self._controller.port

    async def handle_RCPT(self, server: SMTP, session, envelope, address, options) -> str:  # noqa: N802 - aiosmtpd's name
        self.attempts[address] += 1
        if refusal := self.answers.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session, envelope) -> str:  # noqa: N802 - idem
        await asyncio.sleep(0)
        if self.refuse_data:
            return self.refuse_data
        with self._lock:
            self.received.append(Received(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.original_content))
        return "250 2.0.0 taken"

    def for_recipient(self, address: str) -> list[bytes]:
        with self._lock:
            return [mail.mail for mail in self.received if address in mail.recipients]
