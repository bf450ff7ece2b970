import asyncio
import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from shared.schemas.accounts import Payment
from tests.accounts.bank import MAYA, MAYAS_PIN, Bank, on_sqlite, open_bank

TOMORROW = "2026-03-11"
CHECKING = 5_240_18


async def scheduled(bank: Bank, customer_id: str, cents: int, key: str = "k-1", **changes: str) -> Payment:
    order = await bank.order(customer_id, cents, **{"pay_on": TOMORROW, **changes})
    answer = await bank.pay(customer_id, order, key=key)
    assert answer.status_code == 201, answer.text
    return Payment.model_validate_json(answer.content)


async def test_payment_for_a_later_day_moves_nothing_until_then(bank: Bank, maya: str) -> None:
    payment = await scheduled(bank, maya, 20_00)
    assert (payment.status, payment.pay_on) == ("scheduled", date(2026, 3, 11))
    assert (payment.paid_at, payment.balance_after, payment.undo_until) == (None, None, None)
    assert payment.ordered_at == bank.clock.now
    await bank.service.routine.run()
    assert await bank.balance(maya) == CHECKING
    bank.clock.now = datetime(2026, 3, 11, 3, 59, 59, tzinfo=UTC)  # New York is four hours behind in March
    await bank.service.routine.run()
    assert (await bank.payment(maya, payment.receipt_id)).status == "scheduled"
    bank.clock.advance(seconds=1)
    await bank.service.routine.run()
    made = await bank.payment(maya, payment.receipt_id)
    assert (made.status, made.paid_at) == ("paid", bank.clock.now)
    assert made.balance_after is not None
    assert made.balance_after.minor_units == CHECKING - 20_00
    assert made.undo_until == bank.clock.now + timedelta(minutes=5)
    assert await bank.balance(maya) == CHECKING - 20_00
    await bank.service.routine.run()
    assert await bank.balance(maya) == CHECKING - 20_00
    assert (await bank.proof()).holds


@on_sqlite
async def test_preview_of_a_later_payment_says_when(bank: Bank, maya: str) -> None:
    answer = await bank.preview(maya, await bank.order(maya, 9_000_00, pay_on=TOMORROW))
    assert answer.status_code == 200
    assert (answer.json()["pay_on"], answer.json()["balance_after"]["minor_units"]) == (TOMORROW, CHECKING - 9_000_00)
    today = await bank.preview(maya, await bank.order(maya, 1_00, pay_on="2026-03-10"))
    assert today.json()["pay_on"] is None


@on_sqlite
async def test_payment_with_todays_date_is_made_at_once(bank: Bank, maya: str) -> None:
    bank.clock.now = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)  # still the tenth where the bank is
    assert (await scheduled(bank, maya, 1_00, pay_on="2026-03-10")).status == "paid"
    assert (await scheduled(bank, maya, 1_00, key="k-2", pay_on="2026-03-11")).status == "scheduled"


@pytest.mark.parametrize(
    ("now", "day", "detail"),
    [
        ("2026-03-10", "2026-03-09", "That day has passed. A payment can be made today or later."),
        ("2026-03-10", "0001-01-01", "That day has passed. A payment can be made today or later."),
        ("2026-03-10", "2027-03-11", "A payment can be scheduled at most a year ahead."),
        ("2026-03-10", "9999-12-31", "A payment can be scheduled at most a year ahead."),
        ("2028-02-29", "2029-03-01", "A payment can be scheduled at most a year ahead."),
    ],
)
@on_sqlite
async def test_day_that_cannot_be_is_refused(bank: Bank, maya: str, now: str, day: str, detail: str) -> None:
    bank.clock.now = datetime.fromisoformat(now).replace(hour=15, tzinfo=UTC)
    order = await bank.order(maya, 1_00, pay_on=day)
    for answer in (await bank.pay(maya, order), await bank.preview(maya, order)):
        assert (answer.status_code, answer.json()["detail"]) == (422, detail)


@on_sqlite
async def test_a_year_ahead_is_allowed_and_nonsense_is_not(bank: Bank, maya: str) -> None:
    assert (await scheduled(bank, maya, 1_00, pay_on="2027-03-10")).status == "scheduled"
    for day in ("tomorrow", "2026-02-30", 5.5, "2026-03-11T10:00:00"):
        assert (await bank.pay(maya, await bank.order(maya, 1_00, pay_on=day), key="k-2")).status_code == 422


async def test_payment_without_money_is_tried_until_the_day_ends(bank: Bank, maya: str) -> None:
    payment = await scheduled(bank, maya, 6_000_00)
    bank.clock.now = datetime(2026, 3, 11, 4, 0, tzinfo=UTC)
    for _ in range(24):
        await bank.service.routine.run()
        assert (await bank.payment(maya, payment.receipt_id)).status == "scheduled"
        bank.clock.advance(minutes=60)
    await bank.service.routine.run()
    failed = await bank.payment(maya, payment.receipt_id)
    assert failed.status == "failed"
    assert failed.failure == "There was not enough money in the account on the day of the payment."
    assert await bank.balance(maya) == CHECKING


async def test_money_that_comes_during_the_day_is_enough(bank: Bank, maya: str) -> None:
    first = (await bank.pay(maya, await bank.order(maya, 5_000_00))).json()["receipt_id"]
    payment = await scheduled(bank, maya, 5_000_00, key="k-2", pay_on=TOMORROW)
    bank.clock.now = datetime(2026, 3, 11, 4, 0, tzinfo=UTC)
    await bank.service.routine.run()
    await bank.database.write(lambda session: _give_back(session, first, bank.clock.now))
    await bank.service.routine.run()
    assert (await bank.payment(maya, payment.receipt_id)).status == "scheduled"
    bank.clock.advance(minutes=60)
    await bank.service.routine.run()
    assert (await bank.payment(maya, payment.receipt_id)).status == "paid"
    assert await bank.balance(maya) == 240_18


def _give_back(session: Session, receipt_id: str, now: datetime) -> None:
    from services.accounts import ledger

    query = text("SELECT transfer_id FROM accounts_payment WHERE receipt_id = :id")
    ledger.reverse(session, session.execute(query, {"id": receipt_id}).scalar_one(), now)


async def test_bank_that_was_shut_on_the_day_pays_late(bank: Bank, maya: str) -> None:
    paid, poor = await scheduled(bank, maya, 20_00), await scheduled(bank, maya, 6_000_00, key="k-2")
    bank.clock.now = datetime(2026, 3, 15, 4, 0, tzinfo=UTC)
    await bank.service.routine.run()
    assert (await bank.payment(maya, paid.receipt_id)).status == "paid"
    assert (await bank.payment(maya, poor.receipt_id)).status == "failed"


async def test_loan_that_was_paid_off_meanwhile_fails_the_payment(bank: Bank, maya: str) -> None:
    payment = await scheduled(bank, maya, 1_000_00, payee="Cashback Card")
    await bank.pay(maya, await bank.order(maya, 1_386_52, payee="Cashback Card"), key="k-2")
    bank.clock.now = datetime(2026, 3, 11, 4, 0, tzinfo=UTC)
    await bank.service.routine.run()
    failed = await bank.payment(maya, payment.receipt_id)
    assert (failed.status, failed.failure) == (
        "failed", "You owe $0.00 there; a payment cannot be more than that."
    )  # fmt: skip


async def test_replicas_that_make_due_payments_at_once_make_each_once(bank: Bank, maya: str, theo: str) -> None:
    payments = [await scheduled(bank, maya, 10_00 + place, key=f"k-{place}") for place in range(5)]
    theirs = await scheduled(bank, theo, 1_00, payee=next(iter(await bank.payees(theo))))
    bank.clock.advance(days=1)
    await asyncio.gather(*(bank.service.routine.run() for _ in range(6)))
    assert await bank.balance(maya) == CHECKING - sum(10_00 + place for place in range(5))
    statuses = [(await bank.payment(maya, payment.receipt_id)).status for payment in payments]
    assert statuses == ["paid"] * 5
    assert (await bank.payment(theo, theirs.receipt_id)).status == "paid"
    assert (await bank.proof()).holds


async def test_payment_that_breaks_stops_no_other_and_is_made_the_next_time(
    bank: Bank, maya: str, theo: str, caplog: pytest.LogCaptureFixture
) -> None:
    payments = [await scheduled(bank, maya, 1_00), await scheduled(bank, maya, 2_00, key="k-2")]
    bank.clock.advance(days=1)
    broken = await _break_first(bank, "INSERT INTO accounts_posting")
    with caplog.at_level(logging.ERROR):
        await bank.service.routine.run()
    assert broken == [1]
    assert "payment.due_broke" in caplog.messages
    statuses = [(await bank.payment(maya, payment.receipt_id)).status for payment in payments]
    assert sorted(statuses) == ["paid", "scheduled"]
    await bank.service.routine.run()
    assert await bank.balance(maya) == CHECKING - 3_00
    assert (await bank.proof()).holds


async def _break_first(bank: Bank, beginning: str) -> list[int]:
    """The first statement that begins so fails. The list says how many did."""
    broken: list[int] = []

    def fail(session: Session) -> None:
        @event.listens_for(session.get_bind().engine, "before_cursor_execute")
        def before(_: object, __: object, statement: str, *___: object) -> None:
            if statement.startswith(beginning) and not broken:
                broken.append(1)
                raise RuntimeError("the power went")

    await bank.database.write(fail)
    return broken


async def test_list_is_newest_first_by_status_and_page(bank: Bank, maya: str) -> None:
    receipts = []
    for place in range(5):
        receipts.append((await scheduled(bank, maya, 1_00, key=f"k-{place}")).receipt_id)
        bank.clock.advance(seconds=1)
    paid = (await bank.pay(maya, await bank.order(maya, 1_00), key="paid")).json()["receipt_id"]
    assert await _walked(bank, maya, "") == [paid, *reversed(receipts)]
    assert await _walked(bank, maya, "status=scheduled&") == list(reversed(receipts))
    assert await _walked(bank, maya, "status=paid&status=failed&") == [paid]
    assert await _walked(bank, maya, "status=cancelled&") == []


async def _walked(bank: Bank, customer_id: str, query: str) -> list[str]:
    found: list[str] = []
    cursor = ""
    while True:
        answer = await _page(bank, customer_id, f"{query}limit=2{cursor}")
        assert answer.status_code == 200
        found += [item["receipt_id"] for item in answer.json()["items"]]
        if answer.json()["next_cursor"] is None:
            return found
        cursor = f"&cursor={answer.json()['next_cursor']}"


async def _page(bank: Bank, customer_id: str, query: str) -> httpx.Response:
    return await bank.http.get(f"/customers/{customer_id}/payments?{query}")


@on_sqlite
async def test_bad_list_queries_are_refused(bank: Bank, maya: str) -> None:
    for query in ("cursor=x", "cursor=WyJhIl0", "status=lost", "limit=0", "limit=201"):
        assert (await _page(bank, maya, query)).status_code == 422
    assert (await _page(bank, "C-0000000000", "")).status_code == 404


async def test_service_makes_due_payments_by_itself(tmp_path: Path, data_dir: Path) -> None:
    from services.accounts.main import create_app
    from tests.accounts.bank import cheap_settings
    from tests.conftest import eventually, internal_headers, served

    url = f"sqlite+aiosqlite:///{tmp_path / 'a.sqlite'}"
    async with open_bank(url, data_dir) as bank:
        maya = (await bank.verify(MAYA, MAYAS_PIN)).customer_id or ""
        payment = await scheduled(bank, maya, 20_00)  # due long before the real day of this test
    settings = cheap_settings(data_dir, accounts_database_url=url, routine_seconds=0.05)
    async with served(create_app(settings), headers=internal_headers("accounts")) as http:

        async def paid() -> bool:
            answer = await http.get(f"/customers/{maya}/payments/{payment.receipt_id}")
            return bool(answer.json()["status"] == "paid")

        await eventually(paid)
