"""Versions of the FAQ, which of them was active when, and questions that nobody could answer."""

import sqlalchemy as sa
from alembic import op

from services.bot.store.tables import plain_text
from shared.db import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bot_faq_version",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.String(64), nullable=False, index=True),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.CheckConstraint("number > 0", name="bot_faq_version_number"),
    )
    op.create_table(
        "bot_faq_activation",
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, sa.ForeignKey("bot_faq_version.number"), nullable=False),
        sa.Column("activated_at", UtcDateTime, nullable=False),
        sa.Column("activated_by", sa.String(64), nullable=False),
    )
    op.create_table(
        "bot_faq_unanswered",
        sa.Column("question_id", plain_text(32), primary_key=True),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("channels", sa.Text, nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("first_asked_at", UtcDateTime, nullable=False),
        sa.Column("last_asked_at", UtcDateTime, nullable=False),
        sa.Column("done_at", UtcDateTime),
        sa.Column("done_by", sa.String(64)),
    )
    op.create_index("bot_faq_unanswered_recent", "bot_faq_unanswered", ["last_asked_at", "question_id"])
    op.create_index("bot_faq_unanswered_asked", "bot_faq_unanswered", ["asked", "question_id"])


def downgrade() -> None:
    for table in ("unanswered", "activation", "version"):
        op.drop_table(f"bot_faq_{table}")
