"""The transfer that paid a loan off."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # SQLite adds columns in place only, and no unique ones; a copy of the table would break the references to it.
    op.execute("ALTER TABLE accounts_loan ADD COLUMN paid_off_by VARCHAR REFERENCES accounts_transfer (id)")
    op.create_index("ix_accounts_loan_paid_off_by", "accounts_loan", ["paid_off_by"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_accounts_loan_paid_off_by", "accounts_loan")
    op.execute("ALTER TABLE accounts_loan DROP COLUMN paid_off_by")
