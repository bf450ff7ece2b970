"""Channels that are reached through a provider: what waits for a turn, what waits to be sent, who answers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    with op.batch_alter_table("chat_session") as table:
        table.add_column(sa.Column("locale_id", sa.String(16)))
        table.add_column(sa.Column("address", sa.String(64)))
        table.add_column(sa.Column("reach", sa.LargeBinary))
        table.add_column(sa.Column("choices", sa.JSON))
        table.add_column(sa.Column("owner", sa.String(80)))
        table.add_column(sa.Column("turn_by", sa.String(64)))
        table.add_column(sa.Column("paused_until", moment))
    with op.batch_alter_table("chat_message") as table:
        table.add_column(sa.Column("message_id", sa.String(80)))
        table.add_column(sa.Column("reply_to", sa.Integer))
        table.add_column(sa.Column("status", sa.String(16)))
        table.add_column(sa.Column("sealed", sa.LargeBinary))
        table.add_column(sa.Column("attempts", sa.Integer, nullable=False, server_default="0"))
        table.add_column(sa.Column("due_at", moment))
    op.create_index("ix_chat_message_message_id", "chat_message", ["session_id", "message_id"], unique=True)
    op.create_index("ix_chat_message_status", "chat_message", ["status", "due_at"])
    op.create_table(
        "outgoing_message",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session_id", sa.String(100), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("reply_to", sa.Integer),
        sa.Column("payload", sa.LargeBinary),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("sending_by", sa.String(64)),
        sa.Column("sent_at", moment),
        sa.Column("provider_id", sa.String(80)),
        sa.Column("delivery", sa.String(32)),
        sa.Column("error", sa.String(64)),
    )
    op.create_index("ix_outgoing_message_session_id", "outgoing_message", ["session_id"])
    op.create_index("ix_outgoing_message_provider_id", "outgoing_message", ["provider_id"])
    op.create_index("ix_outgoing_message_status", "outgoing_message", ["status", "due_at"])
    op.create_table(
        "gateway_instance",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("seen_at", moment, nullable=False),
    )
    op.create_table(
        "opt_out",
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("address", sa.String(64), primary_key=True),
        sa.Column("word", sa.String(16), nullable=False),
        sa.Column("since", moment, nullable=False),
    )
    op.create_table(
        "handoff",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("session_id", sa.String(100), sa.ForeignKey("chat_session.session_id"), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("packet", sa.LargeBinary, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("taken_by", sa.String(64)),
        sa.Column("taken_at", moment),
        sa.Column("ended_at", moment),
    )
    op.create_index("ix_handoff_session_id", "handoff", ["session_id"])
    op.create_index("ix_handoff_status", "handoff", ["status", "created_at"])
    op.create_table(
        "slack_install",
        sa.Column("team_id", sa.String(32), primary_key=True),
        sa.Column("team_name", sa.String(200), nullable=False),
        sa.Column("bot_user_id", sa.String(32), nullable=False),
        sa.Column("token", sa.LargeBinary),
        sa.Column("scopes", sa.String(1000), nullable=False),
        sa.Column("installed_by", sa.String(32), nullable=False),
        sa.Column("installed_at", moment, nullable=False),
        sa.Column("revoked_at", moment),
    )


def downgrade() -> None:
    for name in ("slack_install", "handoff", "opt_out", "gateway_instance", "outgoing_message"):
        op.drop_table(name)
    op.drop_index("ix_chat_message_status", "chat_message")
    op.drop_index("ix_chat_message_message_id", "chat_message")
    with op.batch_alter_table("chat_message") as table:
        for column in ("message_id", "reply_to", "status", "sealed", "attempts", "due_at"):
            table.drop_column(column)
    with op.batch_alter_table("chat_session") as table:
        for column in ("locale_id", "address", "reach", "choices", "owner", "turn_by", "paused_until"):
            table.drop_column(column)
