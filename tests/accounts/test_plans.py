import asyncio
from typing import get_args

import httpx
from sqlmodel import select

from services.accounts.store import ApplicationRow
from shared.schemas.plans import Application, Plan, PlanKind
from tests.accounts.bank import Bank, JsonBody, on_sqlite


async def apply(bank: Bank, customer_id: str, order: JsonBody, key: str = "k-1") -> httpx.Response:
    headers = {"idempotency-key": key}
    return await bank.http.post(f"/customers/{customer_id}/applications", json=order, headers=headers)


def savings(cents: int | None, currency: str = "USD") -> JsonBody:
    deposit = None if cents is None else {"minor_units": cents, "currency": currency}
    return {"plan_id": "goal-savings", "opening_deposit": deposit}


@on_sqlite
async def test_every_kind_of_plan_is_offered(bank: Bank) -> None:
    plans = [Plan.model_validate(item) for item in (await bank.http.get("/plans")).json()]
    assert {plan.kind for plan in plans} == set(get_args(PlanKind))
    assert len({plan.plan_id for plan in plans}) == len(plans)
    assert all(0 < plan.rate_basis_points < 3000 for plan in plans)


async def test_application_is_pending(bank: Bank, maya: str) -> None:
    answer = await apply(bank, maya, savings(25_00))
    assert answer.status_code == 201
    application = Application.model_validate_json(answer.content)
    assert application.application_id.startswith("A-")
    assert (application.plan_name, application.status) == ("Goal Savings", "pending")
    assert application.applied_at == bank.clock.now


@on_sqlite
async def test_plan_without_minimum_needs_no_deposit(bank: Bank, maya: str) -> None:
    assert (await apply(bank, maya, {"plan_id": "cashback-card"})).status_code == 201


@on_sqlite
async def test_deposit_against_the_rules_is_refused(bank: Bank, maya: str) -> None:
    least = "Goal Savings needs an opening deposit of at least $25.00."
    cases = {
        least: [savings(24_99), savings(None), savings(0)],
        "The opening deposit cannot be less than zero.": [savings(-1)],
        "The opening deposit must be in USD.": [savings(25_00, "EUR")],
        "An opening deposit can be at most $1,000,000.00.": [savings(10**20)],
    }
    for detail, orders in cases.items():
        for order in orders:
            answer = await apply(bank, maya, order)
            assert (answer.status_code, answer.json()["detail"]) == (422, detail)


@on_sqlite
async def test_unknown_plan_or_customer_is_not_found(bank: Bank, maya: str) -> None:
    assert (await apply(bank, maya, {"plan_id": "gold-mine"})).status_code == 404
    assert (await apply(bank, "C-0000000000", savings(25_00))).status_code == 404


async def test_ten_at_once_with_one_key_have_one_effect(bank: Bank, maya: str) -> None:
    answers = await asyncio.gather(*(apply(bank, maya, savings(25_00)) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    async with bank.database.reading() as session:
        assert len((await session.execute(select(ApplicationRow))).all()) == 1


async def test_same_key_with_another_order_is_a_conflict(bank: Bank, maya: str) -> None:
    await apply(bank, maya, savings(25_00))
    assert (await apply(bank, maya, savings(26_00))).status_code == 409
