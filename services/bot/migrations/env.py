"""Alembic's entry: migrations run at start, inside the service (`shared.db`)."""

from alembic import context

from services.bot.store import BotTable
from shared.db import run_migrations

run_migrations(context, BotTable.metadata, "bot")  # type: ignore[arg-type]  # the module stands for an EnvironmentContext
