# SPDX-License-Identifier: Apache-2.0
"""What would happen to mail from this sender to this person? The four steps, walked with nobody waiting."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from uuid import UUID

import msgspec

from mailward.checks.sender_filter import store
from mailward.checks.sender_filter.answers import blocked
from mailward.checks.sender_filter.patterns import naming, plain_domain
from mailward.checks.sender_filter.settings import SenderFilterSettings, Skippable
from mailward.checks.sender_filter.shapes import SenderEntry, SenderList
from mailward.kit.database import Database
from mailward.policy.store import settings as chosen_settings


class SenderStep(StrEnum):
    """In the order in which they are asked; the first that matches decides."""

    PERSON_BLOCKS = "person_blocks"
    ORGANIZATION_BLOCKS = "organization_blocks"
    PERSON_APPROVES = "person_approves"
    ORGANIZATION_APPROVES = "organization_approves"


class SenderResult(StrEnum):
    """`approved` counts only where authentication proves the sender, unless `needs_proof` is false."""

    UNKNOWN = "unknown"
    BLOCKED = "blocked"
    APPROVED = "approved"


class SenderStepOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One step, and the entry that matches there."""

    step: SenderStep
    entry: SenderEntry | None
    decides: bool


class SenderExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """How a sender stands with a recipient; `answer` is what a blocked one hears. `skips` are the checks that a
    proved, approved sender is spared; `matches_header` says whether the lists are compared with From too."""

    sender: str
    recipient: str
    enabled: bool
    matches_header: bool
    steps: list[SenderStepOutcome]
    result: SenderResult
    answer: str
    needs_proof: bool
    skips: list[Skippable]


class SenderQuestion:
    """Answers for all organizations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def explain(self, organization: UUID, *, sender: str, recipient: str) -> SenderExplanation:
        """Walk the steps. Raises ValueError with a sentence for what is no address."""
        sender, recipient = _address(sender), _address(recipient)
        targets = (recipient, recipient.rpartition("@")[2], "")
        async with self._database.scoped(organization) as connection:
            changed = (await chosen_settings(connection)).get("sender_filter", {})
            found = await store.naming(connection, targets, naming(sender))
        settings = msgspec.convert(changed, SenderFilterSettings)
        matching = [_first(found, step, recipient) if settings.enabled else None for step in SenderStep]
        deciding = next((index for index, entry in enumerate(matching) if entry is not None), None)
        entry = matching[deciding] if deciding is not None else None
        result = SenderResult.UNKNOWN if entry is None else SenderResult(entry.list)
        approved = [one for one in found if one.list is SenderList.APPROVED]
        return SenderExplanation(
            sender=sender, recipient=recipient, enabled=settings.enabled, matches_header=settings.match_header,
            steps=[
                SenderStepOutcome(step=step, entry=one, decides=index == deciding)
                for index, (step, one) in enumerate(zip(SenderStep, matching, strict=True))
            ],
            result=result,
            answer=blocked(sender).reply.encode().decode().strip() if result is SenderResult.BLOCKED else "",
            needs_proof=result is SenderResult.APPROVED and not any(one.unauthenticated for one in approved),
            skips=list(settings.skips) if result is SenderResult.APPROVED else [],
        )  # fmt: skip


_MATCHES: dict[SenderStep, tuple[SenderList, Callable[[str, str], bool]]] = {
    SenderStep.PERSON_BLOCKS: (SenderList.BLOCKED, lambda target, person: target == person),
    SenderStep.ORGANIZATION_BLOCKS: (SenderList.BLOCKED, lambda target, person: target != person),
    SenderStep.PERSON_APPROVES: (SenderList.APPROVED, lambda target, person: target == person),
    SenderStep.ORGANIZATION_APPROVES: (SenderList.APPROVED, lambda target, person: target != person),
}


def _first(found: Sequence[SenderEntry], step: SenderStep, person: str) -> SenderEntry | None:
    """The entry that matches a step; one for the domain goes before one for the organization."""
    which, fits = _MATCHES[step]
    entries = [entry for entry in found if entry.list is which and fits(entry.target, person)]
    return max(entries, key=lambda entry: len(entry.target), default=None)


def _address(text: str) -> str:
    local, at, domain = text.strip().lower().rpartition("@")
    name = plain_domain(domain)
    if not at or not local or not name:
        raise ValueError(f"{text[:60]!r} is no address such as lee@example.com")
    return f"{local}@{name}"
