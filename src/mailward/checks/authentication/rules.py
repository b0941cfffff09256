# SPDX-License-Identifier: Apache-2.0
"""The rules: what a domain of ours wants done with each outcome of authentication, and for whom not.

The defaults say: believe the author's domain. What it asks to reject is refused, what it asks to
quarantine is held, and SPF alone decides only where nothing else proves the author, since every
forwarded mail fails SPF. Trouble with DNS is never a failure of the sender.
"""

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from mailward.checks.authentication.peers import check_domain, check_network, check_peers

MAX_PEERS = 1000
"""Entries of one list of one rule."""
MAX_ENTRY = 260

Order = Literal["accept", "tag", "quarantine", "reject", "delete"]
TroubleOrder = Literal["accept", "tag", "quarantine", "defer"]
"""What may follow when DNS did not answer: never a final refusal."""

Peers = Annotated[tuple[Annotated[str, msgspec.Meta(max_length=MAX_ENTRY)], ...], msgspec.Meta(max_length=MAX_PEERS)]
Tag = Annotated[str, msgspec.Meta(max_length=60, title="Subject tag", description="Put before the subject by “tag”")]
Enabled = Annotated[bool, msgspec.Meta(title="On", description="Off: this method decides nothing for the domain.")]
Ignored = Annotated[
    Peers,
    msgspec.Meta(
        title="Ignored peers",
        description="Not judged: an address, a network, a domain of envelope senders, or *.domain for all below it."
        " Goes before the enforced peers.",
    ),
]
Enforced = Annotated[
    Peers,
    msgspec.Meta(title="Enforced peers", description="Must pass. Written like the ignored peers."),
]


class Method(StrEnum):
    """The four kinds of rules, in the order in which they are asked."""

    SENDER_IP = "sender_ip"
    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"


class IpMatch(msgspec.Struct, frozen=True, kw_only=True):
    """A domain in From, and the addresses and networks that its mail comes from."""

    domain: Annotated[str, msgspec.Meta(max_length=MAX_ENTRY, examples=["partner.test", "*.partner.test"])]
    networks: Annotated[
        tuple[Annotated[str, msgspec.Meta(max_length=60, examples=["192.0.2.0/24"])], ...],
        msgspec.Meta(min_length=1, max_length=MAX_PEERS),
    ]

    def __post_init__(self) -> None:
        check_domain(self.domain)
        for network in self.networks:
            check_network(network)


class SenderIpRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sender IP match: the organization's own word on who sends for a domain. A match stands in for SPF."""

    enabled: Enabled = True
    matches: Annotated[tuple[IpMatch, ...], msgspec.Meta(max_length=MAX_PEERS, title="Domains and addresses")] = ()
    on_mismatch: Annotated[Order, msgspec.Meta(title="From another address")] = "quarantine"
    subject_tag: Tag = "[Unverified]"


class SpfRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """SPF, of the envelope sender, or of HELO where that is null."""

    enabled: Enabled = True
    on_fail: Annotated[Order, msgspec.Meta(title="Fail")] = "reject"
    on_softfail: Annotated[Order, msgspec.Meta(title="Softfail")] = "accept"
    on_neutral: Annotated[Order, msgspec.Meta(title="Neutral")] = "accept"
    on_none: Annotated[Order, msgspec.Meta(title="No record")] = "accept"
    on_permerror: Annotated[Order, msgspec.Meta(title="Record in error")] = "accept"
    on_temperror: Annotated[TroubleOrder, msgspec.Meta(title="DNS did not answer")] = "accept"
    spare_proven: Annotated[
        bool,
        msgspec.Meta(
            title="Accept what is proven otherwise",
            description="A valid DKIM signature of the author's domain, DMARC, or a trusted sealer outweighs SPF:"
            " forwarded mail fails SPF and keeps its signature.",
        ),
    ] = True
    subject_tag: Tag = "[Unverified]"
    ignored: Ignored = ()

    def __post_init__(self) -> None:
        check_peers(self.ignored)


class DkimRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """DKIM, of signatures whose d= shares the organizational domain of From; others say nothing of the author."""

    enabled: Enabled = True
    on_fail: Annotated[
        Order,
        msgspec.Meta(title="Fail", description="RFC 6376, 6.3: a broken signature is worth no less than none at all"),
    ] = "accept"
    on_temperror: Annotated[TroubleOrder, msgspec.Meta(title="The key could not be fetched")] = "accept"
    on_unproven_peer: Annotated[Order, msgspec.Meta(title="An enforced peer without a valid signature")] = "quarantine"
    match_header: Annotated[
        bool, msgspec.Meta(title="Enforced peers by From too", description="Not only by the envelope sender")
    ] = True
    subject_tag: Tag = "[Unverified]"
    ignored: Ignored = ()
    enforced: Enforced = ()

    def __post_init__(self) -> None:
        check_peers(self.ignored + self.enforced)


class DmarcRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """DMARC, by what the author's domain asks for, and what to do where there is no one author."""

    enabled: Enabled = True
    on_reject: Annotated[Order, msgspec.Meta(title="Fails, p=reject")] = "reject"
    on_quarantine: Annotated[Order, msgspec.Meta(title="Fails, p=quarantine")] = "quarantine"
    on_none: Annotated[Order, msgspec.Meta(title="Fails, p=none")] = "accept"
    on_no_record: Annotated[Order, msgspec.Meta(title="No record")] = "accept"
    on_no_author: Annotated[
        Order,
        msgspec.Meta(
            title="No one author",
            description="Several From fields, none, or one that two readers could read differently",
        ),
    ] = "quarantine"
    on_temperror: Annotated[TroubleOrder, msgspec.Meta(title="DNS did not answer")] = "accept"
    on_unproven_peer: Annotated[Order, msgspec.Meta(title="An enforced peer that does not pass")] = "quarantine"
    skip_null_sender: Annotated[
        bool, msgspec.Meta(title="Spare bounces", description="Mail with a null sender does not fail DMARC")
    ] = False
    sampling: Annotated[
        bool,
        msgspec.Meta(
            title="Honour t=y and pct=",
            description="A policy under test (RFC 9989), and the part of the mail that is not sampled (RFC 7489), is"
            " applied one step milder.",
        ),
    ] = True
    match_header: Annotated[
        bool, msgspec.Meta(title="Enforced peers by From too", description="Not only by the envelope sender")
    ] = True
    subject_tag: Tag = "[Unverified]"
    ignored: Ignored = ()
    enforced: Enforced = ()

    def __post_init__(self) -> None:
        check_peers(self.ignored + self.enforced)


Rule = SenderIpRule | SpfRule | DkimRule | DmarcRule

RULES: dict[Method, type[Rule]] = {
    Method.SENDER_IP: SenderIpRule,
    Method.SPF: SpfRule,
    Method.DKIM: DkimRule,
    Method.DMARC: DmarcRule,
}


class RuleSet(msgspec.Struct, frozen=True, kw_only=True):
    """The four rules that hold for one domain."""

    sender_ip: SenderIpRule = SenderIpRule()
    spf: SpfRule = SpfRule()
    dkim: DkimRule = DkimRule()
    dmarc: DmarcRule = DmarcRule()
