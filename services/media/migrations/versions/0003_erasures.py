"""Reasons that are looked for, whose interaction it is, and what was erased."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("media_ledger", sa.Column("customer_digest", sa.String()))
    op.add_column("media_ledger", sa.Column("erasure_id", sa.String()))
    op.create_index("ix_media_ledger_reason", "media_ledger", ["reason_code", "position"])
    op.create_index("ix_media_ledger_customer", "media_ledger", ["customer_digest"])
    op.create_index("ix_media_ledger_erasure", "media_ledger", ["erasure_id"])
    op.create_index("ix_media_ledger_duplicate_of", "media_ledger", ["duplicate_of"])
    op.create_index("ix_media_ledger_stuck", "media_ledger", ["stuck_code"])
    op.create_table(
        "media_erasure",
        sa.Column("erasure_id", sa.String(), primary_key=True),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("subject_digest", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("certificate", sa.Text()),
    )
    op.create_table(
        "media_erased",
        sa.Column("erasure_id", sa.String(), primary_key=True),
        sa.Column("part_id", sa.String(), primary_key=True),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String()),
        sa.Column("erased_at", MOMENT, nullable=False),
    )
