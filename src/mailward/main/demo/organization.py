# SPDX-License-Identifier: Apache-2.0
"""The organization that the demo protects: its name, its people, and whose names are likely to be borrowed."""

from mailward.checks.authentication.service import DmarcRule, SpfRule
from mailward.contract.check import HighProfileUser

NAME = "Example Works"
DOMAIN = "example.test"
RECIPIENTS = (
    "lee@example.test",
    "sam@example.test",
    "dana.whitfield@example.test",
    "marcus.oyelaran@example.test",
    "postmaster@example.test",
)
"""Everybody who has a mailbox. All other addresses at `DOMAIN` are unknown."""

HIGH_PROFILE_USERS = (
    HighProfileUser("Dana Whitfield", ("dana.whitfield@example.test", "dana@whitfield-family.test")),
    HighProfileUser("Marcus Oyelaran", ("marcus.oyelaran@example.test",)),
)
"""The finance chief and the chief executive, with the addresses that are truly theirs."""

AUTHENTICATION_RULES = (SpfRule(on_fail="quarantine"), DmarcRule(on_reject="quarantine"))
"""Forged mail is held instead of refused, so that there is something to look at."""
