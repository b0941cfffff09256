# SPDX-License-Identifier: Apache-2.0
"""A name server on loopback that serves a zone, and misbehaves on demand: it keeps what it was asked."""

import socket
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


class NameServer:
    """`records` maps (name, kind) to texts. Names in `silent` get no answer, names in `failing`
    SERVFAIL; what stands below a name in `secure` comes with the AD bit, as if DNSSEC had been checked."""

    def __init__(self, records=None):
        self.records = dict(records or {})
        self.silent, self.failing = set(), set()
        self.secure = set()
        self.asked = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def address(self):
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join(5)
        self._socket.close()

    def _serve(self):
        while True:
            data, peer = self._socket.recvfrom(4096)
            if not data:
                return
            answer = self._answer(dns.message.from_wire(data))
            if answer is not None:
                self._socket.sendto(answer.to_wire(), peer)

    def _answer(self, query):
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if any(name == signed or name.endswith(f".{signed}") for signed in self.secure):
            response.flags |= dns.flags.AD
        if name in self.silent:
            return None
        if name in self.failing:
            response.set_rcode(dns.rcode.SERVFAIL)
            return response
        if texts := self.records.get((name, kind)):
            response.answer.append(dns.rrset.from_text_list(question.name, 1, "IN", kind, texts))
        elif not any(known == name or known.endswith(f".{name}") for known, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response
