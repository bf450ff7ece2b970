"""Plans, decisions on applications, terms of loans, imported users."""

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled by the work that needs it."""


def downgrade() -> None:
    """Undoes `upgrade`."""
