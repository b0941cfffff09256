# SPDX-License-Identifier: Apache-2.0
"""An organization as work beside the mail path sees it: a view of its policy at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from mailward.contract.feature import Settings
from mailward.kit.vault import Key


@dataclass(frozen=True, kw_only=True)
class Organization:
    """Who it is, which domains it protects (lower case, sorted), and its settings by feature."""

    id: UUID
    name: str
    key: Key
    domains: tuple[str, ...]
    settings: Mapping[str, Settings]
