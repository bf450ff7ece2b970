"""The same request sent again, under its idempotency key."""

import asyncio
from collections import Counter

from sqlalchemy import func, select

from services.accounts.store import RequestRow
from tests.accounts.bank import Bank, on_sqlite

CHECKING = 5_240_18


async def test_answer_stays_the_same_when_the_payment_does_not(bank: Bank, maya: str) -> None:
    order = await bank.order(maya, 20_00)
    first = await bank.pay(maya, order)
    await bank.cancel(maya, first.json()["receipt_id"])
    again = await bank.pay(maya, order)
    assert (again.status_code, again.text, again.json()["status"]) == (201, first.text, "paid")
    assert await bank.balance(maya) == CHECKING


async def test_key_is_forgotten_after_a_day(bank: Bank, maya: str) -> None:
    order = await bank.order(maya, 20_00)
    first = await bank.pay(maya, order)
    bank.clock.advance(hours=24)
    assert (await bank.pay(maya, order)).text == first.text
    bank.clock.advance(seconds=1)
    other = await bank.pay(maya, await bank.order(maya, 30_00))
    assert other.status_code == 201
    assert (await bank.pay(maya, await bank.order(maya, 30_00))).text == other.text
    assert await bank.balance(maya) == CHECKING - 50_00


async def test_old_answers_are_cleared_away(bank: Bank, maya: str) -> None:
    await bank.pay(maya, await bank.order(maya, 20_00))
    bank.clock.advance(hours=12)
    await bank.pay(maya, await bank.order(maya, 20_00), key="k-2")
    bank.clock.advance(hours=12, seconds=1)
    await bank.service.routine.run()
    async with bank.database.reading() as session:
        assert (await session.execute(select(RequestRow.key))).scalars().all() == ["k-2"]


async def test_expired_key_claimed_by_many_at_once_has_one_effect(bank: Bank, maya: str) -> None:
    await bank.pay(maya, await bank.order(maya, 20_00))
    bank.clock.advance(days=2)
    order = await bank.order(maya, 30_00)
    answers = await asyncio.gather(*(bank.pay(maya, order) for _ in range(8)))
    assert len({answer.text for answer in answers}) == 1
    assert await bank.balance(maya) == CHECKING - 50_00


async def test_of_two_orders_at_once_under_one_key_one_is_carried_out(bank: Bank, maya: str) -> None:
    orders = [await bank.order(maya, cents) for cents in (20_00, 30_00)]
    answers = await asyncio.gather(*(bank.pay(maya, order) for order in orders * 4))
    assert Counter(answer.status_code for answer in answers) == {201: 4, 409: 4}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"idempotency_key_reused"}
    assert await bank.balance(maya) in (CHECKING - 20_00, CHECKING - 30_00)


@on_sqlite
async def test_every_part_of_the_order_counts(bank: Bank, maya: str) -> None:
    order = await bank.order(maya, 20_00)
    await bank.pay(maya, order)
    changes: list[dict[str, object]] = [
        {"memo": "thanks"}, {"channel": "mobile"}, {"pay_on": "2026-03-12"},
        {"amount": {"minor_units": 20_01, "currency": "USD"}},
    ]  # fmt: skip
    for change in changes:
        answer = await bank.pay(maya, {**order, **change})
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    assert (await bank.pay(maya, {**order, "memo": None, "channel": "web"})).status_code == 201
    assert await bank.balance(maya) == CHECKING - 20_00


@on_sqlite
async def test_refusals_are_not_kept(bank: Bank, maya: str) -> None:
    await bank.pay(maya, await bank.order(maya, 9_000_00))
    async with bank.database.reading() as session:
        assert (await session.execute(select(func.count()).select_from(RequestRow))).scalar_one() == 0
