"""The ingest ledger, contents by hash, uploads by idempotency key."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "media_ledger",
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("entry_id", sa.String(), nullable=False, unique=True),
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified", MOMENT, nullable=False),
        sa.Column("interaction_id", sa.String(), nullable=False),
        sa.Column("fate", sa.String(), nullable=False),
        sa.Column("queued", sa.Boolean(), nullable=False),
        sa.Column("step", sa.String()),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String()),
        sa.Column("sha256", sa.String()),
        sa.Column("reason_code", sa.String()),
        sa.Column("reason", sa.Text()),
        sa.Column("duplicate_of", sa.String()),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_media_ledger_interaction_id", "media_ledger", ["interaction_id", "position"])
    op.create_index("ix_media_ledger_fate", "media_ledger", ["fate", "position"])
    op.create_table(
        "media_content",
        sa.Column("sha256", sa.String(), primary_key=True),
        sa.Column("entry_id", sa.String(), nullable=False),
    )
    op.create_table(
        "media_upload",
        sa.Column("upload_id", sa.String(), primary_key=True),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("entry_ids", sa.Text()),
        sa.Column("created_at", MOMENT, nullable=False),
    )


def downgrade() -> None:
    for table in ("media_upload", "media_content", "media_ledger"):
        op.drop_table(table)
