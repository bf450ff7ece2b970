"""Customers, lock-out, accounts and ledger, payees, payments, applications."""

import sqlalchemy as sa
from alembic import op

from shared.db import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_identity()
    _create_ledger()
    _create_requests()


def downgrade() -> None:
    for name in ("request", "application", "payment", "payee", "entry", "transfer", "account"):
        op.drop_table(f"accounts_{name}")
    for name in ("verification", "lockout", "customer"):
        op.drop_table(f"accounts_{name}")


def _create_identity() -> None:
    op.create_table(
        "accounts_customer",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("first_name", sa.String, nullable=False),
        sa.Column("last_name", sa.String, nullable=False),
        sa.Column("phone", sa.String, nullable=False, unique=True),
        sa.Column("pin_hash", sa.String, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "accounts_lockout",
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("locked_until", UtcDateTime),
    )
    op.create_table(
        "accounts_verification",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("subject", sa.String, nullable=False, index=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("session", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("tried_at", UtcDateTime, nullable=False),
    )


def _create_ledger() -> None:
    op.create_table(
        "accounts_account",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("customer_id", sa.String, sa.ForeignKey("accounts_customer.id"), index=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("number_ending", sa.String, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("instalment", sa.BigInteger),
        sa.Column("due_day", sa.Integer),
        sa.CheckConstraint("due_day BETWEEN 1 AND 28", name="accounts_account_due_day"),
    )
    op.create_table(
        "accounts_transfer",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "accounts_entry",
        sa.Column("transfer_id", sa.String, sa.ForeignKey("accounts_transfer.id"), primary_key=True),
        sa.Column("account_id", sa.String, sa.ForeignKey("accounts_account.id"), primary_key=True, index=True),
        sa.Column("minor_units", sa.BigInteger, nullable=False),
    )


def _create_requests() -> None:
    op.create_table(
        "accounts_payee",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("customer_id", sa.String, sa.ForeignKey("accounts_customer.id"), nullable=False, index=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("number_ending", sa.String, nullable=False),
        sa.Column("account_id", sa.String, sa.ForeignKey("accounts_account.id")),
    )
    op.create_table(
        "accounts_payment",
        sa.Column("receipt_id", sa.String, primary_key=True),
        sa.Column("customer_id", sa.String, sa.ForeignKey("accounts_customer.id"), nullable=False, index=True),
        sa.Column("transfer_id", sa.String, sa.ForeignKey("accounts_transfer.id"), nullable=False),
        sa.Column("from_account_id", sa.String, sa.ForeignKey("accounts_account.id"), nullable=False),
        sa.Column("payee_id", sa.String, sa.ForeignKey("accounts_payee.id"), nullable=False),
        sa.Column("payee_name", sa.String, nullable=False),
        sa.Column("minor_units", sa.BigInteger, nullable=False),
        sa.Column("balance_after", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("paid_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "accounts_application",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("customer_id", sa.String, sa.ForeignKey("accounts_customer.id"), nullable=False, index=True),
        sa.Column("plan_id", sa.String, nullable=False),
        sa.Column("plan_name", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("deposit_minor_units", sa.BigInteger),
        sa.Column("deposit_currency", sa.String),
        sa.Column("applied_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "accounts_request",
        sa.Column("customer_id", sa.String, sa.ForeignKey("accounts_customer.id"), primary_key=True),
        sa.Column("operation", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("result_id", sa.String, nullable=False),
    )
