"""What happened on the demo bank's accounts before it was opened: pay, bills, shopping, savings, instalments.

It is told backwards from the balances of today: an account begins with what makes it come out right.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from services.accounts.amortisation import interest_of_month, month_after, schedule
from services.accounts.ledger import Movement
from services.accounts.store import AccountRow, LoanRow

_EMPLOYERS = ("Lakeshore Design", "Northern Freight", "Pinecrest School", "Harlow Clinic", "Brightwater Foods")
_SHOPS = (
    ("Fresh Fields Market", 38_00, 96_00),
    ("Corner Coffee", 4_00, 11_00),
    ("Riverside Books", 12_00, 34_00),
    ("Gas & Go", 28_00, 55_00),
    ("Bella Pasta", 24_00, 62_00),
    ("Oak Street Pharmacy", 9_00, 40_00),
)
_CARD_PAYMENT = 35_00
_SAVED = 100_00
_SAVINGS_PPM = 21_000
_HALF = 15


@dataclass(frozen=True, slots=True)
class BankAccounts:
    """The ids of the bank's own accounts."""

    opening: str
    settlement: str
    interest: str
    escrow: str


@dataclass(slots=True)
class Past:
    """One customer's past: `accounts` by kind, `units` what is on each now (positive is the holder's), by its id.

    `loans` are the terms of the loans among them, `payees` the names of those who send bills.
    """

    accounts: Mapping[str, AccountRow]
    units: Mapping[str, int]
    loans: Sequence[LoanRow]
    payees: Sequence[str]
    bank: BankAccounts
    now: datetime
    source: random.Random
    movements: list[Movement] = field(default_factory=list)

    def told(self, months: int) -> list[Movement]:
        """The movements of so many whole months and the present one, after the opening balances."""
        start = month_after(self.now.date().replace(day=1), -months)
        for loan in self.loans:
            self._instalments(loan, start)
        for month in (month_after(start, number) for number in range(months + 1)):
            self._saving(month)
            self._card(month)
            self._bills_and_pay(month)
        return [*self._openings(start), *self.movements]

    def _move(
        self,
        moment: tuple[date, int],
        purpose: str,
        amounts: Mapping[str, int],
        description: str,
        counterpart: str | None = None,
    ) -> None:
        """Adds a movement of that day and hour, unless it is still to come."""
        day, hour = moment
        made_at = datetime.combine(day, time(hour, self.source.randrange(60)), UTC)
        if made_at < self.now:
            self.movements.append(
                Movement(
                    purpose=purpose, made_at=made_at, amounts=amounts, description=description, counterpart=counterpart
                )
            )

    def _openings(self, start: date) -> list[Movement]:
        moved: dict[str, int] = {}
        for movement in self.movements:
            for account_id, units in movement.amounts.items():
                moved[account_id] = moved.get(account_id, 0) + units
        before = {account_id: units - moved.get(account_id, 0) for account_id, units in self.units.items()}
        made_at = datetime.combine(start, time(), UTC)
        return [
            Movement(
                purpose="opening",
                made_at=made_at,
                amounts={account_id: units, self.bank.opening: -units},
                description="Opening balance",
            )
            for account_id, units in before.items()
            if units
        ]

    def _instalments(self, loan: LoanRow, start: date) -> None:
        """Those of the loan that fell due since, each on its day; interest and escrow are charged the night after."""
        checking, account = self.accounts["checking"].id, self._account(loan.account_id)
        instalment = loan.payment + loan.escrow_monthly
        what = "Interest and escrow" if loan.escrow_monthly else "Interest"
        for line in schedule(loan.principal, loan.rate_ppm, loan.term_months, payment=loan.payment):
            due_on = month_after(loan.first_payment_on, line.number - 1)
            if due_on > loan.charged_to:
                return
            if due_on >= start:
                amounts = {checking: -instalment, account.id: instalment}
                self._move((due_on, 13), "payment", amounts, f"Payment to {account.name}", account.name)
                amounts = {account.id: -line.interest - loan.escrow_monthly, self.bank.interest: line.interest}
                amounts |= {self.bank.escrow: loan.escrow_monthly} if loan.escrow_monthly else {}
                self._move((due_on + timedelta(days=1), 0), "interest", amounts, f"{what} due {due_on.isoformat()}")

    def _saving(self, month: date) -> None:
        if savings := self.accounts.get("savings"):
            checking = self.accounts["checking"].id
            amounts = {checking: -_SAVED, savings.id: _SAVED}
            self._move((month.replace(day=3), 9), "transfer", amounts, "Transfer to savings", savings.name)
            interest = interest_of_month(self.units[savings.id], _SAVINGS_PPM)
            last = month_after(month, 1) - timedelta(days=1)
            self._move(
                (last, 22), "interest", {self.bank.interest: -interest, savings.id: interest}, "Interest paid", None
            )

    def _card(self, month: date) -> None:
        """Shopping, as far as the card's debt of today allows, and the least payment on the 15th."""
        card = self.accounts.get("credit_card")
        if card is None:
            return
        spent = -sum(movement.amounts.get(card.id, 0) for movement in self.movements if movement.purpose == "purchase")
        for day in sorted(self.source.sample(range(1, 28), 4)):
            shop, price = self._shopping()
            if spent + price < -self.units[card.id]:
                spent += price
                amounts = {card.id: -price, self.bank.settlement: price}
                self._move((month.replace(day=day), 18), "purchase", amounts, shop, shop)
        amounts = {self.accounts["checking"].id: -_CARD_PAYMENT, card.id: _CARD_PAYMENT}
        self._move((month.replace(day=15), 13), "payment", amounts, f"Payment to {card.name}", card.name)

    def _bills_and_pay(self, month: date) -> None:
        """Bills and shopping; pay comes before each half of the month and about covers what leaves in it."""
        checking = self.accounts["checking"].id
        for place, name in enumerate(self.payees):
            units = self.source.randint(28_00, 140_00)
            amounts = {checking: -units, self.bank.settlement: units}
            self._move((month.replace(day=5 + 4 * place), 13), "payment", amounts, f"Payment to {name}", name)
        for day in sorted(self.source.sample(range(2, 28), 5)):
            shop, price = self._shopping()
            amounts = {checking: -price, self.bank.settlement: price}
            self._move((month.replace(day=day), 17), "purchase", amounts, shop, shop)
        employer = self._employer()
        for first, until in ((1, _HALF), (_HALF, 32)):
            spent = -sum(
                movement.amounts.get(checking, 0)
                for movement in self.movements
                if (movement.made_at.year, movement.made_at.month) == (month.year, month.month)
                and first <= movement.made_at.day < until
            )
            if spent > 0:
                pay = -(-spent // 10_00) * 10_00
                amounts = {self.bank.settlement: -pay, checking: pay}
                self._move((month.replace(day=first), 6), "deposit", amounts, f"Pay from {employer}", employer)

    def _shopping(self) -> tuple[str, int]:
        shop, least, most = self.source.choice(_SHOPS)
        return shop, self.source.randint(least, most)

    def _employer(self) -> str:
        return _EMPLOYERS[sum(self.accounts["checking"].number_ending.encode()) % len(_EMPLOYERS)]

    def _account(self, account_id: str) -> AccountRow:
        return next(account for account in self.accounts.values() if account.id == account_id)
