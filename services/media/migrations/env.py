"""Alembic environment of the media service's tables."""

from alembic import context

from services.media.store import MediaTable
from shared.db import run_migrations

run_migrations(context, MediaTable.metadata, "media")  # type: ignore[arg-type]  # the module stands for an EnvironmentContext
