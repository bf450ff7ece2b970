"""Plans, decisions on applications, terms of loans, imported users."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from shared.db import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SEEDED_AT = datetime(2026, 1, 1, tzinfo=UTC)
# What a new bank starts with: id, kind, name, summary, yearly rate in parts per million, term in months, least
# opening deposit and most that is lent in cents, who may have it. Staff change them by PUT /plans/{id}.
_PLANS: tuple[tuple[str, str, str, str, int, int | None, int, int | None, dict[str, object]], ...] = (
    ("everyday-checking", "checking", "Everyday Checking", "No monthly fee.", 1_000, None, 25_00, None, {}),
    ("premier-checking", "checking", "Premier Checking", "No fees abroad.", 7_500, None, 1_500_00, None, {}),
    ("goal-savings", "savings", "Goal Savings", "Withdraw at any time.", 21_000, None, 25_00, None, {}),
    (
        "high-yield-savings", "savings", "High-Yield Savings", "Our best open rate.", 41_500, None, 5_000_00, None,
        {"one_per_customer": True},
    ),
    ("certificate-12", "certificate", "12-Month Certificate", "Fixed for a year.", 45_000, 12, 1_000_00, None, {}),
    (
        "certificate-36", "certificate", "36-Month Certificate", "Fixed for three years.", 42_500, 36, 1_000_00, None,
        {},
    ),
    (
        "cashback-card", "credit_card", "Cashback Card", "1.5% back on every purchase, no yearly fee.", 199_900, None,
        0, 15_000_00, {},
    ),
    (
        "low-rate-card", "credit_card", "Low-Rate Card", "For those who carry a balance.", 139_900, None, 0, 10_000_00,
        {"one_per_customer": True},
    ),
    ("auto-loan-60", "auto_loan", "Auto Loan", "New and used cars, up to 60 months.", 64_900, 60, 0, 75_000_00, {}),
    (
        "personal-loan-36", "personal_loan", "Personal Loan", "Up to $35,000, up to 36 months.", 109_900, 36, 0,
        35_000_00, {"customer_for_days": 90},
    ),
    (
        "mortgage-30-fixed", "mortgage", "30-Year Fixed Mortgage", "The same payment for thirty years.", 66_200, 360, 0,
        1_500_000_00, {},
    ),
    (
        "mortgage-15-fixed", "mortgage", "15-Year Fixed Mortgage", "Paid off sooner, at a lower rate.", 58_900, 180, 0,
        1_500_000_00, {},
    ),
    (
        "home-equity-line", "home_equity_line", "Home Equity Line", "Borrow against your home.", 82_500, 240, 0,
        250_000_00, {"holds": "mortgage"},
    ),
)  # fmt: skip


def upgrade() -> None:
    _create_plans()
    op.add_column("accounts_account", sa.Column("number", sa.String))
    op.create_index("accounts_account_number", "accounts_account", ["number"], unique=True)
    with op.batch_alter_table("accounts_application") as table:
        table.add_column(sa.Column("amount_minor_units", sa.BigInteger))
        table.add_column(sa.Column("amount_currency", sa.String))
        table.add_column(sa.Column("term_months", sa.Integer))
        table.add_column(sa.Column("funding_account_id", sa.String))
        table.add_column(sa.Column("decided_at", UtcDateTime))
        table.add_column(sa.Column("decided_by", sa.String))
        table.add_column(sa.Column("reason", sa.String))
        table.add_column(sa.Column("account_id", sa.String))
        for column in ("funding_account_id", "account_id"):
            table.create_foreign_key(f"accounts_application_{column}", "accounts_account", [column], ["id"])
        table.create_index("accounts_application_listing", ["status", "applied_at", "id"])
    _create_loans()
    _create_imports()


def downgrade() -> None:
    for name in ("import", "loan", "chosen_plan"):
        op.drop_table(f"accounts_{name}")
    with op.batch_alter_table("accounts_application") as table:
        table.drop_index("accounts_application_listing")
        for column in ("funding_account_id", "account_id"):
            table.drop_constraint(f"accounts_application_{column}", type_="foreignkey")
        for column in (
            "amount_minor_units", "amount_currency", "term_months", "funding_account_id", "decided_at", "decided_by",
            "reason", "account_id",
        ):  # fmt: skip
            table.drop_column(column)
    op.drop_index("accounts_account_number", "accounts_account")
    op.drop_column("accounts_account", "number")
    op.drop_table("accounts_plan")


def _create_plans() -> None:
    plans = op.create_table(
        "accounts_plan",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("summary", sa.String, nullable=False),
        sa.Column("rate_ppm", sa.Integer, nullable=False),
        sa.Column("term_months", sa.Integer),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("minimum_deposit", sa.BigInteger, nullable=False),
        sa.Column("max_amount", sa.BigInteger),
        sa.Column("eligibility", sa.JSON, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("rate_ppm >= 0 AND minimum_deposit >= 0", name="accounts_plan_amounts"),
    )
    names = (
        "id", "kind", "name", "summary", "rate_ppm", "term_months", "minimum_deposit", "max_amount",
        "eligibility",
    )  # fmt: skip
    same = {"currency": "USD", "active": True, "changed_at": _SEEDED_AT}
    op.bulk_insert(plans, [dict(zip(names, row, strict=True)) | same for row in _PLANS])


def _create_loans() -> None:
    op.create_table(
        "accounts_chosen_plan",
        sa.Column("account_id", sa.String, sa.ForeignKey("accounts_account.id"), primary_key=True),
        sa.Column("customer_id", sa.String, sa.ForeignKey("accounts_customer.id"), nullable=False, index=True),
        sa.Column("plan_id", sa.String, nullable=False),
        sa.Column("plan_name", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("credit_limit", sa.BigInteger),
        sa.Column("chosen_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "accounts_loan",
        sa.Column("account_id", sa.String, sa.ForeignKey("accounts_account.id"), primary_key=True),
        sa.Column("principal", sa.BigInteger, nullable=False),
        sa.Column("rate_ppm", sa.Integer, nullable=False),
        sa.Column("term_months", sa.Integer, nullable=False),
        sa.Column("first_payment_on", sa.Date, nullable=False),
        sa.Column("payment", sa.BigInteger, nullable=False),
        sa.Column("escrow_monthly", sa.BigInteger, nullable=False),
        sa.Column("escrow_balance", sa.BigInteger),
        sa.Column("charged_to", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False, index=True),
        sa.CheckConstraint(
            "principal > 0 AND rate_ppm >= 0 AND term_months > 0 AND payment >= 0 AND escrow_monthly >= 0",
            name="accounts_loan_terms",
        ),
    )


def _create_imports() -> None:
    op.create_table(
        "accounts_import",
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("customer_id", sa.String, sa.ForeignKey("accounts_customer.id"), nullable=False),
        sa.Column("result_id", sa.String, nullable=False),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("imported_at", UtcDateTime, nullable=False),
    )
