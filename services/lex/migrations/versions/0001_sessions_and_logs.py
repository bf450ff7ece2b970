"""Sessions, conversation logs and their entries."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "lex_sessions",
        sa.Column("bot_id", sa.String(10), primary_key=True),
        sa.Column("alias_id", sa.String(32), primary_key=True),
        sa.Column("locale_id", sa.String(16), primary_key=True),
        sa.Column("session_id", sa.String(100), primary_key=True),
        sa.Column("state", sa.LargeBinary, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False, index=True),
        sa.Column("claim", sa.String(32), nullable=True),
        sa.Column("claimed_until", MOMENT, nullable=True),
    )
    op.create_table(
        "lex_logs",
        sa.Column("bot_id", sa.String(10), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("session_id", sa.String(100), primary_key=True),
        sa.Column("last_entry_at", MOMENT, nullable=False, index=True),
        sa.Column("due_at", MOMENT, nullable=True, index=True),
    )
    op.create_table(
        "lex_log_entries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("bot_id", sa.String(10), nullable=False, index=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("session_id", sa.String(100), nullable=False, index=True),
        sa.Column("entry", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    for table in ("lex_log_entries", "lex_logs", "lex_sessions"):
        op.drop_table(table)
