"""Alembic's entry: migrations run at start, inside the service (`shared.db`)."""

from alembic import context

from services.accounts.store import AccountsTable
from shared.db import run_migrations

run_migrations(context, AccountsTable.metadata, "accounts")  # type: ignore[arg-type]  # the module stands for an EnvironmentContext
