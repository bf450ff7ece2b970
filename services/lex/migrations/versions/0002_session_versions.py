"""Sessions have a version, which every write changes, in place of the token of a claim."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("lex_sessions") as table:
        table.add_column(sa.Column("version", sa.BigInteger, nullable=False, server_default="0"))
        table.drop_column("claim")


def downgrade() -> None:
    with op.batch_alter_table("lex_sessions") as table:
        table.add_column(sa.Column("claim", sa.String(32), nullable=True))
        table.drop_column("version")
