"""Double entry: money only moves between accounts, and every transfer's entries sum to zero."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from services.accounts import store
from services.accounts.ids import new_id
from services.accounts.store import AccountRow, EntryRow, TransferRow

BankPurpose = Literal["opening", "settlement"]


async def bank_account(session: AsyncSession, purpose: BankPurpose, currency: str) -> str:
    """The id of the bank's own account: counterpart of opening balances, or of payments that leave the bank."""
    account_id = f"BANK-{purpose.upper()}-{currency}"
    if await store.account(session, account_id) is None:
        name = f"Bank {purpose} {currency}"
        row = AccountRow(id=account_id, kind=purpose, name=name, number_ending="0000", currency=currency)
        await store.insert_if_absent(session, row)
    return account_id


def transfer(purpose: str, made_at: datetime, amounts: Mapping[str, int]) -> tuple[TransferRow, list[EntryRow]]:
    """The rows of a transfer, yet to be inserted.

    `amounts` gives, by account id, the minor units each holder has more (or owes less); all in one currency.
    Raises ValueError when they do not sum to zero or any is zero.
    """
    if sum(amounts.values()) or not amounts or not all(amounts.values()):
        raise ValueError("the entries of a transfer must be non-zero and sum to zero")
    row = TransferRow(id=new_id("T"), purpose=purpose, made_at=made_at)
    return row, [EntryRow(transfer_id=row.id, account_id=key, minor_units=units) for key, units in amounts.items()]


async def post(session: AsyncSession, purpose: str, made_at: datetime, amounts: Mapping[str, int]) -> str:
    """Records a transfer and returns its id. Takes and raises what `transfer` does."""
    row, entries = transfer(purpose, made_at, amounts)
    await store.insert(session, row, *entries)
    return row.id
