# SPDX-License-Identifier: Apache-2.0
"""Bringing a mail to a server: one reply for each recipient, whatever happens on the way.

Everything that may be said at once is said at once (PIPELINING); large mails and mails with long lines
go by BDAT where it is offered. TLS is opportunistic by default: used when offered, without asking who
the server is, and done without when it fails (RFC 7435). Where more is asked, nothing goes in clear text.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

import idna
import msgspec

from mailward.contract.dns import Tlsa
from mailward.contract.reply import Reply
from mailward.disposition.delivery import certificates
from mailward.disposition.delivery.certificates import BadCertificate
from mailward.disposition.delivery.dialogue import DeliveryError, Dialogue
from mailward.disposition.delivery.transaction import Item, transact


class Tls(StrEnum):
    """How much a destination must be able to do: nothing, what it offers, encryption by anybody,
    encryption by the host that its certificate names, or by one that TLSA records vouch for (RFC 7672)."""

    NEVER = "never"
    OPPORTUNISTIC = "opportunistic"
    MANDATORY = "mandatory"
    VERIFIED = "verified"
    DANE = "dane"


MUST = frozenset({Tls.MANDATORY, Tls.VERIFIED, Tls.DANE})
"""Where clear text is never good enough."""


class TlsOutcome(NamedTuple):
    """How a session began: `failure` is RFC 8460's name (4.3), empty if it was encrypted as asked; `secured` the
    protocol and cipher, empty in clear text; `address` the server's."""

    failure: str
    why: str
    address: str
    secured: str = ""


Witness = Callable[[TlsOutcome], None]
"""Told how each new session began."""


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """A server, and what it must show. `address` is where `host` was found in the DNS, if it was looked for there;
    `helo` is the name that we give ourselves; `oldest` the oldest version of TLS, "1.2" or "1.3"; `names` of which
    its certificate must bear one, none for `host`; `tlsa` the records of DANE."""

    host: str
    port: int = 25
    address: str = ""
    helo: str = "localhost"
    tls: Tls = Tls.OPPORTUNISTIC
    oldest: str = "1.2"
    names: tuple[str, ...] = ()
    tlsa: tuple[Tlsa, ...] = ()


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds to wait: for the connection, the greeting, TLS, the answer to a command, one slice of
    content to be taken, and the answer to the whole mail (RFC 5321, 4.5.3.2 allows that 10 minutes)."""

    connect: float = 30.0
    greeting: float = 120.0
    handshake: float = 30.0
    command: float = 120.0
    slice: float = 120.0
    end_of_data: float = 600.0


async def send(
    destination: Destination,
    sender: str,
    recipients: Sequence[str],
    raw: bytes,
    *,
    utf8: bool = False,
    timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
) -> dict[str, Reply]:
    """Deliver over a connection of its own. Raises nothing: trouble on the way is a 4xx for everybody."""
    try:
        dialogue = await open_dialogue(destination, timeouts=timeouts)
        try:
            return await deliver(dialogue, Item(sender, tuple(recipients), raw, utf8), timeouts=timeouts)
        finally:
            dialogue.close()
    except DeliveryError as exc:
        return dict.fromkeys(recipients, exc.reply)


async def deliver(dialogue: Dialogue, item: Item, *, timeouts: Timeouts) -> dict[str, Reply]:
    """Deliver over an open connection, in as many transactions as the recipients need.

    Raises:
        DeliveryError: only when `untouched`, before the server said anything to this mail.
    """
    dialogue.heard = 0
    replies: dict[str, Reply] = {}
    try:
        await transact(dialogue, item, replies, timeouts=timeouts)
    except DeliveryError as exc:
        dialogue.dirty = True
        if exc.untouched and not replies:
            raise
        replies = {**dict.fromkeys(item.recipients, exc.reply), **replies}
    dialogue.mails += 1
    return {recipient: replies[recipient] for recipient in item.recipients}


async def open_dialogue(destination: Destination, *, timeouts: Timeouts, witness: Witness | None = None) -> Dialogue:
    """Connect, greet, and secure; the witness hears once how that went.

    Raises:
        DeliveryError
    """
    dialogue = await _connect(destination, timeouts)
    try:
        await _greet(dialogue, destination, timeouts)
        if destination.tls is Tls.NEVER or await _secure(dialogue, destination, timeouts, witness):
            return dialogue
    except BaseException:
        dialogue.close(politely=False)
        raise
    dialogue.close(politely=False)
    dialogue = await _connect(destination, timeouts)
    try:
        await _greet(dialogue, destination, timeouts)
    except BaseException:
        dialogue.close(politely=False)
        raise
    return dialogue


async def _connect(destination: Destination, timeouts: Timeouts) -> Dialogue:
    loop = asyncio.get_running_loop()
    host, port = destination.host, destination.port
    try:
        async with asyncio.timeout(timeouts.connect):
            _, dialogue = await loop.create_connection(Dialogue, destination.address or host, port)
    except TimeoutError as exc:
        raise DeliveryError("4.4.1", f"no connection to {host}:{port} within {timeouts.connect:g} s") from exc
    except socket.gaierror as exc:
        raise DeliveryError("4.4.3", f"the name {host} cannot be resolved") from exc
    except (OSError, UnicodeError) as exc:
        why = getattr(exc, "strerror", None) or type(exc).__name__
        raise DeliveryError("4.4.1", f"no connection to {host}:{port}: {why}") from exc
    return dialogue


async def _greet(dialogue: Dialogue, destination: Destination, timeouts: Timeouts) -> None:
    greeting = await dialogue.reply(seconds=timeouts.greeting, to="the connection")
    if greeting.code != 220:  # noqa: PLR2004 - the only good greeting
        raise _refused(greeting)
    await _hello(dialogue, destination, timeouts)


async def _hello(dialogue: Dialogue, destination: Destination, timeouts: Timeouts) -> None:
    """EHLO, and HELO for a server that does not know it."""
    name = ascii_host(destination.helo)
    dialogue.say(f"EHLO {name}\r\n".encode())
    reply = await dialogue.reply(seconds=timeouts.command, to="EHLO")
    if reply.code == 250:  # noqa: PLR2004 - the only good answer
        offers = (line.partition(" ") for line in reply.text.split("\n")[1:])
        dialogue.offers = {word.upper(): rest for word, _, rest in offers}
        return
    dialogue.say(f"HELO {name}\r\n".encode())
    reply = await dialogue.reply(seconds=timeouts.command, to="HELO")
    if reply.code != 250:  # noqa: PLR2004 - idem
        raise _refused(reply)


async def _secure(dialogue: Dialogue, destination: Destination, timeouts: Timeouts, witness: Witness | None) -> bool:
    """STARTTLS, as far as the destination asks for it. False: try again without, on a fresh connection."""
    must, address = destination.tls in MUST, dialogue.address
    if "STARTTLS" not in dialogue.offers:
        why = "the server offers no TLS"
    else:
        dialogue.say(b"STARTTLS\r\n")
        reply = await dialogue.reply(seconds=timeouts.command, to="STARTTLS")
        why = "" if reply.code == 220 else f"the server refuses TLS: {reply.text}"  # noqa: PLR2004 - the only good answer
    if why:
        _tell(witness, TlsOutcome("starttls-not-supported", why, address))
        if must:
            raise DeliveryError("4.7.4", f"{why}, which is required for it")
        return True
    if not dialogue.alive:
        why = "the server sent clear text behind its answer to STARTTLS"
        _tell(witness, TlsOutcome("validation-failure", why, address))
        raise DeliveryError("4.7.0", why)
    try:
        await _handshake(dialogue, destination, timeouts)
    except DeliveryError as exc:
        cause = exc.__cause__
        failure = cause.failure if isinstance(cause, BadCertificate) else certificates.failure_of(cause)
        _tell(witness, TlsOutcome(failure, str(exc), address))
        if must:
            raise
        return False
    _tell(witness, TlsOutcome("", "", address, dialogue.secured_by))
    await _hello(dialogue, destination, timeouts)
    return True


async def _handshake(dialogue: Dialogue, destination: Destination, timeouts: Timeouts) -> None:
    """TLS, and the look at who answers."""
    host, level = ascii_host(destination.host), destination.tls
    context = certificates.context(verified=level is Tls.VERIFIED, oldest=destination.oldest)
    await dialogue.upgrade(context, name=host, seconds=timeouts.handshake)
    if level not in (Tls.VERIFIED, Tls.DANE):
        return
    names = destination.names or (host,)
    try:
        chain = certificates.chain_of(dialogue.session)
        if level is Tls.VERIFIED:
            certificates.check_name(chain, names)
        else:
            certificates.check_dane(chain, destination.tlsa, names, now=datetime.now(UTC))
    except BadCertificate as exc:
        raise DeliveryError("4.7.5", f"TLS failed: {exc}") from exc


def _tell(witness: Witness | None, outcome: TlsOutcome) -> None:
    if witness is not None:
        witness(outcome)


def _refused(reply: Reply) -> DeliveryError:
    """The server does not want to talk to us at all. That may change: the mail is kept and tried again."""
    return DeliveryError("4.3.2", f"the server refuses us: {reply.code} {reply.text}")


def ascii_host(name: str) -> str:
    """A host name for the wire: in A-labels, and ASCII whatever it was."""
    if name.isascii():
        return name
    try:
        return idna.encode(name, uts46=True).decode()
    except idna.IDNAError:
        return name.encode("ascii", "replace").decode().replace("?", "x")
