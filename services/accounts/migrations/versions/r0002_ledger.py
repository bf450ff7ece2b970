"""The ledger in balanced postings, with kept balances."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.db import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FOR_EVER = {
    "sqlite": (
        "CREATE TRIGGER accounts_{table}_no_update BEFORE UPDATE ON accounts_{table} "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
        "CREATE TRIGGER accounts_{table}_no_delete BEFORE DELETE ON accounts_{table} "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ),
    "postgresql": (
        "CREATE TRIGGER accounts_{table}_no_change BEFORE UPDATE OR DELETE ON accounts_{table} "
        "FOR EACH ROW EXECUTE FUNCTION accounts_ledger_refuse()",
        "CREATE TRIGGER accounts_{table}_no_truncate BEFORE TRUNCATE ON accounts_{table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION accounts_ledger_refuse()",
    ),
}


def upgrade() -> None:
    _keep_balances()
    _create_postings()


def downgrade() -> None:
    _restore_entries()
    op.execute("ALTER TABLE accounts_account DROP COLUMN overdraft_floor")
    op.execute("ALTER TABLE accounts_account DROP COLUMN balance")


def _keep_balances() -> None:
    # SQLite adds columns in place only; a copy of the table would break the references to it.
    op.execute("ALTER TABLE accounts_account ADD COLUMN balance BIGINT NOT NULL DEFAULT 0")
    op.execute(
        "UPDATE accounts_account SET balance = "
        "(SELECT COALESCE(SUM(minor_units), 0) FROM accounts_entry WHERE account_id = accounts_account.id)"
    )
    op.execute(
        "ALTER TABLE accounts_account ADD COLUMN overdraft_floor BIGINT "
        "CONSTRAINT accounts_account_floor CHECK (overdraft_floor IS NULL OR balance >= overdraft_floor)"
    )
    op.execute("UPDATE accounts_account SET overdraft_floor = 0 WHERE kind IN ('checking', 'savings')")
    op.create_index("accounts_account_currency", "accounts_account", ["id", "currency"], unique=True)


def _create_postings() -> None:
    op.execute("ALTER TABLE accounts_transfer ADD COLUMN description VARCHAR NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE accounts_transfer ADD COLUMN counterpart VARCHAR")
    op.execute("ALTER TABLE accounts_transfer ADD COLUMN reverses VARCHAR REFERENCES accounts_transfer (id)")
    op.create_index("accounts_transfer_reverses", "accounts_transfer", ["reverses"], unique=True)
    postings = op.create_table(
        "accounts_posting",
        sa.Column("sequence", _SEQUENCE, primary_key=True),
        sa.Column("transfer_id", sa.String, sa.ForeignKey("accounts_transfer.id"), nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("debit_account_id", sa.String, nullable=False),
        sa.Column("credit_account_id", sa.String, nullable=False),
        sa.Column("minor_units", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("transfer_id", "line", name="accounts_posting_line"),
        sa.CheckConstraint("minor_units > 0", name="accounts_posting_amount"),
        sa.CheckConstraint("debit_account_id <> credit_account_id", name="accounts_posting_sides"),
        *(
            sa.ForeignKeyConstraint(
                [f"{side}_account_id", "currency"],
                ["accounts_account.id", "accounts_account.currency"],
                name=f"accounts_posting_{side}",
            )
            for side in ("debit", "credit")
        ),
    )
    for side in ("debit", "credit"):
        columns = [f"{side}_account_id", "made_at", "sequence"]
        op.create_index(f"accounts_posting_{side}_at", "accounts_posting", columns)
    rows = [posting for transfer in _old_transfers() for posting in _balanced(*transfer)]
    if rows:
        op.bulk_insert(postings, rows)
    op.drop_table("accounts_entry")
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        op.execute(
            "CREATE FUNCTION accounts_ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
        )
    for table in ("posting", "transfer"):
        for statement in _FOR_EVER[dialect]:
            op.execute(statement.format(table=table))


def _old_transfers() -> Iterator[tuple[str, datetime, str, dict[str, int]]]:
    query = sa.text(
        "SELECT transfer.id, transfer.made_at, account.currency, entry.account_id, entry.minor_units "
        "FROM accounts_transfer transfer JOIN accounts_entry entry ON entry.transfer_id = transfer.id "
        "JOIN accounts_account account ON account.id = entry.account_id "
        "ORDER BY transfer.made_at, transfer.id, entry.account_id"
    ).columns(sa.column("id"), sa.column("made_at", UtcDateTime()))
    transfers: dict[str, tuple[datetime, str, dict[str, int]]] = {}
    for transfer_id, made_at, currency, account_id, units in op.get_bind().execute(query):
        transfers.setdefault(transfer_id, (made_at, currency, {}))[2][account_id] = int(units)
    for transfer_id, (made_at, currency, amounts) in transfers.items():
        yield transfer_id, made_at, currency, amounts


def _balanced(transfer_id: str, made_at: datetime, currency: str, amounts: dict[str, int]) -> Iterator[dict[str, Any]]:
    """Postings that do to each account what its entry did; entries that sum to zero always pair up."""
    less = [(account, -units) for account, units in amounts.items() if units < 0]
    more = [(account, units) for account, units in amounts.items() if units > 0]
    line = 0
    while less and more:
        (debit, out), (credit, into) = less.pop(), more.pop()
        units = min(out, into)
        yield {
            "transfer_id": transfer_id, "line": line, "debit_account_id": debit, "credit_account_id": credit,
            "minor_units": units, "currency": currency, "made_at": made_at,
        }  # fmt: skip
        line += 1
        if out > units:
            less.append((debit, out - units))
        if into > units:
            more.append((credit, into - units))


def _restore_entries() -> None:
    entries = op.create_table(
        "accounts_entry",
        sa.Column("transfer_id", sa.String, sa.ForeignKey("accounts_transfer.id"), primary_key=True),
        sa.Column("account_id", sa.String, sa.ForeignKey("accounts_account.id"), primary_key=True, index=True),
        sa.Column("minor_units", sa.BigInteger, nullable=False),
    )
    sides = (
        "SELECT transfer_id, credit_account_id account_id, minor_units FROM accounts_posting UNION ALL "
        "SELECT transfer_id, debit_account_id, -minor_units FROM accounts_posting"
    )
    op.execute(
        f"INSERT INTO {entries.name} SELECT transfer_id, account_id, SUM(minor_units) FROM ({sides}) sides "  # noqa: S608
        "GROUP BY transfer_id, account_id HAVING SUM(minor_units) <> 0"
    )
    op.drop_table("accounts_posting")
    dialect = op.get_bind().dialect.name
    names = ("no_update", "no_delete") if dialect == "sqlite" else ("no_change", "no_truncate")
    for name in names:
        place = " ON accounts_transfer" if dialect == "postgresql" else ""
        op.execute(f"DROP TRIGGER accounts_transfer_{name}{place}")
    if dialect == "postgresql":
        op.execute("DROP FUNCTION accounts_ledger_refuse()")
    op.drop_index("accounts_transfer_reverses", "accounts_transfer")
    for column in ("reverses", "counterpart", "description"):
        op.execute(f"ALTER TABLE accounts_transfer DROP COLUMN {column}")
    op.drop_index("accounts_account_currency", "accounts_account")
