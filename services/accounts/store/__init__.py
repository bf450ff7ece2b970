"""The tables and the queries. Every function runs in the caller's transaction."""

from services.accounts.store.customers import (
    CustomerRow,
    LockoutRow,
    VerificationRow,
    any_customer,
    customer,
    customer_by_phone,
    locked_lockout,
    verification,
)
from services.accounts.store.ledger import (
    AccountRow,
    EntryRow,
    TransferRow,
    account,
    account_of,
    accounts_of,
    lock_accounts,
    received_since,
    sums,
)
from services.accounts.store.payments import PayeeRow, PaymentRow, payee_of, payees_of, payment_of
from services.accounts.store.plans import ApplicationRow, application
from services.accounts.store.requests import RequestRow, request
from services.accounts.store.tables import AccountsTable, insert, insert_if_absent

__all__ = [
    "AccountRow",
    "AccountsTable",
    "ApplicationRow",
    "CustomerRow",
    "EntryRow",
    "LockoutRow",
    "PayeeRow",
    "PaymentRow",
    "RequestRow",
    "TransferRow",
    "VerificationRow",
    "account",
    "account_of",
    "accounts_of",
    "any_customer",
    "application",
    "customer",
    "customer_by_phone",
    "insert",
    "insert_if_absent",
    "lock_accounts",
    "locked_lockout",
    "payee_of",
    "payees_of",
    "payment_of",
    "received_since",
    "request",
    "sums",
    "verification",
]
