"""Copies of the FAQ that a search service keeps."""

import sqlalchemy as sa
from alembic import op

from services.bot.store.tables import plain_text
from shared.db import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bot_faq_publication",
        sa.Column("name", plain_text(100), primary_key=True),
        sa.Column("index_id", sa.String(36), nullable=False),
        sa.Column("position", sa.Integer, sa.ForeignKey("bot_faq_activation.position"), nullable=False),
        sa.Column("number", sa.Integer, sa.ForeignKey("bot_faq_version.number"), nullable=False, index=True),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("faq_id", sa.String(100)),
        sa.Column("reason", sa.Text),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.Column("removed_at", UtcDateTime),
        sa.UniqueConstraint("index_id", "position", "language", "attempt"),
    )


def downgrade() -> None:
    op.drop_table("bot_faq_publication")
