from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from services.accounts import ledger
from services.accounts.ledger import Movement
from shared.clients.accounts import AccountsClient
from shared.errors import InvalidRequest, NotFound
from shared.schemas.accounts import Statement, StatementSummary, Transaction
from shared.schemas.base import Page
from tests.accounts.bank import MAYA, MAYAS_PIN, Bank, on_sqlite, open_bank
from tests.accounts.clients import client_of

CHECKING = 5_240_18
OPENED = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


class Book:
    """One of Maya's accounts, as its statements show it."""

    def __init__(self, bank: Bank, customer_id: str, account_id: str) -> None:
        self.bank = bank
        self.account_id = account_id
        self.path = f"/customers/{customer_id}/accounts/{account_id}"

    async def get(self, what: str) -> httpx.Response:
        return await self.bank.http.get(f"{self.path}/{what}")

    async def lines(self, limit: int = 200) -> list[Transaction]:
        """All of them, newest first, walked page by page."""
        found: list[Transaction] = []
        cursor = ""
        while True:
            answer = await self.get(f"transactions?limit={limit}{cursor}")
            assert answer.status_code == 200, answer.text
            page = Page[Transaction].model_validate_json(answer.content)
            found += page.items
            if page.next_cursor is None:
                return found
            assert len(page.items) == limit
            cursor = f"&cursor={page.next_cursor}"

    async def months(self) -> list[StatementSummary]:
        answer = await self.get("statements")
        return [StatementSummary.model_validate(item) for item in answer.json()]

    async def month(self, name: str) -> Statement:
        answer = await self.get(f"statements/{name}")
        assert answer.status_code == 200, answer.text
        return Statement.model_validate_json(answer.content)

    async def post(self, units: int, made_at: datetime, description: str = "Corner Shop") -> None:
        def work(session: Session) -> None:
            other = ledger.own_account(session, "settlement", "USD")
            amounts = {self.account_id: units, other: -units}
            ledger.enter(
                session,
                Movement(
                    purpose="card", made_at=made_at, amounts=amounts, description=description, counterpart="Corner Shop"
                ),
            )

        await self.bank.database.write(work)


@pytest.fixture
async def book(bank: Bank, maya: str) -> Callable[[str], Book]:
    accounts = await bank.accounts(maya)
    return lambda kind: Book(bank, maya, accounts[kind].account_id)


async def test_transactions_say_what_moved_whereto_and_what_was_left(
    bank: Bank, maya: str, book: Callable[[str], Book]
) -> None:
    bank.clock.advance(minutes=1)
    await bank.pay(maya, await bank.order(maya, 20_00, memo="March"))
    bank.clock.advance(minutes=1)
    receipt_id = (await bank.pay(maya, await bank.order(maya, 30_00, payee="Cashback Card"), key="k-2")).json()
    await bank.cancel(maya, receipt_id["receipt_id"])
    newest = (await book("checking").lines())[:3]
    assert [(line.description, line.counterpart) for line in newest] == [
        ("Returned: Payment to Cashback Card", "Cashback Card ••••9012"),
        ("Payment to Cashback Card", "Cashback Card ••••9012"),
        ("Payment to City Power: March", "City Power"),
    ]
    assert [(line.amount.minor_units, line.balance_after.minor_units) for line in newest] == [
        (30_00, CHECKING - 20_00), (-30_00, CHECKING - 50_00), (-20_00, CHECKING - 20_00)
    ]  # fmt: skip
    assert newest[0].made_at == bank.clock.now
    card = (await book("credit_card").lines())[:2]
    assert [(line.description, line.counterpart, line.amount.minor_units) for line in card] == [
        ("Returned: Payment to Cashback Card", "Everyday Checking ••••4821", -30_00),
        ("Payment received", "Everyday Checking ••••4821", 30_00),
    ]


async def test_pages_tell_the_same_story_whatever_their_size(
    bank: Bank, maya: str, book: Callable[[str], Book]
) -> None:
    checking, source = book("checking"), Random(7)  # noqa: S311  the same lines each time
    for day in range(40):
        await checking.post(source.choice([-1, 1]) * source.randint(1, 90_00), OPENED + timedelta(days=day // 3))
    await checking.post(500, OPENED - timedelta(days=100))  # booked late
    whole = await checking.lines()
    assert whole[0].balance_after.minor_units == await bank.balance(maya)
    for newer, older in pairwise(whole):
        assert newer.balance_after.minor_units == older.balance_after.minor_units + newer.amount.minor_units
        assert newer.made_at >= older.made_at
    for size in (1, 7, len(whole)):
        assert await checking.lines(size) == whole


async def test_transfer_among_many_accounts_is_one_line_on_each(
    bank: Bank, maya: str, book: Callable[[str], Book]
) -> None:
    checking, savings, card = book("checking"), book("savings"), book("credit_card")
    amounts = {checking.account_id: -700_00, savings.account_id: 200_00, card.account_id: 500_00}
    later = OPENED + timedelta(hours=1)
    movement = Movement(purpose="sweep", made_at=later, amounts=amounts, description="Sweep")
    await bank.database.write(lambda session: ledger.enter(session, movement))
    line = (await checking.lines())[0]
    assert (line.amount.minor_units, line.description, line.counterpart) == (-700_00, "Sweep", None)
    assert (await savings.lines())[0].counterpart == "Everyday Checking ••••4821"
    assert len({(await each.lines())[0].transaction_id for each in (checking, savings, card)}) == 1


async def test_statement_adds_up_and_follows_the_one_before(bank: Bank, book: Callable[[str], Book]) -> None:
    savings = book("savings")
    await savings.post(-100_00, datetime(2026, 4, 1, 3, 59, 59, tzinfo=UTC))  # still March in New York
    await savings.post(-50_00, datetime(2026, 4, 1, 4, 0, tzinfo=UTC))
    await savings.post(-25_00, datetime(2026, 6, 15, tzinfo=UTC))
    bank.clock.now = datetime(2026, 7, 1, 3, 59, tzinfo=UTC)
    months = await savings.months()
    assert [(month.month, month.complete, month.transactions) for month in months[:4]] == [
        ("2026-06", False, 1), ("2026-05", True, 0), ("2026-04", True, 1), ("2026-03", True, months[3].transactions)
    ]  # fmt: skip
    for summary in months:
        statement = await savings.month(summary.month)
        assert {name: getattr(statement, name) for name in StatementSummary.model_fields} == summary.model_dump() | {
            "opening": summary.opening,
            "closing": summary.closing,
        }
        moved = sum(line.amount.minor_units for line in statement.lines)
        assert statement.opening.minor_units + moved == statement.closing.minor_units
        assert [line.made_at for line in statement.lines] == sorted(line.made_at for line in statement.lines)
    for newer, older in pairwise(months):
        assert newer.opening == older.closing
    assert months[-1].opening.minor_units == 0
    assert months[0].closing.minor_units == 12_800_00 - 175_00
    march = await savings.month("2026-03")
    assert (march.lines[-1].amount.minor_units, march.from_day.day, march.to_day.day) == (-100_00, 1, 31)
    assert march.lines[-1].balance_after == march.closing


async def test_statement_that_does_not_add_up_is_not_shown(bank: Bank, book: Callable[[str], Book]) -> None:
    checking = book("checking")
    tamper = text("UPDATE accounts_account SET balance = balance + 1 WHERE id = :id")
    await bank.database.write(lambda session: session.execute(tamper, {"id": checking.account_id}))
    answer = await checking.get("statements/2026-03")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


@on_sqlite
async def test_month_outside_of_the_accounts_life_has_no_statement(bank: Bank, book: Callable[[str], Book]) -> None:
    checking = book("checking")
    first = (await checking.months())[-1].month
    assert (await checking.get(f"statements/{first}")).status_code == 200
    for month in ("1999-12", "2026-04", "2999-12"):
        assert (await checking.get(f"statements/{month}")).status_code == 404
    for month in ("2026-13", "2026-3", "march", "9999-12", "2026-03-01"):
        assert (await checking.get(f"statements/{month}")).status_code == 422


@on_sqlite
async def test_somebody_elses_account_is_as_unknown_as_none(bank: Bank, maya: str, theo: str) -> None:
    mine = (await bank.accounts(maya))["checking"].account_id
    for what in ("transactions", "statements", "statements/2026-03"):
        answers = [
            await bank.http.get(f"/customers/{customer_id}/accounts/{account_id}/{what}")
            for customer_id, account_id in ((theo, mine), (theo, "AC-NONE"), (theo, "BANK-OPENING-USD"))
        ]
        assert [answer.status_code for answer in answers] == [404] * 3
        assert len({answer.json()["detail"] for answer in answers}) == 1
        assert (await bank.http.get(f"/customers/C-0000000000/accounts/{mine}/{what}")).status_code == 404


@on_sqlite
async def test_bad_cursor_is_refused(bank: Bank, book: Callable[[str], Book]) -> None:
    for query in ("cursor=x", "cursor=WyJhIiwgIjEiXQ", "limit=0", "limit=201"):
        assert (await book("checking").get(f"transactions?{query}")).status_code == 422


async def test_client_speaks_with_the_service(tmp_path: Path, data_dir: Path) -> None:
    async with open_bank(f"sqlite+aiosqlite:///{tmp_path / 'a.sqlite'}", data_dir) as bank:
        maya = (await bank.verify(MAYA, MAYAS_PIN)).customer_id or ""
        await _converse(client_of(bank), bank, maya)


async def _converse(client: AccountsClient, bank: Bank, maya: str) -> None:
    from shared.schemas.accounts import PaymentOrder

    payee = await client.add_payee(maya, name="Vera", account_number="12345678", channel="web", idempotency_key="a")
    order = PaymentOrder.model_validate(await bank.order(maya, 5_00, payee="Vera"))
    paid = await client.pay(maya, order, idempotency_key="k")
    assert await client.payment(maya, paid.receipt_id) == paid
    assert await client.payments(maya, limit=5, statuses={"paid", "reversed"}) == [paid]
    assert await client.payments(maya, limit=5, statuses={"failed"}) == []
    reversed_ = await client.cancel_payment(maya, paid.receipt_id, idempotency_key="c", channel="sms")
    assert reversed_.status == "reversed"
    await client.remove_payee(maya, payee.payee_id, channel="web")
    assert "Vera" not in {payee.name for payee in await client.payees(maya)}
    lines = await client.transactions(maya, order.from_account_id, limit=2)
    assert [line.amount.minor_units for line in lines] == [5_00, -5_00]
    months = await client.statements(maya, order.from_account_id)
    statement = await client.statement(maya, order.from_account_id, months[0].month)
    assert statement.closing.minor_units == CHECKING
    with pytest.raises(NotFound):
        await client.statement(maya, order.from_account_id, "1999-01")
    with pytest.raises(InvalidRequest):
        await client.statement(maya, order.from_account_id, "soon")
    assert {row.channel for row in await client.channel_trust()} >= {"web", "sms"}
