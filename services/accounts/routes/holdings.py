"""Accounts and payees."""

from fastapi import APIRouter

from services.accounts.routes.parts import Accounts
from shared.auth import ServiceCaller
from shared.schemas.accounts import Account, CustomerId, Payee

router = APIRouter()


@router.get("/customers/{customer_id}/accounts")
async def list_accounts(caller: ServiceCaller, accounts: Accounts, customer_id: CustomerId) -> list[Account]:
    return await accounts.holdings.accounts(customer_id)


@router.get("/customers/{customer_id}/payees")
async def list_payees(caller: ServiceCaller, accounts: Accounts, customer_id: CustomerId) -> list[Payee]:
    return await accounts.holdings.payees(customer_id)
