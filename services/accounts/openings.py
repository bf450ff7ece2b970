"""Opening an account: its number, the plan it is under, the terms of a loan."""

import random
import secrets
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.amortisation import level_payment, month_after
from services.accounts.holdings import DEPOSIT_KINDS
from services.accounts.ids import new_id
from services.accounts.loan_figures import due_after
from services.accounts.store import AccountRow, ChosenPlanRow, LoanRow, PayeeRow
from shared.schemas.plans import PlanKind

_UNGUESSABLE = secrets.SystemRandom()
_LAST_DUE_DAY = 28  # so that every month has it


@dataclass(frozen=True, slots=True)
class Opening:
    """What is opened for whom; `credit_limit` (minor units) is that of a card or line of credit.

    The account is called as the plan unless it has an `account_name`.
    """

    customer_id: str
    plan_id: str
    plan_name: str
    kind: PlanKind
    currency: str
    credit_limit: int | None = None
    account_name: str | None = None


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """Terms in minor units. `payment` is the level one unless another was agreed; the escrow is a mortgage's.

    `charged_to` is the day up to which interest has been charged: a month before the first payment, unless given.
    """

    principal: int
    rate_ppm: int
    term_months: int
    first_payment_on: date
    payment: int | None = None
    escrow_monthly: int = 0
    escrow_balance: int | None = None
    charged_to: date | None = None


def open_account(
    session: Session, opening: Opening, now: datetime, *, source: random.Random = _UNGUESSABLE
) -> AccountRow:
    """An empty account with a number of its own. A card or loan can be paid as a payee from then on."""
    endings = {account.number_ending for account in store.owned_accounts(session, opening.customer_id)}
    number = _free_number(session, endings, source)
    owed = opening.kind not in DEPOSIT_KINDS
    account = AccountRow(
        id=new_id("AC", source),
        customer_id=opening.customer_id,
        kind=opening.kind,
        name=opening.account_name or opening.plan_name,
        number=number,
        number_ending=number[-4:],
        currency=opening.currency,
        overdraft_floor=None if owed else 0,
    )
    chosen = ChosenPlanRow(
        account_id=account.id,
        customer_id=opening.customer_id,
        plan_id=opening.plan_id,
        plan_name=opening.plan_name,
        kind=opening.kind,
        credit_limit=opening.credit_limit,
        chosen_at=now,
    )
    store.add(session, account, chosen)
    if owed:
        store.add(session, _payee(account, opening, now, source))
    return account


def set_terms(session: Session, account: AccountRow, terms: LoanTerms) -> LoanRow:
    """Binds the loan to its terms: from now on its instalment falls due each month on the day of the first payment."""
    charged_to = terms.charged_to or month_after(terms.first_payment_on, -1)
    payment = terms.payment or level_payment(terms.principal, terms.rate_ppm, terms.term_months)
    loan = LoanRow(
        account_id=account.id,
        principal=terms.principal,
        rate_ppm=terms.rate_ppm,
        term_months=terms.term_months,
        first_payment_on=terms.first_payment_on,
        payment=payment,
        escrow_monthly=terms.escrow_monthly,
        escrow_balance=terms.escrow_balance,
        charged_to=charged_to,
        due_on=due_after(terms.first_payment_on, charged_to),
    )
    account.instalment = payment + terms.escrow_monthly
    account.due_day = terms.first_payment_on.day
    account.first_due_on = terms.first_payment_on
    store.add(session, account)
    store.add(session, loan)
    return loan


def first_payment_after(opened_on: date, kind: PlanKind) -> date:
    """A mortgage's first payment is due on the first day of the second month after it is paid out, as is the custom;
    another loan's a month after that day, on the 28th at the latest.
    """
    if kind == "mortgage":
        return month_after(opened_on.replace(day=1), 2)
    return month_after(opened_on.replace(day=min(opened_on.day, _LAST_DUE_DAY)), 1)


def new_account_number(source: random.Random = _UNGUESSABLE) -> str:
    """Ten digits, the first not zero, the last a check digit (Luhn, ISO/IEC 7812-1) that shows a mistyped one."""
    digits = str(source.randrange(100_000_000, 1_000_000_000))
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))]
    total = sum(value // 10 + value % 10 for value in doubled)
    return f"{digits}{-total % 10}"


def _free_number(session: Session, endings: set[str], source: random.Random) -> str:
    """One that nobody has, and that differs in what is shown of it from the customer's others."""
    while True:
        number = new_account_number(source)
        if number[-4:] not in endings and store.account_numbered(session, number) is None:
            return number


def _payee(account: AccountRow, opening: Opening, now: datetime, source: random.Random) -> PayeeRow:
    return PayeeRow(
        id=new_id("P", source),
        customer_id=opening.customer_id,
        name=account.name,
        number_ending=account.number_ending,
        account_id=account.id,
        added_at=now,
    )
