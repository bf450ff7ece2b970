"""Alembic's entry point."""

from alembic import context

from services.gateway.store import METADATA
from shared.db import run_migrations

run_migrations(context, METADATA, "gateway")  # type: ignore[arg-type]
