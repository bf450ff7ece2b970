"""Customer numbers, PIN changes, channel links, context, the audit trail."""

import sqlalchemy as sa
from alembic import op

from shared.db import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# A statement a trigger: what SQLite and PostgreSQL have in common ends at the name.
_APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER accounts_audit_no_update BEFORE UPDATE ON accounts_audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END",
        "CREATE TRIGGER accounts_audit_no_delete BEFORE DELETE ON accounts_audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END",
        "CREATE TRIGGER accounts_audit_head_no_delete BEFORE DELETE ON accounts_audit_head "
        "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END",
        "CREATE TRIGGER accounts_audit_head_forward BEFORE UPDATE ON accounts_audit_head "
        "WHEN NEW.chain <> OLD.chain OR NEW.seq <> OLD.seq + 1 "
        "BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION accounts_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$",
        "CREATE TRIGGER accounts_audit_no_change BEFORE UPDATE OR DELETE ON accounts_audit "
        "FOR EACH ROW EXECUTE FUNCTION accounts_audit_refuse()",
        "CREATE TRIGGER accounts_audit_no_truncate BEFORE TRUNCATE ON accounts_audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION accounts_audit_refuse()",
        "CREATE TRIGGER accounts_audit_head_no_delete BEFORE DELETE ON accounts_audit_head "
        "FOR EACH ROW EXECUTE FUNCTION accounts_audit_refuse()",
        "CREATE TRIGGER accounts_audit_head_no_truncate BEFORE TRUNCATE ON accounts_audit_head "
        "FOR EACH STATEMENT EXECUTE FUNCTION accounts_audit_refuse()",
        "CREATE TRIGGER accounts_audit_head_forward BEFORE UPDATE ON accounts_audit_head "
        "FOR EACH ROW WHEN (NEW.chain <> OLD.chain OR NEW.seq <> OLD.seq + 1) "
        "EXECUTE FUNCTION accounts_audit_refuse()",
    ),
}


def upgrade() -> None:
    _create_audit()


def downgrade() -> None:
    op.drop_table("accounts_audit_head")
    op.drop_table("accounts_audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION accounts_audit_refuse()")


def _create_audit() -> None:
    op.create_table(
        "accounts_audit",
        sa.Column("chain", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", UtcDateTime, nullable=False, index=True),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("customer_id", sa.String),
        sa.Column("channel", sa.String),
        sa.Column("request_id", sa.String),
        sa.Column("details", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )
    op.create_index("ix_accounts_audit_customer", "accounts_audit", ["customer_id", "at"])
    op.create_table(
        "accounts_audit_head",
        sa.Column("chain", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("seal", sa.String, nullable=False),
    )
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
