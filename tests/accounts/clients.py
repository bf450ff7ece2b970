"""The client that other services use, speaking with a bank of the tests."""

from shared.callers import InternalTokens
from shared.clients.accounts import AccountsClient
from shared.settings import DEVELOPMENT_SECRET
from tests.accounts.bank import Bank


def client_of(bank: Bank) -> AccountsClient:
    tokens = InternalTokens(DEVELOPMENT_SECRET)
    return AccountsClient(bank.http, base_url="http://test", audience="accounts", tokens=tokens, sender="bot")
