# SPDX-License-Identifier: Apache-2.0
"""The last touch on a copy, made on the very bytes that go out: our signature on mail that leaves in our name,
our seal on mail that came in and was changed. Never both, and neither if there is no key for it."""

from collections.abc import Awaitable, Callable

from mailward.contract.decision import Edits
from mailward.disposition.arc_sealing import service as arc_sealing
from mailward.disposition.delivery import service as delivery
from mailward.disposition.delivery.service import Due
from mailward.disposition.dkim_signing import service as dkim_signing
from mailward.kit.clock import Clock
from mailward.message import edit
from mailward.policy.snapshot import OrganizationPolicy

Finish = Callable[[OrganizationPolicy, Due, Edits, bytes], Awaitable[bytes]]
"""(organization, copy, its edits, the mail as it was stored) -> the bytes to send."""


def finishing(clock: Clock) -> Finish:
    """The last touch, with a clock for the dates in signatures."""

    async def finish(policy: OrganizationPolicy, due: Due, edits: Edits, stored: bytes) -> bytes:
        copy = edit.apply(stored, edits)
        at = clock.now()
        if due.outward:
            if dkim_signing.signs(policy):
                return await dkim_signing.sign(policy, delivery.outgoing(copy), sender=due.sender, at=at)
        elif edits.seal:
            copy = delivery.canonical(copy)
            return await arc_sealing.seal(
                policy, copy, edits, domain=due.destination, at=at, original=delivery.canonical(stored)
            )
        return copy

    return finish
