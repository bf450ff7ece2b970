from alembic import context

from services.lex.store import LexTable
from shared.db import run_migrations

run_migrations(context, LexTable.metadata, "lex")  # type: ignore[arg-type]  # a module that proxies the context
