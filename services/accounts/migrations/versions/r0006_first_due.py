"""When the first instalment of an account falls due."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # SQLite adds columns in place only; a copy of the table would break the references to it.
    op.execute("ALTER TABLE accounts_account ADD COLUMN first_due_on DATE")


def downgrade() -> None:
    op.execute("ALTER TABLE accounts_account DROP COLUMN first_due_on")
