"""Answers that may not be worked out twice."""

import sqlalchemy as sa
from alembic import op

from services.bot.store.tables import plain_text
from shared.db import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bot_answer",
        sa.Column("digest", plain_text(64), primary_key=True),
        sa.Column("claimed_at", UtcDateTime, nullable=False, index=True),
        sa.Column("answer", sa.Text),
    )


def downgrade() -> None:
    op.drop_table("bot_answer")
