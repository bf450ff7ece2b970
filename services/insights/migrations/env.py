from alembic import context

from services.insights.store import InsightsTable
from shared.db import run_migrations

run_migrations(context, InsightsTable.metadata, "insights")  # type: ignore[arg-type]
