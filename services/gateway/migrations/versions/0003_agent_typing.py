"""Until when a member of staff counts as typing in a conversation."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("chat_session") as table:
        table.add_column(sa.Column("agent_typing_until", sa.DateTime(timezone=True)))


def downgrade() -> None:
    with op.batch_alter_table("chat_session") as table:
        table.drop_column("agent_typing_until")
