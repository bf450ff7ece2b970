from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, bindparam, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from services.accounts import ledger
from services.accounts.ledger import Movement
from services.accounts.money import in_words
from services.accounts.store import PostingRow
from shared.db import Database, UtcDateTime
from shared.errors import Conflict
from shared.schemas.base import Money
from tests.accounts.bank import Bank, on_sqlite

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
async def own(bank: Bank, maya: str) -> dict[str, str]:
    """Maya's accounts by kind, and the bank's own."""
    accounts = {kind: account.account_id for kind, account in (await bank.accounts(maya)).items()}
    return {**accounts, "settlement": await bank.database.write(_settlement)}


def _settlement(session: Session) -> str:
    return ledger.own_account(session, "settlement", "USD")


def moving(**amounts: int) -> Callable[[dict[str, str]], Movement]:
    return lambda own: Movement(
        purpose="test", made_at=NOON, amounts={own[kind]: units for kind, units in amounts.items()}
    )


async def balances(bank: Bank) -> dict[str, int]:
    async with bank.database.reading() as session:
        rows = await session.execute(text("SELECT id, balance FROM accounts_account"))
        return {account_id: balance for account_id, balance in rows}  # noqa: C416  rows are no pairs to mypy


@pytest.mark.parametrize("amounts", [{}, {"a": 5}, {"a": 5, "b": -4}, {"a": 0, "b": 0}])
@on_sqlite
async def test_transfer_that_does_not_balance_is_refused(bank: Bank, amounts: dict[str, int]) -> None:
    before = await bank.postings()
    async with bank.database.transaction() as session:
        with pytest.raises(ValueError, match="sum to zero"):
            await ledger.post(session, "test", datetime(2026, 1, 1, tzinfo=UTC), amounts)
    assert await bank.postings() == before


async def test_transfer_among_many_accounts_is_posted_in_pairs(bank: Bank, own: dict[str, str]) -> None:
    before = await balances(bank)
    movement = moving(checking=-700_00, savings=200_00, credit_card=300_00, settlement=200_00)(own)
    transfer_id = (await bank.database.write(lambda session: ledger.enter(session, movement)))[0]
    lines = [posting for posting in await bank.postings() if posting.transfer_id == transfer_id]
    assert [line.line for line in lines] == [0, 1, 2]
    assert all(line.debit_account_id == own["checking"] for line in lines)
    after = await balances(bank)
    assert {account: after[account] - before[account] for account in movement.amounts} == movement.amounts
    assert (await bank.proof()).holds


async def test_deposit_account_never_goes_below_zero(bank: Bank, own: dict[str, str]) -> None:
    movement = moving(checking=-5_240_19, settlement=5_240_19)(own)
    with pytest.raises(Conflict, match="not enough money"):
        await bank.database.write(lambda session: ledger.enter(session, movement))
    with pytest.raises(DBAPIError, match="accounts_account_floor"):
        await bank.database.write(
            lambda session: session.execute(text("UPDATE accounts_account SET balance = -1 WHERE kind = 'checking'"))
        )
    assert (await bank.proof()).holds


@on_sqlite
async def test_transfer_to_an_account_that_is_not_there_is_refused(bank: Bank, own: dict[str, str]) -> None:
    movement = moving(checking=-1, nobody=1)({**own, "nobody": "AC-NONE"})
    with pytest.raises(ValueError, match="no such account"):
        await bank.database.write(lambda session: ledger.enter(session, movement))


async def test_currencies_do_not_mix(bank: Bank, own: dict[str, str]) -> None:
    euros = await bank.database.write(lambda session: ledger.own_account(session, "settlement", "EUR"))
    movement = moving(checking=-1, euros=1)({**own, "euros": euros})
    with pytest.raises(ValueError, match="one currency"):
        await bank.database.write(lambda session: ledger.enter(session, movement))
    with pytest.raises(DBAPIError):
        await bank.database.write(lambda session: session.add(_line(own["checking"], euros)))


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [({"minor_units": 0}, "accounts_posting_amount"), ({"credit_account_id": "checking"}, "accounts_posting_sides")],
)
async def test_posting_that_is_none_is_refused_by_the_database(
    bank: Bank, own: dict[str, str], changes: dict[str, int | str], constraint: str
) -> None:
    row = _line(own["checking"], own["settlement"])
    for name, value in changes.items():
        setattr(row, name, own[value] if isinstance(value, str) else value)
    with pytest.raises(DBAPIError, match=constraint):
        await bank.database.write(lambda session: session.add(row))


def _line(debit: str, credit: str) -> PostingRow:
    return PostingRow(
        transfer_id="T-1", line=0, debit_account_id=debit, credit_account_id=credit, minor_units=1, currency="USD",
        made_at=NOON,
    )  # fmt: skip


async def test_transfer_is_taken_back_once(bank: Bank, own: dict[str, str]) -> None:
    before = await balances(bank)
    movement = moving(checking=-700_00, savings=500_00, settlement=200_00)(own)
    transfer_id = (await bank.database.write(lambda session: ledger.enter(session, movement)))[0]
    await bank.database.write(lambda session: ledger.reverse(session, transfer_id, NOON))
    assert await balances(bank) == before
    with pytest.raises(ValueError, match="at most once"):
        await bank.database.write(lambda session: ledger.reverse(session, transfer_id, NOON))
    with pytest.raises(DBAPIError, match="reverses"):
        await bank.database.write(lambda session: ledger.enter(session, _again(movement, transfer_id)))
    assert (await bank.proof()).holds


def _again(movement: Movement, transfer_id: str) -> Movement:
    return Movement(purpose="test", made_at=NOON, amounts=movement.amounts, reverses=transfer_id)


@pytest.mark.parametrize("table", ["accounts_posting", "accounts_transfer"])
async def test_what_was_posted_is_never_changed(bank: Bank, table: str) -> None:
    for statement in (f"UPDATE {table} SET made_at = made_at", f"DELETE FROM {table}"):  # noqa: S608  from no input
        with pytest.raises(DBAPIError, match="append-only"):
            await bank.database.write(lambda session, statement=statement: session.execute(text(statement)))


async def test_proof_names_an_account_whose_balance_was_tampered_with(bank: Bank, own: dict[str, str]) -> None:
    proof = await bank.proof()
    assert (proof.holds, proof.differences) == (True, [])
    assert [(book.currency, book.sum_of_balances) for book in proof.books] == [("USD", 0)]
    tamper = text("UPDATE accounts_account SET balance = balance + 5 WHERE id = :id")
    await bank.database.write(lambda session: session.execute(tamper, {"id": own["savings"]}))
    proof = await bank.proof()
    assert not proof.holds
    assert [book.sum_of_balances for book in proof.books] == [5]
    differing = [(each.account_id, each.balance.minor_units, each.posted.minor_units) for each in proof.differences]
    assert differing == [(own["savings"], 12_800_05, 12_800_00)]


@given(st.lists(st.integers(-(10**15), 10**15).filter(bool), min_size=1, max_size=12))
def test_amounts_pair_up_whatever_they_are(units: list[int]) -> None:
    amounts = {str(place): amount for place, amount in enumerate(units)}
    if sum(units):
        amounts["rest"] = -sum(units)
    pairs = list(ledger.paired(amounts))
    moved = dict.fromkeys(amounts, 0)
    for debit, credit, minor_units in pairs:
        assert minor_units > 0
        moved[debit] -= minor_units
        moved[credit] += minor_units
    assert moved == amounts
    assert len(pairs) < len(amounts)


@pytest.mark.parametrize(
    ("cents", "currency", "words"),
    [(123456, "USD", "$1,234.56"), (5, "USD", "$0.05"), (-150, "USD", "-$1.50"), (100, "EUR", "1.00 EUR")],
)
def test_amount_in_words(cents: int, currency: str, words: str) -> None:
    assert in_words(Money(minor_units=cents, currency=currency)) == words


@pytest.fixture
async def old(database_url: str) -> AsyncIterator[Database]:
    """A database of the first version, with three transfers in it."""
    database = Database(database_url)
    await migrated(database, "0001")
    statements = (
        "INSERT INTO accounts_customer VALUES ('C-1', 'A', 'B', '+15555550100', 'x', :at)",
        "INSERT INTO accounts_account (id, customer_id, kind, name, number_ending, currency) VALUES "
        "('AC-1', 'C-1', 'checking', 'n', '1', 'USD'), ('AC-2', 'C-1', 'mortgage', 'n', '2', 'USD'), "
        "('AC-3', 'C-1', 'savings', 'n', '3', 'USD'), ('BANK-OPENING-USD', NULL, 'opening', 'n', '0', 'USD')",
        "INSERT INTO accounts_transfer VALUES ('T-1', 'opening', :at), ('T-2', 'opening', :at), "
        "('T-3', 'payment', :at)",
        "INSERT INTO accounts_entry VALUES ('T-1', 'AC-1', 5000), ('T-1', 'BANK-OPENING-USD', -5000), "
        "('T-2', 'AC-2', -90000), ('T-2', 'BANK-OPENING-USD', 90000), "
        "('T-3', 'AC-1', -2000), ('T-3', 'AC-2', 1500), ('T-3', 'AC-3', 500)",
    )
    async with database.transaction() as session:
        for statement in statements:
            at = {"at": NOON} if ":at" in statement else {}
            await session.execute(text(statement).bindparams(*(bindparam(name, type_=UtcDateTime) for name in at)), at)
    yield database
    await database.close()


async def migrated(database: Database, revision: str, *, down: bool = False) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(ledger.__file__).parent / "migrations"))

    def run(connection: Connection) -> None:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)

    await database.at_once(run)


async def test_ledger_of_the_first_version_is_carried_over_and_back(old: Database) -> None:
    async with old.reading() as session:
        before = (await session.execute(text("SELECT * FROM accounts_entry ORDER BY 1, 2"))).all()
    await migrated(old, "head")
    proof = await old.read(ledger.prove)
    assert (proof.holds, [book.accounts for book in proof.books]) == (True, [4])
    async with old.reading() as session:
        balances = (await session.execute(text("SELECT id, balance, overdraft_floor FROM accounts_account"))).all()
        moments = (await session.execute(select(PostingRow.made_at))).scalars().all()
    assert sorted(tuple(row) for row in balances) == [
        ("AC-1", 3000, 0), ("AC-2", -88500, None), ("AC-3", 500, 0), ("BANK-OPENING-USD", 85000, None)
    ]  # fmt: skip
    assert list(moments) == [NOON] * 4
    await migrated(old, "0001", down=True)
    async with old.reading() as session:
        assert (await session.execute(text("SELECT * FROM accounts_entry ORDER BY 1, 2"))).all() == before
    await migrated(old, "head")
    assert (await old.read(ledger.prove)).holds
