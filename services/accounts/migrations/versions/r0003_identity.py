"""Customer numbers, PIN changes, channel links, context, the audit trail."""

import sqlalchemy as sa
from alembic import op

from services.accounts.ids import new_customer_number
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
    _extend_customers()
    _create_former_pins()
    _create_links()
    _create_context()
    _create_audit()


def downgrade() -> None:
    for name in ("audit_head", "audit", "context", "link", "former_pin"):
        op.drop_table(f"accounts_{name}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION accounts_audit_refuse()")
    op.drop_index("ix_accounts_verification_subject_tried_at", "accounts_verification")
    op.drop_column("accounts_lockout", "retry_at")
    op.drop_index("ix_accounts_customer_customer_number", "accounts_customer")
    for name in ("cooling_off_until", "locale", "customer_number"):
        op.drop_column("accounts_customer", name)


def _extend_customers() -> None:
    """Adds columns in place: SQLite's way of rebuilding a table does not go with rows that refer to it."""
    op.add_column("accounts_customer", sa.Column("customer_number", sa.String, nullable=False, server_default=""))
    op.add_column("accounts_customer", sa.Column("locale", sa.String, nullable=False, server_default="en_US"))
    op.add_column("accounts_customer", sa.Column("cooling_off_until", UtcDateTime))
    _number_customers()
    op.create_index("ix_accounts_customer_customer_number", "accounts_customer", ["customer_number"], unique=True)
    op.add_column("accounts_lockout", sa.Column("retry_at", UtcDateTime))
    op.create_index("ix_accounts_verification_subject_tried_at", "accounts_verification", ["subject", "tried_at", "id"])


def _number_customers() -> None:
    """Gives each customer a number of eight digits that no other has."""
    connection = op.get_bind()
    customers = sa.table("accounts_customer", sa.column("id"), sa.column("customer_number"))
    ids = connection.execute(sa.select(customers.c.id)).scalars().all()
    numbers: set[str] = set()
    while len(numbers) < len(ids):
        numbers.add(new_customer_number())
    for customer_id, number in zip(ids, numbers, strict=True):
        connection.execute(customers.update().where(customers.c.id == customer_id).values(customer_number=number))


def _create_former_pins() -> None:
    op.create_table(
        "accounts_former_pin",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("customer_id", sa.String, sa.ForeignKey("accounts_customer.id"), nullable=False, index=True),
        sa.Column("pin_hash", sa.String, nullable=False),
        sa.Column("replaced_at", UtcDateTime, nullable=False),
    )


def _create_links() -> None:
    op.create_table(
        "accounts_link",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("customer_id", sa.String, sa.ForeignKey("accounts_customer.id"), nullable=False, index=True),
        sa.Column("linked_at", UtcDateTime, nullable=False),
        sa.Column("verified_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("channel", "address", name="accounts_link_one_customer"),
    )


def _create_context() -> None:
    op.create_table(
        "accounts_context",
        sa.Column("customer_id", sa.String, sa.ForeignKey("accounts_customer.id"), primary_key=True),
        sa.Column("intent", sa.String, nullable=False),
        sa.Column("slots", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("session", sa.String, nullable=False),
        sa.Column("saved_at", UtcDateTime, nullable=False),
        sa.Column("expires", UtcDateTime, nullable=False, index=True),
    )


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
