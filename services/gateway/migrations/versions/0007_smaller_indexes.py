"""Indexes of messages hold only the rows that are looked for by them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_INDEXES = {
    "ix_chat_message_message_id": (["session_id", "message_id"], "message_id"),
    "ix_chat_message_status": (["status", "due_at"], "due_at"),
    "ix_chat_message_customer_id": (["customer_id", "at"], "customer_id"),
}


def upgrade() -> None:
    for name, (columns, of) in _INDEXES.items():
        some = sa.text(f"{of} IS NOT NULL")
        op.drop_index(name, "chat_message")
        unique = name.endswith("message_id")
        op.create_index(name, "chat_message", columns, unique=unique, sqlite_where=some, postgresql_where=some)


def downgrade() -> None:
    for name, (columns, _) in _INDEXES.items():
        op.drop_index(name, "chat_message")
        op.create_index(name, "chat_message", columns, unique=name.endswith("message_id"))
