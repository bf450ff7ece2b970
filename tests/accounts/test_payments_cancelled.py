import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

from shared.schemas.accounts import Payment
from tests.accounts.bank import MAYA, MAYAS_PIN, Bank, on_sqlite, open_bank

CHECKING = 5_240_18


async def paid(bank: Bank, customer_id: str, cents: int, payee: str = "City Power") -> str:
    answer = await bank.pay(customer_id, await bank.order(customer_id, cents, payee=payee), key=f"k-{cents}")
    return Payment.model_validate_json(answer.content).receipt_id


async def test_payment_is_taken_back_within_the_window(bank: Bank, maya: str) -> None:
    receipt_id = await paid(bank, maya, 25_00)
    assert (await bank.payment(maya, receipt_id)).undo_until == bank.clock.now + timedelta(seconds=300)
    bank.clock.advance(seconds=299)
    answer = await bank.cancel(maya, receipt_id)
    assert (answer.status_code, answer.json()["status"], answer.json()["undo_until"]) == (200, "reversed", None)
    assert await bank.balance(maya) == CHECKING
    assert (await bank.payment(maya, receipt_id)).status == "reversed"
    assert (await bank.proof()).holds


async def test_payment_to_an_own_card_is_owed_again_and_due_again(bank: Bank, maya: str) -> None:
    before = (await bank.accounts(maya))["credit_card"]
    receipt_id = await paid(bank, maya, 35_00, "Cashback Card")
    assert (await bank.accounts(maya))["credit_card"].payment_due is None
    await bank.cancel(maya, receipt_id)
    assert (await bank.accounts(maya))["credit_card"] == before


async def test_after_the_window_it_is_too_late(bank: Bank, maya: str) -> None:
    receipt_id = await paid(bank, maya, 25_00)
    bank.clock.advance(seconds=300)
    answer = await bank.cancel(maya, receipt_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_late")
    assert await bank.balance(maya) == CHECKING - 25_00


async def test_scheduled_payment_is_cancelled_and_never_made(bank: Bank, maya: str) -> None:
    order = await bank.order(maya, 25_00, pay_on="2026-03-11")
    receipt_id = (await bank.pay(maya, order)).json()["receipt_id"]
    answer = await bank.cancel(maya, receipt_id)
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    bank.clock.advance(days=2)
    await bank.service.routine.run()
    assert (await bank.payment(maya, receipt_id)).status == "cancelled"
    assert await bank.balance(maya) == CHECKING


async def test_payment_is_taken_back_once(bank: Bank, maya: str) -> None:
    receipt_id = await paid(bank, maya, 25_00)
    first = await bank.cancel(maya, receipt_id)
    again = await bank.cancel(maya, receipt_id)
    assert (again.status_code, again.text) == (200, first.text)
    other_key = await bank.cancel(maya, receipt_id, key="c-2")
    assert (other_key.status_code, other_key.json()["code"]) == (409, "already_cancelled")
    assert await bank.balance(maya) == CHECKING


async def test_payment_that_failed_cannot_be_cancelled(bank: Bank, maya: str) -> None:
    order = await bank.order(maya, 9_000_00, pay_on="2026-03-11")
    receipt_id = (await bank.pay(maya, order)).json()["receipt_id"]
    bank.clock.advance(days=2)
    await bank.service.routine.run()
    answer = await bank.cancel(maya, receipt_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_made")


async def test_many_cancellations_at_once_have_one_effect(bank: Bank, maya: str) -> None:
    receipt_id = await paid(bank, maya, 25_00)
    answers = await asyncio.gather(*(bank.cancel(maya, receipt_id, key=f"c-{place // 2}") for place in range(10)))
    assert Counter(answer.status_code for answer in answers) == {200: 2, 409: 8}
    assert await bank.balance(maya) == CHECKING
    assert (await bank.proof()).holds


async def test_cancelling_and_making_at_once_does_one_of_the_two(bank: Bank, maya: str) -> None:
    order = await bank.order(maya, 25_00, pay_on="2026-03-11")
    receipts = [(await bank.pay(maya, order, key=f"k-{place}")).json()["receipt_id"] for place in range(6)]
    bank.clock.advance(days=1)
    cancels = (bank.cancel(maya, receipt_id, key=receipt_id) for receipt_id in receipts)
    await asyncio.gather(bank.service.routine.run(), *cancels)
    statuses = Counter([(await bank.payment(maya, receipt_id)).status for receipt_id in receipts])
    assert set(statuses) <= {"cancelled", "reversed"}  # one that was made first is inside its window
    assert await bank.balance(maya) == CHECKING
    assert (await bank.proof()).holds


@on_sqlite
async def test_key_of_one_cancellation_is_not_another_ones(bank: Bank, maya: str) -> None:
    first, second = await paid(bank, maya, 25_00), await paid(bank, maya, 26_00)
    await bank.cancel(maya, first)
    answer = await bank.cancel(maya, second)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    assert await bank.balance(maya) == CHECKING - 26_00


@on_sqlite
async def test_somebody_elses_receipt_is_as_unknown_as_none(bank: Bank, maya: str, theo: str) -> None:
    receipt_id = await paid(bank, maya, 25_00)
    answers = [await bank.cancel(theo, receipt_id), await bank.cancel(theo, "R-NONE")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]
    assert (await bank.payment(maya, receipt_id)).status == "paid"


@on_sqlite
async def test_cancellation_needs_a_key_and_a_channel_that_may(bank: Bank, maya: str) -> None:
    receipt_id = await paid(bank, maya, 25_00)
    without = await bank.http.post(f"/customers/{maya}/payments/{receipt_id}/cancel")
    assert without.status_code == 422
    answer = await bank.cancel(maya, receipt_id, channel="carrier-pigeon")
    assert (answer.status_code, answer.json()["code"]) == (409, "channel_not_trusted")
    assert (await bank.cancel(maya, receipt_id, channel="sms")).status_code == 200


async def test_window_is_a_setting(tmp_path: Path, data_dir: Path) -> None:
    async with open_bank(f"sqlite+aiosqlite:///{tmp_path / 'a.sqlite'}", data_dir, payment_undo_seconds=0) as bank:
        maya = (await bank.verify(MAYA, MAYAS_PIN)).customer_id or ""
        answer = await bank.cancel(maya, await paid(bank, maya, 25_00))
    assert answer.json()["code"] == "too_late"
