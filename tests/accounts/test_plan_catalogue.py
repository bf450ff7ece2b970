"""Plans as staff keep them, and what is recommended to whom."""

from typing import get_args

import httpx
import pytest

from services.accounts.store import CustomerRow
from shared.schemas.plans import Plan, PlanKind, PlanRecommendation
from tests.accounts.bank import Bank, JsonBody, on_sqlite
from tests.conftest import internal_headers, staff

SAVER: JsonBody = {
    "kind": "savings",
    "name": "Young Saver",
    "summary": "For the first savings.",
    "rate_basis_points": 412.5,
    "minimum_deposit": 5_00,
}


async def put(bank: Bank, plan_id: str, terms: JsonBody, role: str = "admin") -> httpx.Response:
    headers = internal_headers("accounts", staff(role))
    return await bank.http.put(f"/plans/{plan_id}", json=terms, headers=headers)


async def offered(bank: Bank) -> dict[str, Plan]:
    plans = [Plan.model_validate(item) for item in (await bank.http.get("/plans")).json()]
    return {plan.plan_id: plan for plan in plans}


async def recommended(bank: Bank, customer_id: str, **query: str | int) -> dict[str, str]:
    """The reasons by plan, in the order given."""
    answer = await bank.http.get(f"/customers/{customer_id}/plan-recommendations", params=query)
    assert answer.status_code == 200, answer.text
    found = [PlanRecommendation.model_validate(item) for item in answer.json()]
    return {each.plan.plan_id: each.reason for each in found}


async def test_a_plan_that_staff_write_is_offered(bank: Bank) -> None:
    answer = await put(bank, "young-saver", SAVER)
    assert answer.status_code == 200
    assert answer.json()["rate_basis_points"] == 412.5
    plan = (await offered(bank))["young-saver"]
    assert (plan.name, plan.minimum_deposit.minor_units, str(plan.rate_basis_points)) == ("Young Saver", 5_00, "412.5")


async def test_a_plan_is_replaced_whole(bank: Bank) -> None:
    await put(bank, "young-saver", SAVER | {"eligibility": {"customer_for_days": 30}})
    await put(bank, "young-saver", SAVER | {"rate_basis_points": 400})
    plan = (await offered(bank))["young-saver"]
    assert (plan.rate_basis_points, plan.eligibility.customer_for_days) == (400, 0)


@on_sqlite
async def test_a_plan_that_is_not_active_is_in_the_catalogue_only(bank: Bank, maya: str) -> None:
    await put(bank, "young-saver", SAVER | {"active": False})
    assert "young-saver" not in await offered(bank)
    catalogue = await bank.as_staff("GET", "/catalogue", "supervisor")
    assert [plan["active"] for plan in catalogue.json() if plan["plan_id"] == "young-saver"] == [False]
    assert "young-saver" not in await recommended(bank, maya)
    order = {"plan_id": "young-saver", "opening_deposit": {"minor_units": 10_00}}
    headers = {"idempotency-key": "k"}
    answer = await bank.http.post(f"/customers/{maya}/applications", json=order, headers=headers)
    assert answer.status_code == 404


@on_sqlite
async def test_only_admins_change_plans(bank: Bank) -> None:
    assert (await put(bank, "young-saver", SAVER, role="supervisor")).status_code == 403


@on_sqlite
@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"max_amount": 100}, "Nothing is lent on a savings account"),
        ({"term_months": 12}, "has no term"),
        ({"kind": "auto_loan"}, "max_amount"),
        ({"kind": "auto_loan", "max_amount": 100}, "term_months"),
        ({"kind": "certificate"}, "term_months"),
    ],
)
async def test_terms_that_do_not_fit_the_kind_are_refused(bank: Bank, terms: JsonBody, words: str) -> None:
    answer = await put(bank, "young-saver", SAVER | terms)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


@on_sqlite
@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"rate_basis_points": 412.555}, "/rate_basis_points"),
        ({"rate_basis_points": -1}, "/rate_basis_points"),
        ({"rate_basis_points": "much"}, "/rate_basis_points"),
        ({"name": " "}, "/name"),
        ({"currency": "dollars"}, "/currency"),
        ({"minimum_deposit": -1}, "/minimum_deposit"),
        ({"eligibility": {"holds": "boat"}}, "/eligibility/holds"),
    ],
)
async def test_malformed_terms_are_named(bank: Bank, change: JsonBody, pointer: str) -> None:
    answer = await put(bank, "young-saver", SAVER | change)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@on_sqlite
@pytest.mark.parametrize("plan_id", ["Young-Saver", "young--saver", "-saver", "young saver", "a" * 65])
async def test_a_bad_plan_id_is_refused(bank: Bank, plan_id: str) -> None:
    assert (await put(bank, plan_id, SAVER)).status_code == 422


@on_sqlite
async def test_kind_and_currency_of_a_plan_stay(bank: Bank) -> None:
    await put(bank, "young-saver", SAVER)
    for change in ({"kind": "checking"}, {"currency": "EUR"}):
        assert (await put(bank, "young-saver", SAVER | change)).status_code == 422


@on_sqlite
async def test_best_plan_of_a_kind_comes_first_with_its_reason(bank: Bank, maya: str) -> None:
    savings = await recommended(bank, maya, kind="savings")
    assert list(savings) == ["high-yield-savings", "goal-savings"]
    assert savings["high-yield-savings"] == (
        "It pays 4.15% a year, the most we have for you on a savings account, and $5,000.00 opens it."
    )
    assert savings["goal-savings"] == "It pays 2.10% a year, and $25.00 opens it."
    loans = await recommended(bank, maya, kind="mortgage")
    assert list(loans) == ["mortgage-15-fixed", "mortgage-30-fixed"]
    assert loans["mortgage-15-fixed"] == "Its rate is 5.89% a year, the lowest we have for you on a mortgage."


@on_sqlite
async def test_an_amount_narrows_what_suits(bank: Bank, maya: str) -> None:
    assert list(await recommended(bank, maya, kind="savings", amount=4_999_99)) == ["goal-savings"]
    reason = (await recommended(bank, maya, kind="savings", amount=5_000_00))["high-yield-savings"]
    assert reason.endswith("; $5,000.00 is enough to open it.")
    loan = await recommended(bank, maya, kind="auto_loan", amount=20_000_00)
    assert loan == {"auto-loan-60": "Its rate is 6.49% a year. $20,000.00 over 60 months would be $391.23 a month."}
    assert await recommended(bank, maya, kind="auto_loan", amount=75_000_01) == {}


@on_sqlite
async def test_kinds_that_the_customer_lacks_come_first(bank: Bank, maya: str) -> None:
    held = set(await bank.accounts(maya))
    plans = await offered(bank)
    order = [plans[plan_id].kind in held for plan_id in await recommended(bank, maya)]
    assert order == sorted(order)
    assert set(order) == {False, True}


@on_sqlite
async def test_only_what_the_customer_may_have_is_recommended(bank: Bank, maya: str, theo: str) -> None:
    assert "mortgage" in await bank.accounts(maya)
    assert "home-equity-line" in await recommended(bank, maya)
    await put(bank, "young-saver", SAVER | {"eligibility": {"minimum_deposits": 18_000_00}})
    assert "young-saver" in await recommended(bank, maya)
    await put(bank, "young-saver", SAVER | {"eligibility": {"minimum_deposits": 19_000_00}})
    assert "young-saver" not in await recommended(bank, maya)
    mortgaged = "mortgage" in await bank.accounts(theo)
    assert ("home-equity-line" in await recommended(bank, theo)) is mortgaged


@on_sqlite
async def test_a_new_plan_needs_days_as_a_customer(bank: Bank, maya: str) -> None:
    created_at = await bank.database.read(lambda session: session.get_one(CustomerRow, maya).created_at)
    days = (bank.clock() - created_at).days
    await put(bank, "young-saver", SAVER | {"eligibility": {"customer_for_days": days + 1}})
    assert "young-saver" not in await recommended(bank, maya)
    bank.clock.advance(days=1)
    assert "young-saver" in await recommended(bank, maya)


@on_sqlite
@pytest.mark.parametrize("query", [{"kind": "boat"}, {"amount": 0}, {"amount": -5}, {"amount": "lots"}])
async def test_bad_questions_are_refused(bank: Bank, maya: str, query: dict[str, str | int]) -> None:
    answer = await bank.http.get(f"/customers/{maya}/plan-recommendations", params=query)
    assert answer.status_code == 422


@on_sqlite
async def test_unknown_customer_gets_no_recommendation(bank: Bank) -> None:
    assert (await bank.http.get("/customers/C-0000000000/plan-recommendations")).status_code == 404


@on_sqlite
async def test_changes_of_plans_are_in_the_audit_trail(bank: Bank) -> None:
    await put(bank, "young-saver", SAVER)
    await put(bank, "young-saver", SAVER | {"rate_basis_points": 400})
    entries = (await bank.as_staff("GET", "/audit", "admin")).json()["items"]
    found = [(entry["action"], entry["actor"], entry["subject"]) for entry in entries if "plan" in entry["action"]]
    assert found == [("plan.changed", "staff:pat", "young-saver"), ("plan.made", "staff:pat", "young-saver")]


@on_sqlite
async def test_every_kind_has_a_plan_to_begin_with(bank: Bank) -> None:
    assert {plan.kind for plan in (await offered(bank)).values()} == set(get_args(PlanKind))
