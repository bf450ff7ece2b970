"""What the bot asks of plans and loans, through its client."""

import pytest

from shared.errors import Conflict, InvalidRequest, NotFound
from shared.schemas.base import Money
from shared.schemas.mortgages import AmortisationOrder, Principal
from shared.schemas.plans import ApplicationOrder
from tests.accounts.bank import Bank, on_sqlite
from tests.accounts.clients import client_of

pytestmark = on_sqlite


async def test_plans_are_recommended_applied_for_and_chosen(bank: Bank, maya: str) -> None:
    client = client_of(bank)
    [recommended, *_] = await client.recommended_plans(maya, kind="certificate", minor_units=1_000_00)
    order = ApplicationOrder(plan_id=recommended.plan.plan_id, opening_deposit=Money(minor_units=1_000_00))
    application = await client.apply(maya, order, idempotency_key="k-1")
    assert await client.apply(maya, order, idempotency_key="k-1") == application
    assert await client.applications(maya) == [application]
    assert (await client.chosen_plans(maya))[-1].application_id == application.application_id


async def test_refusals_come_as_they_are(bank: Bank, maya: str, theo: str) -> None:
    client = client_of(bank)
    with pytest.raises(InvalidRequest, match="needs an opening deposit"):
        await client.apply(maya, ApplicationOrder(plan_id="goal-savings"), idempotency_key="k-1")
    order = ApplicationOrder(plan_id="goal-savings", opening_deposit=Money(minor_units=25_00))
    rich = order.model_copy(update={"opening_deposit": Money(minor_units=900_000_00)})
    source = (await bank.accounts(maya))["checking"].account_id
    with pytest.raises(Conflict) as refusal:
        await client.apply(maya, rich.model_copy(update={"funding_account_id": source}), idempotency_key="k-2")
    assert refusal.value.members == {
        "code": "insufficient_funds",
        "available": 5_240_18,
        "currency": "USD",
    }
    with pytest.raises(NotFound):
        await client.apply(theo, order.model_copy(update={"funding_account_id": source}), idempotency_key="k-3")
    with pytest.raises(NotFound):
        await client.recommended_plans("C-0000000000")


async def test_a_loan_and_the_calculator(bank: Bank, maya: str) -> None:
    client = client_of(bank)
    accounts = await bank.accounts(maya)
    loan = await client.loan(maya, accounts["mortgage"].account_id)
    assert loan.payoff.amount.minor_units > loan.principal_owed.minor_units
    with pytest.raises(Conflict) as refusal:
        await client.loan(maya, accounts["checking"].account_id)
    assert refusal.value.members == {"code": "no_loan_terms"}
    order = AmortisationOrder(
        principal=Principal(minor_units=loan.original_principal.minor_units),
        rate_basis_points=loan.rate_basis_points,
        term_months=loan.term_months,
        first_payment_on=loan.first_payment_on,
    )
    amortisation = await client.amortise(order)
    assert amortisation.paid_off_on == loan.matures_on
    assert amortisation.lines[69].balance == loan.principal_owed
