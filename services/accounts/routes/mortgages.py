"""Loans, and the payment calculator."""

from fastapi import APIRouter

from services.accounts.mortgages import amortised
from services.accounts.routes.parts import AccountId, Accounts
from shared.auth import ServiceCaller
from shared.schemas.accounts import CustomerId
from shared.schemas.mortgages import Amortisation, AmortisationOrder, Loan

router = APIRouter()


@router.get("/customers/{customer_id}/accounts/{account_id}/loan")
async def read_loan(caller: ServiceCaller, accounts: Accounts, customer_id: CustomerId, account_id: AccountId) -> Loan:
    return await accounts.mortgages.loan(customer_id, account_id)


@router.post("/calculations/amortisation")
async def amortise(caller: ServiceCaller, order: AmortisationOrder) -> Amortisation:
    return amortised(order)
