# SPDX-License-Identifier: Apache-2.0
"""A DNS that is dead, fails, is slow, talks rubbish or answers with far too much: a mail is answered within
`ANSWER_SECONDS`, nothing is refused for good because of it, and nothing is lost.

The control takes silence for "no such domain".
"""

import asyncio
import random
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from tests.faults.account import Account, draw, permanent, settle
from tests.faults.kill_rounds import SEED
from tests.faults.ledger import Ledger, Load
from tests.faults.relay import Mistake, Relay
from tests.faults.sink import Sink
from tests.faults.target import RECIPIENT, acknowledges, answers, running

CLIENTS = 8
ANSWER_SECONDS = 30.0
"""A mail needs several questions one after the other; a sender waits ten minutes (RFC 5321, 4.5.3.2.6)."""
MOOD_MAILS = 12
SLOW_SECONDS = 30.0
ZONE = {
    ("sender.test", "MX"): ["10 mx.sender.test."],
    ("mx.sender.test", "A"): ["127.0.0.1"],
    ("sender.test", "TXT"): ['"v=spf1 a:mx.sender.test -all"'],
    ("_dmarc.sender.test", "TXT"): ['"v=DMARC1; p=none"'],
}


class Mood(StrEnum):
    """How the name server answers."""

    FINE = "fine"
    DEAD = "dead"
    FAILING = "failing"
    REFUSING = "refusing"
    SLOW = "slow"
    RUBBISH = "rubbish"
    TOO_MUCH = "too much"
    LOOP = "loop"


class Names(asyncio.DatagramProtocol):
    """A name server on loopback for `ZONE`, over UDP alone."""

    def __init__(self) -> None:
        self.mood = Mood.FINE
        self.port = 0
        self._chance = random.Random(SEED)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.port = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer, or not."""
        if self.mood is Mood.DEAD:
            return
        if self.mood is Mood.SLOW:
            asyncio.get_running_loop().call_later(SLOW_SECONDS, self._send, self._answer(data), addr)
        else:
            self._send(self._answer(data), addr)

    def _send(self, answer: bytes, addr: tuple[str, int]) -> None:
        if not self._transport.is_closing():
            self._transport.sendto(answer, addr)

    def _answer(self, data: bytes) -> bytes:
        query = dns.message.from_wire(data)
        question, response = query.question[0], dns.message.make_response(query)
        response.flags |= dns.flags.RA
        name = question.name.to_text(omit_final_dot=True).lower()
        if self.mood is Mood.RUBBISH:
            return data[:2] + self._chance.randbytes(60)
        if self.mood is Mood.FAILING:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif self.mood is Mood.REFUSING:
            response.set_rcode(dns.rcode.REFUSED)
        elif self.mood is Mood.TOO_MUCH:
            texts = [f'"{"x" * 250}{number}"' for number in range(200)]
            response.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", "TXT", texts))
        elif self.mood is Mood.LOOP:
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", "CNAME", question.name.to_text()))
        elif texts := ZONE.get((name, dns.rdatatype.to_text(question.rdtype))):
            response.answer.append(dns.rrset.from_text_list(question.name, 1, "IN", question.rdtype, texts))
        elif not any(known == name or known.endswith(f".{name}") for known, _ in ZONE):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire(max_size=65535)


async def product() -> Account:
    """Each mood in turn, under load; between them a good one, so that nothing lives from the cache."""
    ledger, slowest = Ledger(), dict[str, float]()
    async with Names() as names, Sink(seed=SEED) as sink:
        environment = {"MAILWARD_NAME_SERVERS": f"127.0.0.1:{names.port}"}
        async with running(sink.port, environment=environment) as target:
            async with Load(ledger, port=target.smtp_port, clients=CLIENTS, recipient=RECIPIENT, seed=SEED):
                for mood in Mood:
                    names.mood, ledger.slowest = mood, 0.0
                    await answers(ledger, more=MOOD_MAILS)
                    slowest[mood] = round(ledger.slowest, 1)
                names.mood = Mood.FINE
                await acknowledges(ledger, more=10)
            account = draw("names", ledger, sink, waiting=await settle(target, ledger, sink))
    late = {mood: seconds for mood, seconds in slowest.items() if seconds > ANSWER_SECONDS}
    return account.with_facts(
        permanent(account), f"mail had to wait: {late}" if late else "", slowest_answer_in_seconds=slowest
    )


async def control() -> Account:
    """A relay to which no answer is an answer."""
    ledger = Ledger()
    with tempfile.TemporaryDirectory() as spool:
        async with Names() as names, Sink(seed=SEED) as sink:
            relay = Relay(Mistake.HARSH, next_hop=sink.port, spool=Path(spool), needs=f"dns:{names.port}")
            await asyncio.to_thread(relay.start)
            try:
                async with Load(ledger, port=relay.smtp_port, clients=2, recipient=RECIPIENT, seed=SEED):
                    await acknowledges(ledger, more=5)
                    names.mood = Mood.FAILING
                    await asyncio.sleep(1)
                account = draw("control: harsh relay", ledger, sink, waiting=await settle(relay, ledger, sink))
            finally:
                relay.stop()
    return account.with_facts(permanent(account))
