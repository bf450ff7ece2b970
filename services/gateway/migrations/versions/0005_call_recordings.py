"""Recordings of calls on their way to the media service."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "call_recording",
        sa.Column("recording_id", sa.String(34), primary_key=True),
        sa.Column("session_id", sa.String(100), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("started_at", moment),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", sa.String(64)),
    )
    op.create_index("ix_call_recording_status", "call_recording", ["status", "due_at"])


def downgrade() -> None:
    op.drop_table("call_recording")
