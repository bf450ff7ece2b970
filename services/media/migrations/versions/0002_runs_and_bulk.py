"""Runs, steps with their times, and objects that are let in little by little."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for column in (
        sa.Column("run", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("bulk_id", sa.String()),
        sa.Column("released_at", MOMENT),
        sa.Column("set_aside_key", sa.Text()),
        sa.Column("seconds_heard", sa.Float()),
        sa.Column("seconds_total", sa.Float()),
        sa.Column("stuck_code", sa.String()),
        sa.Column("stuck_at", MOMENT),
    ):
        op.add_column("media_ledger", column)
    op.create_index("ix_media_ledger_start", "media_ledger", ["fate", "queued", "bulk_id", "position"])
    op.create_index("ix_media_ledger_bulk", "media_ledger", ["bulk_id", "fate", "released_at", "position"])
    op.create_index("ix_media_ledger_updated", "media_ledger", ["updated_at", "position"])
    op.create_table(
        "media_step",
        sa.Column("entry_id", sa.String(), primary_key=True),
        sa.Column("run", sa.Integer(), primary_key=True),
        sa.Column("step", sa.String(), primary_key=True),
        sa.Column("attempt", sa.Integer(), primary_key=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("outcome", sa.String()),
    )
    op.create_table(
        "media_bulk",
        sa.Column("bulk_id", sa.String(), primary_key=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("listed_to", sa.Text()),
        sa.Column("objects", sa.Integer(), nullable=False),
        sa.Column("unreadable", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
    )
    op.create_table(
        "media_release",
        sa.Column("released_at", MOMENT, primary_key=True),
        sa.Column("entries", sa.Integer(), nullable=False),
    )
