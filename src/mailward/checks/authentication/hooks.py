# SPDX-License-Identifier: Apache-2.0
"""Name what authentication found, so that rules can ask for it and people can read it."""

from collections.abc import Iterator

from mailward.checks.authentication.settings import AuthenticationSettings
from mailward.contract.authentication import Authentication
from mailward.contract.check import View
from mailward.contract.finding import MAX_EVIDENCE, Clear, Failed, Finding, Reason, Skipped


def examine(view: View, settings: AuthenticationSettings) -> Finding:
    """The named results, without points; Failed if nothing at all could be evaluated."""
    said = view.facts.authentication
    if not settings.enabled:
        return Skipped("switched off")
    if not said.evaluated:
        return Skipped("there was no connection to judge")
    results = [said.spf.result, said.dmarc.result, *(signature.result for signature in said.dkim)]
    if all(result == "temperror" for result in results):
        return Failed("DNS could not be asked", temporary=True)
    sender = view.facts.envelope.sender if view.facts.envelope else ""
    return Clear(tuple(_reasons(said, settings, bounce=not sender)))


def _reasons(said: Authentication, settings: AuthenticationSettings, *, bounce: bool) -> Iterator[Reason]:
    if settings.dmarc and not (bounce and settings.skip_null_sender):
        yield from _dmarc(said)
    if settings.spf and said.spf.result in _SPF:
        name, text = _SPF[said.spf.result]
        yield _reason(name, text.format(domain=said.spf.domain or "the sender"), said.spf.why, "envelope")
    if settings.dkim:
        yield from _dkim(said)
    if said.arc.result == "fail":
        yield _reason("arc_fail", "The chain of those who handed the mail on is broken", said.arc.why, "header")


_SPF = {
    "fail": ("spf_fail", "{domain} does not let this address send in its name (SPF fail)"),
    "softfail": ("spf_softfail", "{domain} probably does not let this address send in its name (SPF softfail)"),
    "permerror": ("spf_broken", "The SPF record of {domain} is in error"),
    "temperror": ("spf_unknown", "The SPF record of {domain} could not be fetched"),
}


def _dmarc(said: Authentication) -> Iterator[Reason]:
    dmarc = said.dmarc
    if dmarc.result == "fail":
        text = f"Nothing proves that {dmarc.domain} sent this mail (DMARC fail; the domain asks for: {dmarc.policy})"
        yield _reason("dmarc_fail", text, dmarc.why, "header From")
    elif dmarc.result == "permerror":
        yield _reason("dmarc_no_author", "The mail does not say plainly who wrote it", dmarc.why, "header From")
    elif dmarc.result == "temperror":
        yield _reason("dmarc_unknown", "The sender could not be checked", dmarc.why, "header From")
    elif dmarc.result == "none":
        yield _reason(
            "dmarc_none", f"{dmarc.domain} does not say how its mail is to be checked", dmarc.why, "header From"
        )


def _dkim(said: Authentication) -> Iterator[Reason]:
    if any(signature.result == "pass" for signature in said.dkim):
        return
    for signature in said.dkim:
        signer = signature.domain or "an unreadable signer"
        if signature.partial:
            yield _reason("dkim_partial", f"{signer} signed only a part of the body", signature.why, "header")
        elif signature.result in ("fail", "permerror", "policy"):
            yield _reason("dkim_broken", f"The signature of {signer} does not count", signature.why, "header")
        elif signature.result == "temperror":
            yield _reason("dkim_unknown", f"The key of {signer} could not be fetched", signature.why, "header")


def _reason(name: str, text: str, why: str, place: str) -> Reason:
    return Reason(id=name, text=text, weight=0.0, evidence=why[:MAX_EVIDENCE], place=place)
