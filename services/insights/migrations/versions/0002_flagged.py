"""Whether an interaction is kept out of averages; those indexed before had no flags."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("interaction", sa.Column("flagged", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("interaction", "flagged")
