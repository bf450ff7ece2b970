"""Accounts and payees; the proof of the books."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.accounts.routes.parts import AccountId, Accounts, AnalystCaller, Cursor, IdempotencyKey, Limit, PayeeId
from shared.auth import ServiceCaller
from shared.schemas.accounts import (
    Account,
    Channel,
    CustomerId,
    LedgerProof,
    Month,
    Payee,
    PayeeOrder,
    Statement,
    StatementSummary,
    Transaction,
)
from shared.schemas.base import Page

router = APIRouter()


@router.get("/customers/{customer_id}/accounts")
async def list_accounts(caller: ServiceCaller, accounts: Accounts, customer_id: CustomerId) -> list[Account]:
    return await accounts.holdings.accounts(customer_id)


@router.get("/customers/{customer_id}/accounts/{account_id}/transactions")
async def list_transactions(
    *,
    caller: ServiceCaller,
    accounts: Accounts,
    customer_id: CustomerId,
    account_id: AccountId,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Transaction]:
    return await accounts.statements.transactions(customer_id, account_id, cursor=cursor, limit=limit)


@router.get("/customers/{customer_id}/accounts/{account_id}/statements")
async def list_statements(
    caller: ServiceCaller, accounts: Accounts, customer_id: CustomerId, account_id: AccountId
) -> list[StatementSummary]:
    return await accounts.statements.months(customer_id, account_id)


@router.get("/customers/{customer_id}/accounts/{account_id}/statements/{month}")
async def read_statement(
    caller: ServiceCaller, accounts: Accounts, customer_id: CustomerId, account_id: AccountId, month: Month
) -> Statement:
    return await accounts.statements.statement(customer_id, account_id, month)


@router.get("/customers/{customer_id}/payees")
async def list_payees(caller: ServiceCaller, accounts: Accounts, customer_id: CustomerId) -> list[Payee]:
    return await accounts.payees.listed(customer_id)


@router.post("/customers/{customer_id}/payees", status_code=201)
async def add_payee(
    caller: ServiceCaller,
    accounts: Accounts,
    customer_id: CustomerId,
    order: PayeeOrder,
    idempotency_key: IdempotencyKey,
) -> Payee:
    return await accounts.payees.add(customer_id, order, key=idempotency_key)


@router.delete("/customers/{customer_id}/payees/{payee_id}", status_code=204)
async def remove_payee(
    caller: ServiceCaller,
    accounts: Accounts,
    customer_id: CustomerId,
    payee_id: PayeeId,
    channel: Annotated[Channel, Query()] = "web",
) -> None:
    await accounts.payees.remove(customer_id, payee_id, channel=channel)


@router.get("/ledger/proof")
async def prove_ledger(caller: AnalystCaller, accounts: Accounts) -> LedgerProof:
    return await accounts.prove_ledger()
