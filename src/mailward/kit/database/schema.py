# SPDX-License-Identifier: Apache-2.0
"""How rooms declare their tables, so that every stored column says what it holds about people.

SQLAlchemy describes the tables (for migrations and for the notice); the queries themselves run on
asyncpg. A column with personal data carries its `DataItem`; `tests/architecture` reads that.
"""

from typing import Any

import sqlalchemy as sa

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

DAILY = "RANGE (received_at)"
"""Partitioned by day: purging is dropping a partition."""


def table(name: str, *items: Any, feature: str, retention_days: int | None = None, daily: bool = False) -> sa.Table:
    """A table that belongs to organizations: its key is led by `organization_id`.

    `feature` is the room that answers for it; `retention_days` is how long rows live, None for
    "until deleted"; `daily` makes it partitioned by the day of `received_at`.
    """
    extra: dict[str, Any] = {"postgresql_partition_by": DAILY} if daily else {}
    return sa.Table(
        name,
        METADATA,
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        *items,
        info={"feature": feature, "retention_days": retention_days, "daily": daily},
        **extra,
    )


def column(name: str, kind: Any, *extra: Any, item: Any = None, **options: Any) -> sa.Column[Any]:
    """A column; `item` is the `DataItem` it holds, None for data about nobody."""
    options.setdefault("nullable", False)
    if options.get("primary_key"):
        options.pop("nullable")
    return sa.Column(name, kind, *extra, info={"item": item}, **options)
