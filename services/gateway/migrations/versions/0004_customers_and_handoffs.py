"""Whose messages they were, which message each sending belongs to, and how a hand-off goes on."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("chat_session", sa.Column("customer_id", sa.String(40)))
    op.add_column("chat_message", sa.Column("customer_id", sa.String(40)))
    op.create_index("ix_chat_message_customer_id", "chat_message", ["customer_id", "at"])
    op.add_column("outgoing_message", sa.Column("sequence", sa.Integer))
    op.add_column("handoff", sa.Column("waiting_since", moment))
    op.add_column("handoff", sa.Column("told_at", moment))
    op.add_column("handoff", sa.Column("active_at", moment))
    op.add_column("handoff", sa.Column("unanswered_since", moment))
    op.add_column("handoff", sa.Column("ended_by", sa.String(64)))
    op.execute("UPDATE handoff SET waiting_since = created_at, active_at = taken_at")
    with op.batch_alter_table("handoff") as table:
        table.alter_column("waiting_since", existing_type=moment, nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("handoff") as table:
        for column in ("waiting_since", "told_at", "active_at", "unanswered_since", "ended_by"):
            table.drop_column(column)
    with op.batch_alter_table("outgoing_message") as table:
        table.drop_column("sequence")
    op.drop_index("ix_chat_message_customer_id", "chat_message")
    with op.batch_alter_table("chat_message") as table:
        table.drop_column("customer_id")
    with op.batch_alter_table("chat_session") as table:
        table.drop_column("customer_id")
