# SPDX-License-Identifier: Apache-2.0
"""One mail over an open dialogue: MAIL, RCPT and the content, and what each recipient was told."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

import idna

from mailward.contract.reply import Reply
from mailward.disposition.delivery.dialogue import DeliveryError, Dialogue, always
from mailward.disposition.delivery.wire_form import canonical, dotted, folded, has_long_lines

MOST_RECIPIENTS = 100
"""In one transaction: what each server must take (RFC 5321, 4.5.3.1.8)."""
LARGE = 64 * 1024
"""From here on a mail goes by BDAT where that is offered."""

_YES = range(200, 300)
_GO_AHEAD = 354
_NO = 400
_CLOSING = 421
_BAD_ADDRESS = Reply(553, "5.1.3", "the address holds a sign that no address may hold")
_NO_UTF8 = Reply(550, "5.6.7", "the server behind us does not take addresses with letters outside ASCII")
_NO_UTF8_HEADER = Reply(550, "5.6.9", "the server behind us does not take header fields in UTF-8")
_HAS_NUL = Reply(550, "5.6.0", "the mail holds a NUL byte, which cannot be sent")


class Seconds(Protocol):
    """The waits that a transaction needs."""

    @property
    def command(self) -> float:
        """For the answer to a command."""

    @property
    def slice(self) -> float:
        """For a slice of content to be taken."""

    @property
    def end_of_data(self) -> float:
        """For the answer to the whole mail."""


NOTHING: Mapping[str, str] = MappingProxyType({})


class Item(NamedTuple):
    """What is delivered. `permitted` is asked in the moment before the end of the content is said: whether the mail
    is still ours to deliver. `mail_parameters` and `recipient_parameters`, by recipient, are said to servers that
    announce DSN (RFC 3461, 5.2.1)."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    utf8: bool = False
    permitted: Callable[[], bool] = always
    mail_parameters: str = ""
    recipient_parameters: Mapping[str, str] = NOTHING


class _Plan(NamedTuple):
    """How this mail goes to this server: addresses by the recipient's name for us, parameters, content."""

    sender: str
    addresses: dict[str, str]
    parameters: str
    content: bytes
    chunked: bool
    permitted: Callable[[], bool]
    recipient_parameters: Mapping[str, str]


async def transact(dialogue: Dialogue, item: Item, replies: dict[str, Reply], *, timeouts: Seconds) -> None:
    """Fill `replies` with one for each recipient.

    Raises:
        DeliveryError: the dialogue broke; recipients without a reply have none.
    """
    plan = _plan(dialogue, item, replies)
    if plan is None:
        return
    names = list(plan.addresses)
    for start in range(0, len(names), MOST_RECIPIENTS):
        await _one(dialogue, plan, names[start : start + MOST_RECIPIENTS], replies, timeouts)


def _plan(dialogue: Dialogue, item: Item, replies: dict[str, Reply]) -> _Plan | None:
    """Decide the form. What this server can never be sent is answered here, without asking it."""
    offers, mail = dialogue.offers, canonical(item.raw)
    can_utf8 = "SMTPUTF8" in offers
    refusal = _unsendable(mail, item, can_utf8=can_utf8, limit=offers.get("SIZE", ""))
    sender = _wire_address(item.sender, can_utf8=can_utf8)
    if isinstance(sender, Reply):
        refusal = refusal or sender
    if refusal or isinstance(sender, Reply):
        replies.update(dict.fromkeys(item.recipients, refusal or _BAD_ADDRESS))
        return None
    addresses: dict[str, str] = {}
    for recipient in dict.fromkeys(item.recipients):
        address = _wire_address(recipient, can_utf8=can_utf8)
        if isinstance(address, Reply):
            replies[recipient] = address
        else:
            addresses[recipient] = address
    if not addresses:
        return None
    chunked = "CHUNKING" in offers
    if has_long_lines(mail):
        mail = mail if chunked else folded(mail)
    else:
        chunked = chunked and len(mail) >= LARGE
    words = [f" SIZE={len(mail)}"] if "SIZE" in offers else []
    if "8BITMIME" in offers and not mail.isascii():
        words.append(" BODY=8BITMIME")
    if can_utf8 and (item.utf8 or not sender.isascii() or not all(map(str.isascii, addresses.values()))):
        words.append(" SMTPUTF8")
    about_recipients = NOTHING
    if "DSN" in offers:
        words.append(item.mail_parameters)
        about_recipients = item.recipient_parameters
    content = mail if chunked else dotted(mail)
    return _Plan(sender, addresses, "".join(words), content, chunked, item.permitted, about_recipients)


def _unsendable(mail: bytes, item: Item, *, can_utf8: bool, limit: str) -> Reply | None:
    if b"\0" in mail:
        return _HAS_NUL
    if limit.isdigit() and len(limit) < 20 and 0 < int(limit) < len(mail):  # noqa: PLR2004 - of 64 bits
        return Reply(552, "5.3.4", f"the mail has {len(mail)} octets, and the server behind us takes {limit}")
    if item.utf8 and not can_utf8 and not mail[: mail.find(b"\r\n\r\n")].isascii():
        return _NO_UTF8_HEADER
    return None


def _wire_address(address: str, *, can_utf8: bool) -> str | Reply:
    """The address as it goes out. A domain in letters outside ASCII has another form for servers that do
    not know SMTPUTF8; a local part has none."""
    bare = _unquoted(address)
    if "<" in bare or ">" in bare or not bare.isprintable():
        return _BAD_ADDRESS
    if address.isascii() or can_utf8:
        return address
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode()}" if local.isascii() else _NO_UTF8
    except idna.IDNAError:
        return _NO_UTF8


def _unquoted(address: str) -> str:
    """Within quotes "<" and ">" are letters; everywhere else they would end the path."""
    return address.replace("<", "").replace(">", "") if address.startswith('"') else address


async def _one(dialogue: Dialogue, plan: _Plan, names: Sequence[str], replies: dict[str, Reply], s: Seconds) -> None:
    """One transaction, for at most `MOST_RECIPIENTS`."""
    pipelined = "PIPELINING" in dialogue.offers
    answers = _Answers(dialogue, _commands(dialogue, plan, names), s, pipelined=pipelined)
    if dialogue.dirty:
        await answers.next()
    dialogue.dirty = True
    accepted = await _envelope(answers, names, replies, pipelined=pipelined)
    if not await _may_send(dialogue, answers, plan, accepted, replies, pipelined=pipelined):
        return
    await dialogue.send(plan.content, seconds=s.slice, permitted=plan.permitted)
    end = await dialogue.reply(seconds=s.end_of_data, to="the mail")
    replies.update(dict.fromkeys(accepted, end if end.code in _YES else _not_a_yes(end)))
    dialogue.dirty = end.code not in _YES


def _commands(dialogue: Dialogue, plan: _Plan, names: Sequence[str]) -> list[str]:
    """All that is said before the content."""
    commands = ["RSET\r\n"] if dialogue.dirty else []
    commands.append(f"MAIL FROM:<{plan.sender}>{plan.parameters}\r\n")
    asked = plan.recipient_parameters
    commands += [f"RCPT TO:<{plan.addresses[name]}>{asked.get(name, '')}\r\n" for name in names]
    if not plan.chunked:
        commands.append("DATA\r\n")
    return commands


async def _envelope(
    answers: "_Answers", names: Sequence[str], replies: dict[str, Reply], *, pipelined: bool
) -> list[str]:
    """The recipients that the server accepts; the others get their replies."""
    mail = await answers.next()
    if mail.code not in _YES:
        replies.update(dict.fromkeys(names, _not_a_yes(mail)))
        if pipelined:
            for _ in names:
                await answers.next()
        return []
    accepted: list[str] = []
    for name in names:
        answer = await answers.next()
        if answer.code in _YES:
            accepted.append(name)
        else:
            replies[name] = _for_recipient(answer, first=not accepted)
    return accepted


async def _may_send(
    dialogue: Dialogue,
    answers: "_Answers",
    plan: _Plan,
    accepted: list[str],
    replies: dict[str, Reply],
    *,
    pipelined: bool,
) -> bool:
    """Announce the content. False when there is nobody to send it to."""
    if plan.chunked:
        if accepted:
            dialogue.say(f"BDAT {len(plan.content)} LAST\r\n".encode())
        return bool(accepted)
    if not accepted and not pipelined:
        return False
    go = await answers.next()
    if go.code != _GO_AHEAD:
        replies.update(dict.fromkeys(accepted, _not_a_yes(go)))
    elif not accepted:
        dialogue.say(b".\r\n")
        await answers.next()
    return bool(accepted) and go.code == _GO_AHEAD


class _Answers:
    """Says commands all at once, or each after the answer to the one before."""

    def __init__(self, dialogue: Dialogue, commands: list[str], seconds: Seconds, *, pipelined: bool) -> None:
        self._dialogue = dialogue
        self._seconds = seconds
        self._said = iter(commands)
        self._unsaid = iter(()) if pipelined else iter(commands)
        if pipelined:
            dialogue.say("".join(commands).encode())

    async def next(self) -> Reply:
        """The answer to the next command."""
        for command in self._unsaid:
            self._dialogue.say(command.encode())
            break
        said = next(self._said, "the end of nothing").strip()
        answer = await self._dialogue.reply(seconds=self._seconds.command, to=said)
        if answer.code == _CLOSING:
            error = DeliveryError(answer.status, answer.text, untouched=self._dialogue.heard == 1)
            error.reply = answer
            raise error
        return answer


def _for_recipient(answer: Reply, *, first: bool) -> Reply:
    """552 once meant "too many recipients", which is to be tried again (RFC 5321, 4.5.3.1.10)."""
    if answer.code == 552 and not first and answer.status in ("", "5.5.3"):  # noqa: PLR2004 - see above
        return Reply(452, "4.5.3", answer.text)
    return _not_a_yes(answer)


def _not_a_yes(answer: Reply) -> Reply:
    """A 4xx or 5xx as it is; an answer that makes no sense here (2xx, 3xx) as a temporary no."""
    if answer.code >= _NO:
        return answer
    return Reply(451, "4.5.0", f"an answer out of place: {answer.code} {answer.text}")
