"""Double entry: money only moves between accounts, in postings that take from one what they give to another.

Balances are kept beside the postings, in the same transaction, and `prove` shows that they are the postings' sums.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.ids import new_id
from services.accounts.store import AccountRow, NewPosting, NewTransfer
from shared.errors import Conflict
from shared.schemas.accounts import LedgerBook, LedgerDifference, LedgerProof
from shared.schemas.base import Money

BankPurpose = Literal["opening", "settlement", "interest", "escrow"]
INSUFFICIENT_FUNDS = {"code": "insufficient_funds"}
_DIFFERENCES_NAMED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A transfer yet to be made. `amounts` gives, by account id, the minor units each holder has more (or owes less).

    `description` and `counterpart` (the name of a side that is no account of ours) are what a statement shows.
    Raises ValueError when the amounts do not sum to zero or any is zero.
    """

    purpose: str
    made_at: datetime
    amounts: Mapping[str, int]
    description: str = ""
    counterpart: str | None = None
    reverses: str | None = None

    def __post_init__(self) -> None:
        if sum(self.amounts.values()) or not self.amounts or not all(self.amounts.values()):
            raise ValueError("the amounts of a transfer must be non-zero and sum to zero")


async def bank_account(session: AsyncSession, purpose: BankPurpose, currency: str) -> str:
    """The id of the bank's own account: counterpart of opening balances, or of payments that leave the bank."""
    return await session.run_sync(lambda blocking: own_account(blocking, purpose, currency))


async def post(
    session: AsyncSession,
    purpose: str,
    made_at: datetime,
    amounts: Mapping[str, int],
    *,
    description: str = "",
    counterpart: str | None = None,
) -> str:
    """Makes one `Movement` and returns the transfer's id. Raises as `enter`."""
    movement = Movement(
        purpose=purpose, made_at=made_at, amounts=amounts, description=description, counterpart=counterpart
    )
    return (await session.run_sync(lambda blocking: enter(blocking, movement)))[0]


def own_account(session: Session, purpose: BankPurpose, currency: str) -> str:
    """As `bank_account`, on a plain session."""
    account_id = f"BANK-{purpose.upper()}-{currency}"
    if not store.is_account(session, account_id):
        name = f"Bank {purpose} {currency}"
        row = AccountRow(id=account_id, kind=purpose, name=name, number_ending="0000", currency=currency)
        store.add_if_absent(session, row)
    return account_id


def enter(session: Session, *movements: Movement) -> list[str]:
    """Makes the transfers, all or none, and returns their ids. The accounts are held until the transaction ends.

    Raises Conflict (`insufficient_funds`) when an account would go below its floor; ValueError for an account that is
    not there, or accounts of two currencies in one transfer.
    """
    accounts = store.locked_accounts(session, {key for movement in movements for key in movement.amounts})
    transfers = [_transfer(movement) for movement in movements]
    postings = [
        posting
        for row, movement in zip(transfers, movements, strict=True)
        for posting in _postings(row, movement.amounts, _currency(accounts, movement))
    ]
    balances = {account.id: account.balance for account in accounts.values()}
    for movement in movements:
        for account_id, units in movement.amounts.items():
            balances[account_id] += units
    for account in accounts.values():
        if account.overdraft_floor is not None and balances[account.id] < account.overdraft_floor:
            raise Conflict("There is not enough money in that account.", members=INSUFFICIENT_FUNDS)
    store.insert_transfers(session, transfers, postings)
    store.set_balances(session, [(account, balances[account.id]) for account in accounts.values()])
    return [row.id for row in transfers]


def reverse(session: Session, transfer_id: str, made_at: datetime) -> str:
    """Takes a transfer back by another that refers to it, and returns the id of that.

    Raises ValueError for a transfer that is not there or that was taken back before, and as `enter`.
    """
    row = store.transfer(session, transfer_id)
    if row is None or store.reversal_of(session, transfer_id):
        raise ValueError("a transfer is taken back at most once")
    amounts: dict[str, int] = {}
    for posting in store.postings_of(session, transfer_id):
        amounts[posting.debit_account_id] = amounts.get(posting.debit_account_id, 0) + posting.minor_units
        amounts[posting.credit_account_id] = amounts.get(posting.credit_account_id, 0) - posting.minor_units
    movement = Movement(
        purpose="reversal",
        made_at=made_at,
        amounts=amounts,
        description=f"Returned: {row.description}" if row.description else "Returned",
        counterpart=row.counterpart,
        reverses=transfer_id,
    )
    return enter(session, movement)[0]


def prove(session: Session) -> LedgerProof:
    """Whether every balance is the sum of its account's postings, and all balances of a currency sum to zero."""
    books = store.books(session)
    differing = store.differing_accounts(session, _DIFFERENCES_NAMED) if any(book.differing for book in books) else []
    return LedgerProof(
        holds=all(book.balances == 0 and book.posted == 0 and not book.differing for book in books),
        books=[
            LedgerBook(currency=book.currency, accounts=book.accounts, sum_of_balances=book.balances) for book in books
        ],
        differences=[
            LedgerDifference(
                account_id=account.account_id,
                balance=Money(minor_units=account.balance, currency=account.currency),
                posted=Money(minor_units=account.posted, currency=account.currency),
            )
            for account in differing
        ],
    )


def _transfer(movement: Movement) -> NewTransfer:
    return NewTransfer(
        id=new_id("T"),
        purpose=movement.purpose,
        description=movement.description,
        counterpart=movement.counterpart,
        reverses=movement.reverses,
        made_at=movement.made_at,
    )


def _currency(accounts: Mapping[str, AccountRow], movement: Movement) -> str:
    if missing := movement.amounts.keys() - accounts.keys():
        raise ValueError(f"no such account: {', '.join(sorted(missing))}")
    currencies = {accounts[account_id].currency for account_id in movement.amounts}
    if len(currencies) > 1:
        raise ValueError("a transfer moves money of one currency")
    return currencies.pop()


def _postings(row: NewTransfer, amounts: Mapping[str, int], currency: str) -> list[NewPosting]:
    return [
        NewPosting(
            transfer_id=row.id,
            line=line,
            debit_account_id=debit,
            credit_account_id=credit,
            minor_units=units,
            currency=currency,
            made_at=row.made_at,
        )
        for line, (debit, credit, units) in enumerate(paired(amounts))
    ]


def paired(amounts: Mapping[str, int]) -> Iterator[tuple[str, str, int]]:
    """Who gives whom how much: amounts that sum to zero always pair up, in at most one pair less than accounts."""
    less = [(account, -units) for account, units in amounts.items() if units < 0]
    more = [(account, units) for account, units in amounts.items() if units > 0]
    while less:
        (debit, out), (credit, into) = less.pop(), more.pop()
        units = min(out, into)
        yield debit, credit, units
        if out > units:
            less.append((debit, out - units))
        if into > units:
            more.append((credit, into - units))
