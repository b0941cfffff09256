# SPDX-License-Identifier: Apache-2.0
"""The product behind a proxy, so that a test's peers come from everywhere, with a name server of ours."""

import smtplib
import socket
from contextlib import contextmanager

from house import House
from name_server import NameServer


class Gateway:
    """The product behind a proxy, with a name server of ours."""

    def __init__(self, house: House, names: NameServer) -> None:
        self.house = house
        self.api = house.api
        self.names = names

    @contextmanager
    def peer(self, address: str):
        """An SMTP client that the proxy announces as `address`."""
        client = Announced(address)
        code, text = client.connect(*self.house.smtp)
        if code != 220:
            client.close()
            raise smtplib.SMTPConnectError(code, text)
        client.ehlo("mail.sender.test")
        try:
            yield client
        finally:
            client.close()

    def rcpt(self, peer: str, *, sender: str = "ann@sender.test", to: str = "lee@example.test") -> tuple[int, str]:
        """The answer to RCPT."""
        with self.peer(peer) as client:
            client.mail(sender)
            code, text = client.rcpt(to)
            return code, text.decode()

    def send(
        self, peer: str, mail: bytes, *, sender: str = "ann@sender.test", to=("lee@example.test",)
    ) -> tuple[int, str]:
        with self.peer(peer) as client:
            client.mail(sender)
            for recipient in to:
                assert client.rcpt(recipient)[0] == 250
            code, text = client.data(mail)
            return code, text.decode()

    def settle(self, feature: str, **settings) -> None:
        """Change a feature's options, and wait until they are in force."""
        self.house.change(feature, settings)

    def add(self, path: str, **entry) -> str:
        return self.api.post(path, {"list": "blocked", **entry})["id"]


class Announced(smtplib.SMTP):
    """Sends a PROXY header first."""

    def __init__(self, address: str) -> None:
        self._peer = address
        super().__init__(timeout=30)

    def _get_socket(self, host, port, timeout):
        connected = socket.create_connection((host, port), timeout)
        family, ours = ("TCP6", "::1") if ":" in self._peer else ("TCP4", "127.0.0.1")
        connected.sendall(f"PROXY {family} {self._peer} {ours} 40000 25\r\n".encode())
        return connected
