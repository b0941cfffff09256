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
from mailward.contract.wording import NOTHING, Sentence, Wording, verbatim
from mailward.control.domains.service import ProbeOrder, Step, StepState
from mailward.disposition.delivery import probe_sentences as say
from mailward.disposition.delivery.client import ascii_host
from mailward.disposition.delivery.dialogue import DeliveryError, Dialogue

WHOLE_SECONDS = 75.0
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 25.0
"""For the greeting and each answer: some servers let strangers wait twenty seconds."""
MOST_NAMES = 8
SOON_DAYS = 14


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
        conversation.fail("connect", say.SLOW(), say.UNREACHABLE())
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

    def passed(self, name: str, detail: Wording) -> None:
        self._told(name, StepState.PASSED, detail, NOTHING)

    def warn(self, name: str, detail: Wording, advice: Wording) -> None:
        self._told(name, StepState.WARNING, detail, advice)

    def fail(self, name: str, detail: Wording, advice: Wording) -> None:
        self._told(name, StepState.FAILED, detail, advice)

    def _told(self, name: str, state: StepState, detail: Wording, advice: Wording) -> None:
        now = time.monotonic()
        milliseconds = round((now - self._since) * 1000)
        self._since = now
        self.steps.append(
            Step(
                name=name, state=state, milliseconds=milliseconds, detail=detail.text, detail_id=detail.id,
                detail_values=detail.values, advice=advice.text, advice_id=advice.id, advice_values=advice.values,
            )
        )  # fmt: skip

    @asynccontextmanager
    async def _step(self, name: str, advice: Sentence) -> AsyncIterator[Dialogue]:
        """A part of the conversation; where it breaks, the test ends."""
        assert self._dialogue is not None
        try:
            yield self._dialogue
        except DeliveryError as exc:
            self.fail(name, verbatim(exc.reply.text), advice())
            raise _Ended from exc

    async def _resolve(self) -> None:
        host, port = self._order.host, self._order.port
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as exc:
            self.fail("resolve", say.NO_ADDRESS(host=host), say.NO_ADDRESS_ADVICE())
            raise _Ended from exc
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        self.passed("resolve", verbatim(", ".join(addresses[:MOST_NAMES])))

    async def _open(self) -> None:
        """Connect, hear the greeting, say EHLO."""
        dialogue = await self._connect("connect")
        self.passed("connect", say.CONNECTED(host=self._order.host, port=self._order.port))
        async with self._step("greeting", say.NOT_SMTP):
            greeting = await dialogue.reply(seconds=ANSWER_SECONDS, to="the connection")
        if greeting.code != 220:  # noqa: PLR2004 - the only good greeting
            self.fail("greeting", say.UNWANTED(code=greeting.code), say.UNWANTED_ADVICE())
            raise _Ended
        heard = time.monotonic() - self._since
        answer = await self._hello(dialogue)
        self._since -= heard
        self.passed("greeting", verbatim(f"220 {_line(greeting)}"))
        if _line(answer).split(" ", 1)[0].lower() == self._order.helo.lower():
            self.fail("hello", say.CIRCLE(), say.CIRCLE_ADVICE())
            raise _Ended
        words = ", ".join(sorted(dialogue.offers))
        self.passed(
            "hello", say.OFFERS(name=_line(answer), words=words) if words else say.OFFERS_NOTHING(name=_line(answer))
        )

    async def _connect(self, name: str) -> Dialogue:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, dialogue = await loop.create_connection(Dialogue, self._order.host, self._order.port)
        except TimeoutError as exc:
            self.fail(name, say.NO_CONNECTION_YET(seconds=f"{CONNECT_SECONDS:g}"), say.UNREACHABLE())
            raise _Ended from exc
        except OSError as exc:
            self.fail(name, say.NO_CONNECTION(trouble=exc.strerror or type(exc).__name__), say.UNREACHABLE())
            raise _Ended from exc
        self._dialogue = dialogue
        return dialogue

    async def _hello(self, dialogue: Dialogue) -> Reply:
        async with self._step("hello", say.NOT_SMTP):
            dialogue.say(f"EHLO {ascii_host(self._order.helo)}\r\n".encode())
            answer = await dialogue.reply(seconds=ANSWER_SECONDS, to="EHLO")
            if answer.code != 250:  # noqa: PLR2004 - the only good answer
                dialogue.say(f"HELO {ascii_host(self._order.helo)}\r\n".encode())
                answer = await dialogue.reply(seconds=ANSWER_SECONDS, to="HELO")
        if answer.code != 250:  # noqa: PLR2004 - idem
            self.fail("hello", say.HELLO_REFUSED(code=answer.code), say.NOT_SMTP())
            raise _Ended
        offers = (line.partition(" ") for line in answer.text.split("\n")[1:])
        dialogue.offers = {word.upper(): rest for word, _, rest in offers if word}
        return answer

    async def _secure(self) -> None:
        """STARTTLS with verification; where that fails, once more without, to see the certificate."""
        assert self._dialogue is not None
        if "STARTTLS" not in self._dialogue.offers:
            self.warn("starttls", say.CLEAR(), say.CLEAR_ADVICE())
            return
        why = await self._start_tls(verify=True)
        if why is not None:
            self._dialogue.close(politely=False)
            dialogue = await self._connect("starttls")
            async with self._step("starttls", say.UNREACHABLE):
                await dialogue.reply(seconds=ANSWER_SECONDS, to="the connection")
            await self._hello(dialogue)
            broken = await self._start_tls(verify=False)
            if broken is not None:
                self.fail("starttls", say.TLS_FAILS(trouble=broken), say.TLS_FAILS_ADVICE())
                raise _Ended
        assert self._dialogue is not None
        self.passed("starttls", verbatim(self._dialogue.secured_by))
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
        if why is not None:
            self.warn("certificate", say.UNVERIFIED(**facts, trouble=why), say.UNVERIFIED_ADVICE())
        elif days < SOON_DAYS:
            self.warn("certificate", say.CERTIFICATE(**facts), say.ENDS_SOON(days=days))
        else:
            self.passed("certificate", say.CERTIFICATE(**facts))

    async def _offer(self) -> None:
        """MAIL and RCPT, and the mail if there is one."""
        async with self._step("sender", say.SEE_LOG):
            answer = await self._say("MAIL FROM:<>")
        if answer.code >= 300:  # noqa: PLR2004 - SMTP's classes
            self.fail("sender", verbatim(_told(answer)), say.NULL_REFUSED_ADVICE())
            raise _Ended
        self.passed("sender", say.NULL_ACCEPTED())
        async with self._step("recipient", say.SEE_LOG):
            answer = await self._say(f"RCPT TO:<{self._order.recipient}>")
        if answer.code >= 300:  # noqa: PLR2004 - idem
            self.fail("recipient", verbatim(_told(answer)), say.RECIPIENT_REFUSED_ADVICE())
            raise _Ended
        self.passed("recipient", say.RECIPIENT_ACCEPTED(recipient=self._order.recipient))
        if self._order.mail is not None:
            await self._send(self._order.mail)

    async def _send(self, mail: bytes) -> None:
        async with self._step("message", say.SEE_LOG) as dialogue:
            answer = await self._say("DATA")
            if answer.code == 354:  # noqa: PLR2004 - go ahead
                await dialogue.send(mail + b".\r\n", seconds=ANSWER_SECONDS)
                answer = await dialogue.reply(seconds=ANSWER_SECONDS, to="the mail")
        if answer.code != 250:  # noqa: PLR2004 - the only good answer
            self.fail("message", verbatim(_told(answer)), say.SEE_LOG())
            raise _Ended
        self.passed("message", say.TAKEN(answer=_line(answer)))

    async def _say(self, command: str) -> Reply:
        assert self._dialogue is not None
        self._dialogue.say(f"{command}\r\n".encode())
        return await self._dialogue.reply(seconds=ANSWER_SECONDS, to=command.split(":", 1)[0])


def _facts(der: bytes) -> tuple[dict[str, str], int]:
    """A certificate in words, and how many days it has left."""
    certificate = x509.load_der_x509_certificate(der)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        own = [str(name.value) for name in names][:MOST_NAMES]
    except (x509.ExtensionNotFound, ValueError):
        own = [str(name.value) for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    issuer = [str(name.value) for name in certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)]
    until = certificate.not_valid_after_utc
    facts = {"names": ", ".join(own) or "-", "issuer": ", ".join(issuer) or "-", "until": f"{until:%Y-%m-%d}"}
    return facts, (until - datetime.now(UTC)).days


def _line(reply: Reply) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in reply.text.split("\n", 1)[0][:200])


def _told(reply: Reply) -> str:
    return " ".join(word for word in (str(reply.code), reply.status, _line(reply)) if word)
