# SPDX-License-Identifier: Apache-2.0
"""One conversation with a server behind us that brings no mail, or one test mail, and tells every step.

What a server says is told only if it speaks SMTP: whoever may order tests must not read other services' banners.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from mailward.contract.reply import Reply
from mailward.control.domains.service import ProbeOrder, Step, StepState
from mailward.disposition.delivery.client import ascii_host
from mailward.disposition.delivery.dialogue import DeliveryError, Dialogue

WHOLE_SECONDS = 75.0
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 25.0
"""For the greeting and each answer: some servers let strangers wait twenty seconds."""
MOST_TEXT = 300
MOST_NAMES = 8
SOON_DAYS = 14

_UNREACHABLE = "See that the host and port are right, that the server runs, and that its firewall lets this gateway in."
_NOT_SMTP = "Something answers on this port, but not a mail server: check the host and the port."


class _Ended(Exception):  # noqa: N818 - no error: the rest of the steps makes no sense
    pass


async def probe(order: ProbeOrder) -> list[Step]:
    """Hold the conversation. Raises nothing."""
    conversation = _Conversation(order)
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            await conversation.hold()
    except _Ended:
        pass
    except TimeoutError:
        conversation.fail("connect", "the whole test took too long", _UNREACHABLE)
    finally:
        conversation.close()
    return conversation.steps


class _Conversation:
    def __init__(self, order: ProbeOrder) -> None:
        self.steps: list[Step] = []
        self._order = order
        self._dialogue: Dialogue | None = None
        self._since = time.monotonic()

    async def hold(self) -> None:
        await self._resolve()
        await self._open()
        await self._secure()
        await self._offer()

    def close(self) -> None:
        if self._dialogue is not None:
            self._dialogue.close()

    def passed(self, name: str, detail: str) -> None:
        self._told(name, StepState.PASSED, detail, "")

    def warn(self, name: str, detail: str, advice: str) -> None:
        self._told(name, StepState.WARNING, detail, advice)

    def fail(self, name: str, detail: str, advice: str) -> None:
        self._told(name, StepState.FAILED, detail, advice)

    def _told(self, name: str, state: StepState, detail: str, advice: str) -> None:
        now = time.monotonic()
        milliseconds = round((now - self._since) * 1000)
        self._since = now
        self.steps.append(
            Step(name=name, state=state, milliseconds=milliseconds, detail=detail[:MOST_TEXT], advice=advice)
        )

    @asynccontextmanager
    async def _step(self, name: str, advice: str) -> AsyncIterator[Dialogue]:
        """A part of the conversation; where it breaks, the test ends."""
        assert self._dialogue is not None
        try:
            yield self._dialogue
        except DeliveryError as exc:
            self.fail(name, exc.reply.text, advice)
            raise _Ended from exc

    async def _resolve(self) -> None:
        host, port = self._order.host, self._order.port
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as exc:
            advice = "Correct the host name, or see why this gateway's name server does not know it."
            self.fail("resolve", f"the name {host} has no address", advice)
            raise _Ended from exc
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        self.passed("resolve", ", ".join(addresses[:MOST_NAMES]))

    async def _open(self) -> None:
        """Connect, hear the greeting, say EHLO."""
        dialogue = await self._connect("connect")
        self.passed("connect", f"connected to {self._order.host}:{self._order.port}")
        async with self._step("greeting", _NOT_SMTP):
            greeting = await dialogue.reply(seconds=ANSWER_SECONDS, to="the connection")
        if greeting.code != 220:  # noqa: PLR2004 - the only good greeting
            self.fail("greeting", f"the server does not want us: it greets with {greeting.code}",
                      "Allow this gateway's address on that server.")  # fmt: skip
            raise _Ended
        heard = time.monotonic() - self._since
        answer = await self._hello(dialogue)
        self._since -= heard
        self.passed("greeting", f"220 {_line(greeting)}")
        if _line(answer).split(" ", 1)[0].lower() == self._order.helo.lower():
            self.fail("hello", "this server gives itself our own name: mail would go in circles",
                      "Name the mail server behind this gateway, not the gateway itself.")  # fmt: skip
            raise _Ended
        self.passed("hello", f"{_line(answer)}; offers {', '.join(sorted(dialogue.offers)) or 'nothing'}")

    async def _connect(self, name: str) -> Dialogue:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, dialogue = await loop.create_connection(Dialogue, self._order.host, self._order.port)
        except TimeoutError as exc:
            self.fail(name, f"no connection within {CONNECT_SECONDS:g} seconds", _UNREACHABLE)
            raise _Ended from exc
        except OSError as exc:
            self.fail(name, f"no connection: {exc.strerror or type(exc).__name__}", _UNREACHABLE)
            raise _Ended from exc
        self._dialogue = dialogue
        return dialogue

    async def _hello(self, dialogue: Dialogue) -> Reply:
        async with self._step("hello", _NOT_SMTP):
            dialogue.say(f"EHLO {ascii_host(self._order.helo)}\r\n".encode())
            answer = await dialogue.reply(seconds=ANSWER_SECONDS, to="EHLO")
            if answer.code != 250:  # noqa: PLR2004 - the only good answer
                dialogue.say(f"HELO {ascii_host(self._order.helo)}\r\n".encode())
                answer = await dialogue.reply(seconds=ANSWER_SECONDS, to="HELO")
        if answer.code != 250:  # noqa: PLR2004 - idem
            self.fail("hello", f"the server refuses our greeting with {answer.code}", _NOT_SMTP)
            raise _Ended
        offers = (line.partition(" ") for line in answer.text.split("\n")[1:])
        dialogue.offers = {word.upper(): rest for word, _, rest in offers if word}
        return answer

    async def _secure(self) -> None:
        """STARTTLS with verification; where that fails, once more without, to see the certificate."""
        assert self._dialogue is not None
        if "STARTTLS" not in self._dialogue.offers:
            self.warn("starttls", "the server offers no TLS: mail goes to it in clear text",
                      "Give the server a certificate, unless the way to it is a network of your own.")  # fmt: skip
            return
        why = await self._start_tls(verify=True)
        if why is not None:
            self._dialogue.close(politely=False)
            dialogue = await self._connect("starttls")
            async with self._step("starttls", _UNREACHABLE):
                await dialogue.reply(seconds=ANSWER_SECONDS, to="the connection")
            await self._hello(dialogue)
            broken = await self._start_tls(verify=False)
            if broken is not None:
                self.fail("starttls", f"TLS is offered, but fails: {broken}",
                          "Mend TLS on the server. Until then mail goes to it in clear text.")  # fmt: skip
                raise _Ended
        assert self._dialogue is not None
        self.passed("starttls", self._dialogue.secured_by)
        self._judge(self._dialogue.session.getpeercert(binary_form=True), why)
        await self._hello(self._dialogue)

    async def _start_tls(self, *, verify: bool) -> str | None:
        """None if TLS stands; else why not."""
        assert self._dialogue is not None
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        try:
            self._dialogue.say(b"STARTTLS\r\n")
            answer = await self._dialogue.reply(seconds=ANSWER_SECONDS, to="STARTTLS")
            if answer.code != 220:  # noqa: PLR2004 - the only good answer
                return f"the server answers {answer.code} to STARTTLS"
            await self._dialogue.upgrade(context, name=ascii_host(self._order.host), seconds=ANSWER_SECONDS)
        except DeliveryError as exc:
            cause = exc.__cause__
            verified = isinstance(cause, ssl.SSLCertVerificationError)
            return cause.verify_message if verified else exc.reply.text  # type: ignore[union-attr]
        return None

    def _judge(self, der: bytes, why: str | None) -> None:
        facts, days = _facts(der)
        advice = "This does no harm unless a TLS rule asks for a certificate that can be verified."
        if why is not None:
            self.warn("certificate", f"{facts}; it cannot be verified: {why}", advice)
        elif days < SOON_DAYS:
            self.warn("certificate", facts, f"It ends in {days} days: renew it.")
        else:
            self.passed("certificate", facts)

    async def _offer(self) -> None:
        """MAIL and RCPT, and the mail if there is one."""
        async with self._step("sender", "See the server's log."):
            answer = await self._say("MAIL FROM:<>")
        if answer.code >= 300:  # noqa: PLR2004 - SMTP's classes
            advice = "The server must take mail with an empty sender from this gateway: bounces have none."
            self.fail("sender", _told(answer), advice)
            raise _Ended
        self.passed("sender", "the empty sender is accepted")
        async with self._step("recipient", "See the server's log."):
            answer = await self._say(f"RCPT TO:<{self._order.recipient}>")
        if answer.code >= 300:  # noqa: PLR2004 - idem
            advice = "If this person exists, the server must take mail for the domain from this gateway."
            self.fail("recipient", _told(answer), advice)
            raise _Ended
        self.passed("recipient", f"{self._order.recipient} is accepted")
        if self._order.mail is not None:
            await self._send(self._order.mail)

    async def _send(self, mail: bytes) -> None:
        async with self._step("message", "See the server's log.") as dialogue:
            answer = await self._say("DATA")
            if answer.code == 354:  # noqa: PLR2004 - go ahead
                await dialogue.send(mail + b".\r\n", seconds=ANSWER_SECONDS)
                answer = await dialogue.reply(seconds=ANSWER_SECONDS, to="the mail")
        if answer.code != 250:  # noqa: PLR2004 - the only good answer
            self.fail("message", _told(answer), "See the server's log.")
            raise _Ended
        self.passed("message", f"the test mail was taken: {_line(answer)}")

    async def _say(self, command: str) -> Reply:
        assert self._dialogue is not None
        self._dialogue.say(f"{command}\r\n".encode())
        return await self._dialogue.reply(seconds=ANSWER_SECONDS, to=command.split(":", 1)[0])


def _facts(der: bytes) -> tuple[str, int]:
    """A certificate in words, and how many days it has left."""
    certificate = x509.load_der_x509_certificate(der)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        own = [str(name.value) for name in names][:MOST_NAMES]
    except (x509.ExtensionNotFound, ValueError):
        own = [str(name.value) for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    issuer = [str(name.value) for name in certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)]
    until = certificate.not_valid_after_utc
    words = f"for {', '.join(own) or 'nobody'}, by {', '.join(issuer) or 'nobody'}, until {until:%Y-%m-%d}"
    return words, (until - datetime.now(UTC)).days


def _line(reply: Reply) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in reply.text.split("\n", 1)[0][:200])


def _told(reply: Reply) -> str:
    return " ".join(word for word in (str(reply.code), reply.status, _line(reply)) if word)
