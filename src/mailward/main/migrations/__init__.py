# SPDX-License-Identifier: Apache-2.0
"""The schema's history. Starting the program brings the database up to date."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config

HERE = Path(__file__).parent


def configuration(url: str) -> Config:
    """Alembic's settings for the database at `url` (the owner's connection string)."""
    settings = Config()
    settings.set_main_option("script_location", str(HERE))
    settings.attributes["url"] = url
    return settings


async def migrate(url: str) -> None:
    """Bring the schema to this program's version. Safe to call at every start, from several nodes at once."""
    await asyncio.to_thread(command.upgrade, configuration(url), "head")
