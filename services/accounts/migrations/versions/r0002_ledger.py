"""The ledger in balanced postings; scheduled payments, limits."""

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled by the work that needs it."""


def downgrade() -> None:
    """Undoes `upgrade`."""
