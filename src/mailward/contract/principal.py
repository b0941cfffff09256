# SPDX-License-Identifier: Apache-2.0
"""Who is asking, as every route and every record of an action knows it."""

from uuid import UUID

import msgspec


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """The account behind a request, and the one organization whose rows it may see."""

    account_id: UUID
    organization_id: UUID
    organization_name: str
    email: str
    name: str
    role: str
