"""Limits that all processes share, and from which message on the numbers of buttons count."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "shared_limit",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("full_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_shared_limit_full_at", "shared_limit", ["full_at"])
    op.add_column("chat_session", sa.Column("choices_after", sa.Integer))


def downgrade() -> None:
    with op.batch_alter_table("chat_session") as table:
        table.drop_column("choices_after")
    op.drop_table("shared_limit")
