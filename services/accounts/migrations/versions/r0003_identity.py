"""Customer numbers, PIN changes, channel links, context, the audit trail."""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled by the work that needs it."""


def downgrade() -> None:
    """Undoes `upgrade`."""
