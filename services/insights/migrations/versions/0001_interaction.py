"""The table of interactions, with an index for each sort key."""

import sqlalchemy as sa
from alembic import op

from shared.db import UtcDateTime

revision = "0001"
down_revision = None

_SORT_KEYS = (
    "started_at",
    "duration",
    "caller_average",
    "caller_trend",
    "agent_average",
    "agent_trend",
    "channel",
    "turn_count",
)


def upgrade() -> None:
    op.create_table(
        "interaction",
        sa.Column("interaction_id", _plain_text(200), primary_key=True),
        sa.Column("processed_at", UtcDateTime, nullable=False),
        sa.Column("kind", _plain_text(16), nullable=False),
        sa.Column("channel", _plain_text(32), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("duration", sa.Float, nullable=False),
        sa.Column("turn_count", sa.Integer, nullable=False),
        sa.Column("caller_average", sa.Float),
        sa.Column("caller_trend", sa.Float),
        sa.Column("agent_average", sa.Float),
        sa.Column("agent_trend", sa.Float),
        sa.Column("header", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    for key in _SORT_KEYS:
        op.create_index(f"interaction_{key}", "interaction", [key, "interaction_id"])


def downgrade() -> None:
    op.drop_table("interaction")


def _plain_text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
