"""What a bulk holds, in the order in which it is let in."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    held = sa.text("released_at IS NULL")
    columns = ["bulk_id", "fate", "position"]
    op.create_index("ix_media_ledger_held", "media_ledger", columns, postgresql_where=held, sqlite_where=held)
