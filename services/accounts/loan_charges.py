"""What is charged to loans on their due dates, how a loan stands in between, and its end."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from services.accounts import ledger, store
from services.accounts.bank_days import BankDays
from services.accounts.loan_figures import LoanFigures, PayoffParts, due_after
from services.accounts.store import AccountRow, LoanRow
from shared.errors import Conflict


def figures_of(session: Session, account: AccountRow, row: LoanRow, days: BankDays) -> LoanFigures:
    """How the loan stands. One that was paid off owes nothing, whatever was paid when."""
    figures = LoanFigures(row, owed=0, paid=0)
    if row.paid_off_by is not None:
        return figures
    paid = store.received_since(session, {account.id: days.end_of(row.charged_to)}).get(account.id, 0)
    cleared = store.last_received(session, account.id) if account.balance >= 0 else None
    return replace(figures, owed=-account.balance, paid=paid, cleared_on=cleared and days.day_of(cleared))


def charge(session: Session, account_id: str, days: BankDays, now: datetime) -> int:
    """Charges interest and escrow for every due date that has passed, each once; how many charges were made.

    Holds the loan, then its account, until the transaction ends; an account that is no loan is left alone.
    """
    row, charges = store.held_loan(session, account_id), 0
    while row is not None and row.paid_off_by is None and row.due_on < days.day_of(now):
        account = store.locked_accounts(session, [account_id])[account_id]
        figures = figures_of(session, account, row, days)
        if figures.interest + figures.escrow:
            _post(session, account, figures, now)
            charges += 1
        if figures.escrow:
            row.escrow_balance = (row.escrow_balance or 0) + figures.escrow
        row.charged_to, row.due_on = row.due_on, due_after(row.first_payment_on, row.due_on)
        session.flush()
    return charges


def payoff_amounts(session: Session, account: AccountRow, parts: PayoffParts) -> dict[str, int]:
    """Who has more by a payoff, in minor units: the loan's account by what is owed, the bank by what it earned."""
    amounts = {
        account.id: parts.owed,
        ledger.own_account(session, "interest", account.currency): parts.interest,
        ledger.own_account(session, "escrow", account.currency): parts.escrow,
    }
    return {account_id: units for account_id, units in amounts.items() if units}


def end(session: Session, row: LoanRow, parts: PayoffParts, transfer_id: str) -> None:
    """The loan, which is held, was paid off by the transfer."""
    row.paid_off_by = transfer_id
    if parts.escrow:
        row.escrow_balance = (row.escrow_balance or 0) + parts.escrow
    session.flush()


def reopen(session: Session, account_id: str, transfer_id: str) -> None:
    """Before a payment to the account is taken back: if it paid off a loan, the loan goes on as it was.

    Raises Conflict (`too_late`) when another payment has paid the loan off since.
    """
    row = store.held_loan(session, account_id)
    if row is None or row.paid_off_by is None:
        return
    if row.paid_off_by != transfer_id:
        raise Conflict("The loan was paid off since. Take that payment back first.", members={"code": "too_late"})
    postings = store.postings_of(session, transfer_id)
    held = {ledger.own_account(session, "escrow", posting.currency) for posting in postings}
    if escrow := sum(posting.minor_units for posting in postings if posting.credit_account_id in held):
        row.escrow_balance = (row.escrow_balance or 0) - escrow
    row.paid_off_by = None
    session.flush()


def _post(session: Session, account: AccountRow, figures: LoanFigures, now: datetime) -> None:
    amounts = {account.id: -figures.interest - figures.escrow}
    if figures.interest:
        amounts[ledger.own_account(session, "interest", account.currency)] = figures.interest
    if figures.escrow:
        amounts[ledger.own_account(session, "escrow", account.currency)] = figures.escrow
    what = "Interest and escrow" if figures.escrow else "Interest"
    description = f"{what} due {figures.loan.due_on.isoformat()}"
    movement = ledger.Movement(purpose="interest", made_at=now, amounts=amounts, description=description)
    ledger.enter(session, movement)
