# SPDX-License-Identifier: Apache-2.0
"""When mail that came in is sealed."""

from typing import Annotated, Literal

from msgspec import Meta

from mailward.contract.feature import Settings


class ArcSealingSettings(Settings, frozen=True, kw_only=True):
    """Sealing needs a signing key of the recipient's domain that the DNS shows."""

    enabled: Annotated[bool, Meta(title="Seal mail")] = True
    when: Annotated[
        Literal["changed", "always"],
        Meta(
            title="Which mail",
            description="Mail whose subject or body we change, or all mail that comes in: for servers that check it"
            " again or hand it on.",
        ),
    ] = "changed"
