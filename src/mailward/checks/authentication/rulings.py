# SPDX-License-Identifier: Apache-2.0
"""From results to orders: what the rules of one domain of ours want done with a mail. Arithmetic only.

Sender IP match, SPF, DKIM and DMARC are asked in this order, and the first that keeps the mail from
its recipient ends the row. Where a rule would have acted and something spared the mail, that is said too.
"""

from collections.abc import Callable, Iterator

import msgspec

from mailward.checks.authentication.compiled import DomainRules
from mailward.checks.authentication.names import domain_of, is_below
from mailward.checks.authentication.peers import Peers
from mailward.checks.authentication.rules import Method, Order, TroubleOrder
from mailward.contract.authentication import Authentication, DkimResult, DmarcResult
from mailward.contract.decision import Action, Ruling

STATUS = {Method.SENDER_IP: "7.1", Method.SPF: "7.23", Method.DKIM: "7.20", Method.DMARC: "7.26"}
"""Enhanced status of a refusal, without its class (RFC 7372)."""
CHECK = "authentication"
_ENDS = frozenset({Action.QUARANTINE, Action.REJECT, Action.DELETE, Action.DEFER})
_OWN_SERVER = "a registered server of your own brings it"
_MILDER = {"reject": "quarantine", "quarantine": "none", "none": "none"}

Chance = Callable[[], int]
"""A number from 0 to 99, each as likely, for the sampling of RFC 7489."""


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules ask about: the results, the connecting address, and the envelope sender. `own_server` if the
    organization whose rules these are registered the server that brings the mail, for the author's domain."""

    said: Authentication
    peer_ip: str
    sender: str
    trusted_sealers: frozenset[str] = frozenset()
    own_server: bool = False

    @property
    def author(self) -> str:
        """The domain that From shows, "" if there is no one author."""
        return self.said.dmarc.domain

    @property
    def domains(self) -> tuple[str, str]:
        """The domains of the envelope sender and of From."""
        return domain_of(self.sender), self.author


def rulings(mail: Mail, rules: DomainRules, *, chance: Chance) -> tuple[Ruling, ...]:
    """The orders for a recipient's copy, in the order in which they were given; the last may end the journey."""
    made: list[Ruling] = []
    for ruling in _Rulings(mail, rules, chance).every():
        made.append(ruling)
        if ruling.action in _ENDS:
            break
    return tuple(made)


def unanswered(said: Authentication) -> bool:
    """Whether nothing at all could be asked: that is trouble of ours, not of the sender."""
    results = [said.spf.result, said.dmarc.result, *(signature.result for signature in said.dkim)]
    return said.evaluated and all(result == "temperror" for result in results)


def vouched(mail: Mail) -> str:
    """The trusted sealer whose own check saw DMARC pass for this author, "" if there is none.

    What a stranger sealed first proves nothing, even if a trusted server sealed after it: only the
    unbroken row of trusted sealers at the end counts, and of it the first, who saw the mail as it
    entered their hands (RFC 8617, 7.2).
    """
    arc = mail.said.arc
    if arc.result != "pass" or len(arc.seen) != len(arc.sealers) or not mail.author:
        return ""
    first = len(arc.sealers)
    while first and arc.sealers[first - 1] in mail.trusted_sealers:
        first -= 1
    if first == len(arc.sealers):
        return ""
    seen = arc.seen[first]
    return arc.sealers[first] if seen.dmarc == "pass" and seen.author == mail.author else ""


class _Rulings:
    """One mail under the rules of one domain."""

    def __init__(self, mail: Mail, rules: DomainRules, chance: Chance) -> None:
        self._mail = mail
        self._rules = rules
        self._chance = chance
        self._confirmed = rules.addresses.confirms(mail.author, mail.peer_ip)

    def every(self) -> Iterator[Ruling]:
        yield from self._sender_ip()
        yield from self._spf()
        yield from self._dkim()
        yield from self._dmarc()

    def _sender_ip(self) -> Iterator[Ruling]:
        rule, mail = self._rules.rules.sender_ip, self._mail
        if rule.enabled and self._confirmed is False:
            why = f"{mail.peer_ip} is not among the addresses from which {mail.author} sends"
            spared = _OWN_SERVER if mail.own_server else ""
            yield self._ruling(Method.SENDER_IP, rule.on_mismatch, why, tag=rule.subject_tag, spared=spared)

    def _spf(self) -> Iterator[Ruling]:
        rule, mail, spf = self._rules.rules.spf, self._mail, self._mail.said.spf
        if not rule.enabled or spf.result == "pass" or self._confirmed:
            return
        orders: dict[str, Order | TroubleOrder] = {
            "fail": rule.on_fail, "softfail": rule.on_softfail, "neutral": rule.on_neutral, "none": rule.on_none,
            "permerror": rule.on_permerror, "temperror": rule.on_temperror,
        }  # fmt: skip
        order = orders.get(spf.result, "accept")
        if order == "accept":
            return
        whose = spf.domain or ("the HELO name" if spf.scope == "helo" else "the sender")
        why = {
            "fail": f"SPF of {whose} does not let {mail.peer_ip} send for it",
            "softfail": f"SPF of {whose} says that {mail.peer_ip} probably may not send for it",
            "neutral": f"SPF of {whose} says nothing about {mail.peer_ip}",
            "none": f"{whose} has no SPF record",
            "permerror": f"the SPF record of {whose} is in error",
            "temperror": f"the SPF record of {whose} could not be fetched just now",
        }[spf.result]
        spared = ""
        if self._rules.spf_ignored.holds(mail.peer_ip, mail.domains[0]):
            spared = "the peer is ignored"
        elif rule.spare_proven and spf.result != "temperror":
            spared = self._proof()
        yield self._ruling(Method.SPF, order, why, tag=rule.subject_tag, spared=spared)

    def _dkim(self) -> Iterator[Ruling]:
        rule, mail = self._rules.rules.dkim, self._mail
        related = [signature for signature in mail.said.dkim if self._of_author(signature)]
        if not rule.enabled or any(_holds(signature) for signature in related):
            return
        demanded = self._is_enforced(self._rules.dkim_enforced, by_author=rule.match_header)
        order: Order | TroubleOrder
        if any(signature.result == "temperror" for signature in mail.said.dkim if not signature.domain) or any(
            signature.result == "temperror" for signature in related
        ):
            order, why = rule.on_temperror, f"a DKIM key of {mail.author} could not be fetched just now"
        elif demanded:
            order, why = rule.on_unproven_peer, f"no valid DKIM signature of {mail.author or 'the author'}"
        elif related:
            order, why = rule.on_fail, f"the DKIM signature of {related[0].domain} does not count: {related[0].why}"
        else:
            return
        if order == "accept":
            return
        ignored = self._rules.dkim_ignored.holds(mail.peer_ip, mail.domains[0])
        spared = _OWN_SERVER if mail.own_server else ""
        if not spared:
            spared = "the peer is ignored" if ignored else "" if demanded else self._sealed()
        yield self._ruling(Method.DKIM, order, why, tag=rule.subject_tag, spared=spared)

    def _dmarc(self) -> Iterator[Ruling]:
        rule, mail, dmarc = self._rules.rules.dmarc, self._mail, self._mail.said.dmarc
        if not rule.enabled or dmarc.result == "pass":
            return
        demanded = self._is_enforced(self._rules.dmarc_enforced, by_author=rule.match_header)
        order, why = self._dmarc_order(dmarc, demanded=demanded)
        if order == "accept":
            return
        spared = ""
        if self._rules.dmarc_ignored.holds(mail.peer_ip, mail.domains[0]):
            spared = "the peer is ignored"
        elif dmarc.result in ("fail", "none"):
            if self._confirmed:
                spared = f"{mail.peer_ip} sends for {mail.author} by your own list"
            elif rule.skip_null_sender and not mail.sender:
                spared = "bounces are spared"
            elif not demanded:
                spared = self._sealed()
        yield self._ruling(Method.DMARC, order, why, tag=rule.subject_tag, spared=spared)

    def _dmarc_order(self, dmarc: DmarcResult, *, demanded: bool) -> tuple[Order | TroubleOrder, str]:
        rule = self._rules.rules.dmarc
        if dmarc.result == "permerror":
            return rule.on_no_author, f"the mail does not say plainly who wrote it: {dmarc.why}"
        if dmarc.result == "temperror":
            return rule.on_temperror, f"whether {dmarc.domain or 'the author'} sent this could not be checked just now"
        unproven = f"neither SPF nor DKIM proves that {dmarc.domain} sent this"
        if demanded:
            return rule.on_unproven_peer, f"{unproven}, and it is a peer that must prove itself"
        if dmarc.result == "none":
            return rule.on_no_record, f"{dmarc.domain} has no DMARC policy"
        asked = dmarc.policy or "none"
        applied, sampled = self._sampled(asked, dmarc)
        orders: dict[str, Order] = {"reject": rule.on_reject, "quarantine": rule.on_quarantine, "none": rule.on_none}
        return orders[applied], f"{unproven}, and its DMARC policy is p={asked}{sampled}"

    def _sampled(self, asked: str, dmarc: DmarcResult) -> tuple[str, str]:
        """The policy to apply, and the words that say why it is a milder one."""
        if not self._rules.rules.dmarc.sampling:
            return asked, ""
        if dmarc.testing:
            return _MILDER[asked], ", still under test (t=y)"
        if dmarc.percent < 100 and self._chance() >= dmarc.percent:  # noqa: PLR2004 - per cent
            return _MILDER[asked], f", for {dmarc.percent} % of the mail; this one is not among them"
        return asked, ""

    def _is_enforced(self, peers: Peers, *, by_author: bool) -> bool:
        return peers.holds(self._mail.peer_ip, *self._mail.domains[: 2 if by_author else 1])

    def _of_author(self, signature: DkimResult) -> bool:
        """Whether a signature is of the author's organizational domain (or of a domain above the author's)."""
        author, dmarc = self._mail.author, self._mail.said.dmarc
        if not author or "." not in signature.domain:
            return False
        return is_below(signature.domain, dmarc.organizational_domain or author) or is_below(author, signature.domain)

    def _proof(self) -> str:
        """What proves the author in place of SPF, in words; "" if nothing does."""
        said = self._mail.said
        if said.dmarc.result == "pass":
            return "DMARC passes"
        if any(_holds(signature) and self._of_author(signature) for signature in said.dkim):
            return f"a DKIM signature of {self._mail.author}'s domain holds"
        return self._sealed()

    def _sealed(self) -> str:
        sealer = vouched(self._mail)
        return f"the trusted sealer {sealer} saw DMARC pass (ARC)" if sealer else ""

    def _ruling(self, method: Method, order: Order | TroubleOrder, why: str, *, tag: str, spared: str = "") -> Ruling:
        return Ruling(
            check=CHECK,
            rule=self._rules.name(method),
            action=Action.ACCEPT if spared else Action(order),
            why=f"{why}; accepted, since {spared}" if spared else why,
            status=STATUS[method],
            subject_tag=tag if order == "tag" and not spared else "",
        )


def _holds(signature: DkimResult) -> bool:
    return signature.result == "pass" and not signature.partial
