"""Chats, their messages, and staff."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "chat_session",
        sa.Column("session_id", sa.String(100), primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("last_turn_at", moment, nullable=False),
        sa.Column("ended_at", moment),
        sa.Column("last_sequence", sa.Integer, nullable=False),
        sa.Column("intent", sa.String),
        sa.Column("slot_to_elicit", sa.String),
        sa.Column("state", sa.String),
        sa.Column("verified", sa.Boolean, nullable=False),
    )
    op.create_table(
        "chat_message",
        sa.Column("session_id", sa.String(100), sa.ForeignKey("chat_session.session_id"), primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("sender", sa.String(8), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("content_type", sa.String(32), nullable=False),
        sa.Column("content", sa.String),
        sa.Column("card", sa.JSON),
    )
    op.create_table(
        "staff_member",
        sa.Column("username", sa.String(64), primary_key=True),
        sa.Column("password_hash", sa.String, nullable=False),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("token_version", sa.String(32), nullable=False),
        sa.Column("created_at", moment, nullable=False),
    )


def downgrade() -> None:
    for table in ("staff_member", "chat_message", "chat_session"):
        op.drop_table(table)
