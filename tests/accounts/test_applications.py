"""What becomes of applications: decisions, accounts that are opened, money that moves with them."""

import asyncio
from datetime import date

import httpx
import pytest

from services.accounts.openings import first_payment_after, new_account_number
from services.accounts.store import AccountRow
from shared.schemas.mortgages import Loan
from shared.schemas.plans import Application, ChosenPlan, ReviewedApplication
from tests.accounts.bank import Bank, JsonBody, on_sqlite
from tests.conftest import internal_headers, staff


def money(cents: int) -> JsonBody:
    return {"minor_units": cents, "currency": "USD"}


async def apply(bank: Bank, customer_id: str, order: JsonBody, key: str = "k-1") -> httpx.Response:
    headers = {"idempotency-key": key}
    return await bank.http.post(f"/customers/{customer_id}/applications", json=order, headers=headers)


async def applied(bank: Bank, customer_id: str, order: JsonBody, key: str = "k-1") -> Application:
    answer = await apply(bank, customer_id, order, key)
    assert answer.status_code == 201, answer.text
    return Application.model_validate_json(answer.content)


async def decide(
    bank: Bank, application: Application, decision: str = "approved", *roles: str, key: str = "d-1", **more: object
) -> httpx.Response:
    body = {"decision": decision, "reason": "You meet our conditions.", **more}
    headers = internal_headers("accounts", staff(*roles)) | {"idempotency-key": key}
    return await bank.http.post(f"/applications/{application.application_id}/decision", json=body, headers=headers)


async def approved(bank: Bank, application: Application, **more: object) -> ReviewedApplication:
    answer = await decide(bank, application, **more)
    assert answer.status_code == 200, answer.text
    return ReviewedApplication.model_validate_json(answer.content)


async def balances(bank: Bank, customer_id: str) -> dict[str, int]:
    answer = await bank.http.get(f"/customers/{customer_id}/accounts")
    return {account["account_id"]: account["balance"]["minor_units"] for account in answer.json()}


async def account_id(bank: Bank, customer_id: str, kind: str) -> str:
    return (await bank.accounts(customer_id))[kind].account_id


async def test_approval_opens_the_account_with_the_deposit(bank: Bank, maya: str) -> None:
    source = await account_id(bank, maya, "checking")
    before = await balances(bank, maya)
    order = {"plan_id": "certificate-12", "opening_deposit": money(1_000_00), "funding_account_id": source}
    decided = await approved(bank, await applied(bank, maya, order))
    assert (decided.status, decided.decided_by) == ("approved", "staff:pat")
    assert decided.account_id is not None
    after = await balances(bank, maya)
    assert after == before | {source: before[source] - 1_000_00, decided.account_id: 1_000_00}
    certificate = (await bank.accounts(maya))["certificate"]
    assert certificate.name == "12-Month Certificate"
    assert certificate.available is None
    assert (await bank.proof()).holds


async def test_approvals_at_once_with_one_key_open_one_account(bank: Bank, maya: str) -> None:
    source = await account_id(bank, maya, "checking")
    before = await balances(bank, maya)
    order = {"plan_id": "goal-savings", "opening_deposit": money(50_00), "funding_account_id": source}
    application = await applied(bank, maya, order)
    answers = await asyncio.gather(*(decide(bank, application) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    after = await balances(bank, maya)
    assert len(after) == len(before) + 1
    assert after[source] == before[source] - 50_00


@on_sqlite
async def test_a_decision_stands(bank: Bank, maya: str) -> None:
    application = await applied(bank, maya, {"plan_id": "cashback-card"})
    assert (await decide(bank, application, "declined")).json()["status"] == "declined"
    for decision in ("approved", "declined"):
        answer = await decide(bank, application, decision, key="d-2")
        assert (answer.status_code, answer.json()["code"]) == (409, "already_decided")
    reused = await decide(bank, application, "approved")
    assert (reused.status_code, reused.json()["code"]) == (409, "idempotency_key_reused")
    assert "credit_card" in await bank.accounts(maya)
    assert len(await balances(bank, maya)) == 4


@on_sqlite
async def test_declining_tells_the_customer_why(bank: Bank, maya: str) -> None:
    application = await applied(bank, maya, {"plan_id": "cashback-card"})
    await decide(bank, application, "declined", reason="Your cards are drawn to the limit.")
    [shown] = (await bank.http.get(f"/customers/{maya}/applications")).json()
    assert (shown["status"], shown["reason"]) == ("declined", "Your cards are drawn to the limit.")
    assert "decided_by" not in shown


async def test_approvals_at_once_with_keys_of_their_own_open_one_account(bank: Bank, maya: str) -> None:
    application = await applied(bank, maya, {"plan_id": "cashback-card"})
    before = await balances(bank, maya)
    answers = await asyncio.gather(*(decide(bank, application, key=f"d-{number}") for number in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert len(await balances(bank, maya)) == len(before) + 1


@on_sqlite
async def test_who_decides(bank: Bank, maya: str) -> None:
    application = await applied(bank, maya, {"plan_id": "cashback-card"})
    assert (await decide(bank, application, "approved", "agent", "analyst")).status_code == 403
    assert (await decide(bank, application, "approved", "admin")).status_code == 200


@on_sqlite
async def test_a_decision_needs_its_words(bank: Bank, maya: str) -> None:
    application = await applied(bank, maya, {"plan_id": "cashback-card"})
    assert (await decide(bank, application, "perhaps")).status_code == 422
    for reason in ("", "  ", "x" * 301):
        assert (await decide(bank, application, reason=reason)).status_code == 422
    unknown = application.model_copy(update={"application_id": "A-0000000000"})
    assert (await decide(bank, unknown)).status_code == 404


async def test_deposit_that_is_gone_by_then_keeps_the_application_pending(bank: Bank, maya: str) -> None:
    source = await account_id(bank, maya, "checking")
    order = {"plan_id": "goal-savings", "opening_deposit": money(5_000_00), "funding_account_id": source}
    application = await applied(bank, maya, order)
    await bank.pay(maya, await bank.order(maya, 500_00))
    before = await balances(bank, maya)
    answer = await decide(bank, application)
    assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_funds")
    assert await balances(bank, maya) == before
    [shown] = (await bank.http.get(f"/customers/{maya}/applications")).json()
    assert (shown["status"], shown["account_id"]) == ("pending", None)


@on_sqlite
async def test_the_money_must_come_from_an_own_account_that_has_it(bank: Bank, maya: str, theo: str) -> None:
    mine = await bank.accounts(maya)
    cases = [
        ((await bank.accounts(theo))["checking"].account_id, 100_00, 404),
        ("AC-0000000000", 100_00, 404),
        (mine["mortgage"].account_id, 100_00, 422),
        (mine["checking"].account_id, mine["checking"].balance.minor_units + 1, 409),
    ]
    for source, cents, status in cases:
        order = {"plan_id": "goal-savings", "opening_deposit": money(cents), "funding_account_id": source}
        assert (await apply(bank, maya, order)).status_code == status


@on_sqlite
async def test_an_account_is_opened_empty_when_no_account_is_named(bank: Bank, maya: str) -> None:
    decided = await approved(
        bank, await applied(bank, maya, {"plan_id": "goal-savings", "opening_deposit": money(25_00)})
    )
    assert (await balances(bank, maya))[decided.account_id or ""] == 0


async def test_a_personal_loan_is_paid_out_and_has_its_terms(bank: Bank, maya: str) -> None:
    target = await account_id(bank, maya, "checking")
    before = await balances(bank, maya)
    order = {"plan_id": "personal-loan-36", "amount": money(9_000_00), "term_months": 24, "funding_account_id": target}
    bank.clock.advance(days=90)
    decided = await approved(bank, await applied(bank, maya, order))
    after = await balances(bank, maya)
    assert after[target] == before[target] + 9_000_00
    assert after[decided.account_id or ""] == 9_000_00
    path = f"/customers/{maya}/accounts/{decided.account_id}/loan"
    loan = Loan.model_validate_json((await bank.http.get(path)).content)
    assert (loan.original_principal, loan.principal_owed) == (decided.amount, decided.amount)
    assert (str(loan.rate_basis_points), loan.term_months) == ("1099", 24)
    assert loan.first_payment_on == first_payment_after(bank.clock().date(), "personal_loan")
    assert loan.payments_left == 24
    assert (await bank.proof()).holds


@on_sqlite
async def test_a_mortgage_is_paid_out_to_the_seller(bank: Bank, theo: str) -> None:
    before = await balances(bank, theo)
    application = await applied(bank, theo, {"plan_id": "mortgage-30-fixed", "amount": money(300_000_00)})
    decided = await approved(bank, application, amount=money(280_000_00))
    assert decided.amount is not None
    assert decided.amount.minor_units == 280_000_00
    after = await balances(bank, theo)
    assert after == before | {decided.account_id: 280_000_00}
    assert any(payee.account_id == decided.account_id for payee in (await bank.payees(theo)).values())
    answer = await bank.http.get(f"/customers/{theo}/accounts/{decided.account_id}/loan")
    loan = Loan.model_validate_json(answer.content)
    assert loan.next_payment is not None
    assert loan.next_payment.due_on == loan.first_payment_on == date(2026, 5, 1)
    listed = (await bank.http.get(f"/customers/{theo}/accounts")).json()
    [mine] = [account for account in listed if account["account_id"] == decided.account_id]
    assert mine["due_on"].startswith("2026-05-01")
    assert mine["payment_due"]["minor_units"] == loan.next_payment.total.minor_units


@on_sqlite
async def test_a_loan_needs_an_amount_by_the_decision(bank: Bank, theo: str) -> None:
    application = await applied(bank, theo, {"plan_id": "auto-loan-60"})
    answer = await decide(bank, application)
    assert (answer.status_code, answer.json()["code"]) == (422, "amount_needed")
    assert (await decide(bank, application, amount=money(75_000_01))).status_code == 422
    assert (await decide(bank, application, amount=money(20_000_00))).status_code == 200


@on_sqlite
@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"plan_id": "auto-loan-60", "amount": money(75_000_01)}, "goes up to $75,000.00"),
        ({"plan_id": "auto-loan-60", "amount": money(0)}, "more than zero"),
        ({"plan_id": "auto-loan-60", "amount": {"minor_units": 5, "currency": "EUR"}}, "is in USD"),
        ({"plan_id": "auto-loan-60", "amount": money(100_00), "term_months": 61}, "60 months at most"),
        ({"plan_id": "auto-loan-60", "opening_deposit": money(1)}, "without a deposit"),
        ({"plan_id": "cashback-card", "term_months": 12}, "cannot be chosen"),
        ({"plan_id": "goal-savings", "opening_deposit": money(25_00), "amount": money(1)}, "Nothing is lent"),
    ],
)
async def test_amounts_and_terms_against_the_plan_are_refused(
    bank: Bank, maya: str, order: JsonBody, words: str
) -> None:
    answer = await apply(bank, maya, order)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


@on_sqlite
async def test_who_is_not_eligible_hears_why(bank: Bank, maya: str, theo: str) -> None:
    await approved(bank, await applied(bank, maya, {"plan_id": "low-rate-card"}))
    answer = await apply(bank, maya, {"plan_id": "low-rate-card"}, key="k-2")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_eligible")
    assert answer.json()["detail"].startswith("You have a Low-Rate Card account already")


async def test_chosen_plans_are_what_is_held_and_what_is_pending(bank: Bank, maya: str) -> None:
    opened = await approved(bank, await applied(bank, maya, {"plan_id": "low-rate-card"}))
    bank.clock.advance(hours=1)
    waiting = await applied(bank, maya, {"plan_id": "goal-savings", "opening_deposit": money(25_00)}, key="k-2")
    answer = await bank.http.get(f"/customers/{maya}/chosen-plans")
    chosen = [ChosenPlan.model_validate(item) for item in answer.json()]
    assert [(plan.plan_id, plan.status) for plan in chosen[-2:]] == [
        ("low-rate-card", "open"),
        ("goal-savings", "pending"),
    ]
    assert (chosen[-2].account_id, chosen[-1].application_id) == (opened.account_id, waiting.application_id)


async def test_staff_page_through_the_applications(bank: Bank, maya: str, theo: str) -> None:
    made = []
    for number in range(5):
        bank.clock.advance(minutes=number % 2)  # two at the same moment as well
        made.append(await applied(bank, (maya, theo)[number % 2], {"plan_id": "cashback-card"}, key=f"k-{number}"))
    await decide(bank, made[0], "declined")
    seen: list[ReviewedApplication] = []
    cursor = ""
    while True:
        page = (await bank.as_staff("GET", f"/applications?limit=2{cursor}", "supervisor")).json()
        seen += [ReviewedApplication.model_validate(item) for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert {each.application_id for each in seen} == {each.application_id for each in made}
    assert [each.applied_at for each in seen] == sorted((each.applied_at for each in made), reverse=True)
    pending = (await bank.as_staff("GET", "/applications?status=pending", "supervisor")).json()["items"]
    assert {item["application_id"] for item in pending} == {each.application_id for each in made[1:]}


@on_sqlite
@pytest.mark.parametrize("query", ["cursor=nonsense", "cursor=", "cursor=W10", "status=lost", "limit=0", "limit=201"])
async def test_bad_pages_are_refused(bank: Bank, query: str) -> None:
    answer = await bank.as_staff("GET", f"/applications?{query}", "supervisor")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@on_sqlite
async def test_application_and_decision_are_in_the_audit_trail(bank: Bank, maya: str) -> None:
    application = await applied(bank, maya, {"plan_id": "cashback-card", "channel": "mobile"})
    await approved(bank, application)
    entries = (await bank.as_staff("GET", f"/audit?customer_id={maya}", "admin")).json()["items"]
    mine = [entry for entry in entries if entry["subject"] == application.application_id]
    assert [(entry["action"], entry["actor"], entry["channel"]) for entry in mine] == [
        ("application.approved", "staff:pat", None),
        ("application.made", f"customer:{maya}", "mobile"),
    ]
    assert (await bank.as_staff("GET", "/audit/proof", "admin")).json()["whole"]


async def plan_of(bank: Bank, plan_id: str, **terms: object) -> None:
    headers = internal_headers("accounts", staff("admin"))
    body = {"name": plan_id, "summary": "Made for a test.", "rate_basis_points": 500, **terms}
    answer = await bank.http.put(f"/plans/{plan_id}", json=body, headers=headers)
    assert answer.status_code == 200, answer.text


async def test_of_two_applications_for_a_plan_that_can_be_had_once_one_is_approved(bank: Bank, maya: str) -> None:
    await plan_of(bank, "only-one", kind="savings", eligibility={"one_per_customer": True})
    waiting = [await applied(bank, maya, {"plan_id": "only-one"}, key=f"k-{number}") for number in range(3)]
    before = len(await balances(bank, maya))
    answers = await asyncio.gather(*(decide(bank, each, key=each.application_id) for each in waiting))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "not_eligible"}
    assert len(await balances(bank, maya)) == before + 1


@on_sqlite
async def test_a_loan_is_repaid_in_its_own_currency(bank: Bank, maya: str) -> None:
    terms = {"kind": "personal_loan", "currency": "EUR", "max_amount": 5_000_00, "term_months": 24}
    await plan_of(bank, "euro-loan", **terms)
    order = {"plan_id": "euro-loan", "amount": {"minor_units": 1_000_00, "currency": "EUR"}}
    await approved(bank, await applied(bank, maya, order))
    before = await balances(bank, maya)
    answer = await bank.pay(maya, await bank.order(maya, 50_00, payee="euro-loan"))
    assert (answer.status_code, answer.json()["detail"]) == (422, "That account is paid in EUR only.")
    assert await balances(bank, maya) == before
    assert (await bank.proof()).holds


async def test_accounts_have_numbers_of_their_own(bank: Bank, maya: str) -> None:
    opened = [
        await approved(
            bank, await applied(bank, maya, {"plan_id": "cashback-card"}, key=f"k-{number}"), key=f"d-{number}"
        )
        for number in range(3)
    ]
    async with bank.database.reading() as session:
        rows = [await session.get_one(AccountRow, each.account_id) for each in opened]
    numbers = [row.number or "" for row in rows]
    assert len(set(numbers)) == 3
    assert all(luhn(number) and number.endswith(row.number_ending) for number, row in zip(numbers, rows, strict=True))
    shown = await bank.http.get(f"/customers/{maya}/accounts")
    assert not any(number in shown.text for number in numbers)


def test_account_numbers_have_a_check_digit() -> None:
    numbers = [new_account_number() for _ in range(200)]
    assert all(len(number) == 10 and number[0] != "0" and luhn(number) for number in numbers)


def luhn(number: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def test_first_payments() -> None:
    assert first_payment_after(date(2026, 11, 22), "mortgage") == date(2027, 1, 1)
    assert first_payment_after(date(2026, 12, 1), "mortgage") == date(2027, 2, 1)
    assert first_payment_after(date(2027, 1, 31), "auto_loan") == date(2027, 2, 28)
    assert first_payment_after(date(2027, 3, 10), "personal_loan") == date(2027, 4, 10)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"plan_id": "goal\u0000savings"}, "/plan_id"),
        ({"funding_account_id": "AC-\u0000"}, "/funding_account_id"),
        ({"channel": "w\u0000b"}, "/channel"),
        ({"channel": ""}, "/channel"),
        ({"term_months": 0}, "/term_months"),
        ({"amount": {"minor_units": 1, "currency": "\u0000"}}, "/amount/currency"),
    ],
)
async def test_text_that_cannot_be_stored_is_refused(bank: Bank, maya: str, change: JsonBody, pointer: str) -> None:
    answer = await apply(bank, maya, {"plan_id": "goal-savings", **change})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_ids_in_paths_that_cannot_be_stored_are_refused(bank: Bank, maya: str) -> None:
    for path in (f"/customers/{maya}/accounts/%00/loan", f"/customers/{maya}/accounts/%ff/loan"):
        assert (await bank.http.get(path)).status_code == 422
    headers = internal_headers("accounts", staff()) | {"idempotency-key": "d-1"}
    decision = {"decision": "declined", "reason": "No."}
    answer = await bank.http.post("/applications/A-%00/decision", json=decision, headers=headers)
    assert answer.status_code == 422
