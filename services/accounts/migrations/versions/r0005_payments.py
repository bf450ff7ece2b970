"""Scheduled payments, payees with a date, answers by idempotency key."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.db import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _extend_payees()
    _rebuild_payments()
    _rebuild_requests()


def downgrade() -> None:
    _restore_requests()
    _restore_payments()
    _restore_payees()


def _extend_payees() -> None:
    op.execute("ALTER TABLE accounts_payee ADD COLUMN number_hash VARCHAR")
    op.add_column(
        "accounts_payee",
        sa.Column("added_at", UtcDateTime, nullable=False, server_default="1970-01-01 00:00:00+00:00"),
    )
    op.execute(
        "UPDATE accounts_payee SET added_at = "
        "(SELECT created_at FROM accounts_customer WHERE accounts_customer.id = accounts_payee.customer_id)"
    )
    op.add_column("accounts_payee", sa.Column("removed_at", UtcDateTime))
    present = sa.text("removed_at IS NULL")
    op.create_index(
        "accounts_payee_number",
        "accounts_payee",
        ["customer_id", "number_hash"],
        unique=True,
        sqlite_where=present,
        postgresql_where=present,
    )


def _payment_columns() -> list[sa.Column[Any]]:
    """What was there before, without what may now be missing."""
    return [
        sa.Column("receipt_id", sa.String, primary_key=True),
        sa.Column("customer_id", sa.String, sa.ForeignKey("accounts_customer.id"), nullable=False),
        sa.Column("from_account_id", sa.String, sa.ForeignKey("accounts_account.id"), nullable=False),
        sa.Column("payee_id", sa.String, sa.ForeignKey("accounts_payee.id"), nullable=False),
        sa.Column("payee_name", sa.String, nullable=False),
        sa.Column("minor_units", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
    ]


def _rebuild_payments() -> None:
    rows = _taken_away("accounts_payment", "paid_at")
    payments = op.create_table(
        "accounts_payment",
        *_payment_columns(),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("memo", sa.String),
        sa.Column("ordered_at", UtcDateTime, nullable=False),
        sa.Column("pay_on", sa.Date),
        sa.Column("value_date", sa.Date, nullable=False),
        sa.Column("next_try_at", UtcDateTime),
        sa.Column("transfer_id", sa.String, sa.ForeignKey("accounts_transfer.id"), unique=True),
        sa.Column("balance_after", sa.BigInteger),
        sa.Column("paid_at", UtcDateTime),
        sa.Column("undo_until", UtcDateTime),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("failure", sa.String),
        sa.CheckConstraint("minor_units > 0", name="accounts_payment_amount"),
        sa.CheckConstraint(
            "status IN ('paid', 'scheduled', 'cancelled', 'reversed', 'failed')", name="accounts_payment_status"
        ),
        sa.CheckConstraint(
            "(status IN ('paid', 'reversed')) = (transfer_id IS NOT NULL)", name="accounts_payment_transfer"
        ),
    )
    op.create_index("accounts_payment_listing", "accounts_payment", ["customer_id", "ordered_at", "receipt_id"])
    op.create_index("accounts_payment_day", "accounts_payment", ["customer_id", "value_date"])
    waiting = sa.text("status = 'scheduled'")
    op.create_index(
        "accounts_payment_due",
        "accounts_payment",
        ["next_try_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    if rows:
        made = [{"ordered_at": row["paid_at"], "value_date": row["paid_at"].astimezone(UTC).date()} for row in rows]
        op.bulk_insert(
            payments,
            [{**row, **times, "status": "paid", "channel": "web"} for row, times in zip(rows, made, strict=True)],
        )


def _rebuild_requests() -> None:
    """A key used before keeps its claim, without its answer: its retry is refused, never carried out again."""
    rows = _taken_away("accounts_request")
    requests = op.create_table(
        "accounts_request",
        sa.Column("owner", sa.String, primary_key=True),
        sa.Column("operation", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("answer", sa.String),
        sa.Column("made_at", UtcDateTime, nullable=False, index=True),
    )
    now = datetime.now(UTC)
    if rows:
        op.bulk_insert(
            requests,
            [
                {
                    "owner": row["customer_id"],
                    "operation": row["operation"],
                    "key": row["key"],
                    "fingerprint": "made before answers were kept",
                    "made_at": now,
                }
                for row in rows
            ],
        )


def _taken_away(table: str, *moments: str) -> list[dict[str, Any]]:
    """The rows of a table that nothing refers to, which is dropped."""
    # By name: columns that are given as such are taken to be the first ones.
    typed = sa.text(f"SELECT * FROM {table}").columns(**{name: UtcDateTime() for name in moments})  # noqa: S608
    rows = [dict(row) for row in op.get_bind().execute(typed).mappings()]
    op.drop_table(table)
    return rows


def _restore_requests() -> None:
    _taken_away("accounts_request")
    op.create_table(
        "accounts_request",
        sa.Column("customer_id", sa.String, sa.ForeignKey("accounts_customer.id"), primary_key=True),
        sa.Column("operation", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("result_id", sa.String, nullable=False),
    )


def _restore_payments() -> None:
    """Only payments that moved money fit the old table; what was scheduled, cancelled or failed is lost."""
    rows = [row for row in _taken_away("accounts_payment", "paid_at") if row["transfer_id"]]
    payments = op.create_table(
        "accounts_payment",
        *_payment_columns(),
        sa.Column("transfer_id", sa.String, sa.ForeignKey("accounts_transfer.id"), nullable=False),
        sa.Column("balance_after", sa.BigInteger, nullable=False),
        sa.Column("paid_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_accounts_payment_customer_id", "accounts_payment", ["customer_id"])
    if rows:
        kept = [{name: row[name] for name in payments.columns.keys()} for row in rows]  # noqa: SIM118  not a dict
        op.bulk_insert(payments, kept)


def _restore_payees() -> None:
    op.drop_index("accounts_payee_number", "accounts_payee")
    for column in ("removed_at", "added_at", "number_hash"):
        op.execute(f"ALTER TABLE accounts_payee DROP COLUMN {column}")
