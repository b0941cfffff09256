# SPDX-License-Identifier: Apache-2.0
"""An organization's policy without a database, for tests that ask one room."""

from datetime import UTC, datetime

from mailward.catalog import FEATURES
from mailward.contract.feature import Settings
from mailward.control.domains.service import Domain
from mailward.kit.hashed_set import HashedSet
from mailward.kit.ids import new_id
from mailward.kit.vault import Key
from mailward.policy.snapshot import OrganizationPolicy


def organization(settings: dict[str, Settings] | None = None, compiled: dict[str, object] | None = None):
    """Example, which protects example.test for Lee; all settings are the defaults but these."""
    domain = Domain(name="example.test", servers=(), recipient_filter=True)
    return OrganizationPolicy(
        id=new_id(datetime.now(UTC)),
        name="Example",
        key=Key(b"k" * 32),
        domains={"example.test": domain},
        recipients={"example.test": HashedSet(["lee@example.test"])},
        high_profile_users=(),
        settings={**{feature.name: feature.settings() for feature in FEATURES}, **(settings or {})},
        rules=(),
        compiled=compiled or {},
    )
