"""What a loan comes to on a day: pure arithmetic over its terms, its balance, and what was paid since its last charge.

A loan bears interest on what was owed after its last due date (`charged_to`). On the next due date the interest since
then, and the month's share for escrow, are charged to the account. What the customer pays before that goes to these
charges first and lowers the principal by the rest.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from services.accounts.amortisation import interest_of_day, interest_of_month, month_after, schedule
from services.accounts.store import LoanRow

_TRIFLE = 100  # minor units


@dataclass(frozen=True, slots=True)
class DuePayment:
    """In minor units."""

    due_on: date
    principal: int
    interest: int
    escrow: int


@dataclass(frozen=True, slots=True)
class PayoffParts:
    """What ends a loan, in minor units: `owed` goes to its account, the rest was not charged to that yet."""

    owed: int
    interest: int
    escrow: int

    @property
    def total(self) -> int:
        return self.owed + self.interest + self.escrow


@dataclass(frozen=True, slots=True)
class LoanFigures:
    """`owed` is the account's balance, as a debt; `paid` what came in after the last charge; both in minor units.

    `cleared_on` is the day on which nothing was owed any more, when that is so. A loan that was paid off has neither.
    """

    loan: LoanRow
    owed: int
    paid: int
    cleared_on: date | None = None

    @property
    def interest(self) -> int:
        """What the next due date charges: a month's interest, or by the day when it is no whole month.

        When all was paid before, only the days until then count, and a trifle is waived so that the loan ends.
        """
        before, rate = max(self.owed + self.paid, 0), self.loan.rate_ppm
        if self.cleared_on is None and month_after(self.loan.due_on, -1) == self.loan.charged_to:
            return interest_of_month(before, rate)
        until = min(self.cleared_on or self.loan.due_on, self.loan.due_on)
        units = interest_of_day(before, rate) * max((until - self.loan.charged_to).days, 0)
        return 0 if self.cleared_on and units < _TRIFLE else units

    @property
    def escrow(self) -> int:
        """What the next due date charges for escrow: nothing once nothing is owed."""
        return self.loan.escrow_monthly if self.owed > 0 else 0

    @property
    def principal(self) -> int:
        """What is owed without the interest and escrow that were paid ahead of their charge."""
        return self.owed + min(self.paid, self.interest + self.escrow)

    @property
    def interest_paid(self) -> int:
        """What was paid of the interest that is not charged yet."""
        return min(self.paid, self.interest)

    @property
    def payments_left(self) -> int:
        """How many payments the loan takes from here, by its terms; the last of the term takes all that is left."""
        if self.principal <= 0:
            return 0
        gone = _months_between(self.loan.first_payment_on, self.loan.due_on)
        months = max(1, self.loan.term_months - gone)
        lines = schedule(self.principal, self.loan.rate_ppm, months, payment=self.loan.payment)
        return sum(1 for _ in lines)

    def next_payment(self) -> DuePayment | None:
        """What is still to be paid for the next due date, or the whole of the one after when that is paid already."""
        if self.principal <= 0:
            return None
        still_due = self._payment(self.loan.due_on, self.owed + self.paid, self.interest, self.paid)
        if still_due is not None:
            return still_due
        following = month_after(
            self.loan.first_payment_on, _months_between(self.loan.first_payment_on, self.loan.due_on) + 1
        )
        interest = interest_of_month(self.principal, self.loan.rate_ppm)
        return self._payment(following, self.principal, interest, 0)

    def _payment(self, due_on: date, principal: int, interest: int, paid: int) -> DuePayment | None:
        """The rest of an instalment after `paid`, which goes to interest, escrow and principal in this order."""
        last = month_after(self.loan.first_payment_on, self.loan.term_months - 1)
        repaid = principal if due_on >= last else min(max(self.loan.payment - interest, 0), principal)
        if paid >= interest + self.escrow + repaid:
            return None
        interest_left = max(interest - paid, 0)
        escrow_left = max(self.escrow - max(paid - interest, 0), 0)
        principal_left = repaid - max(paid - interest - self.escrow, 0)
        return DuePayment(due_on, principal_left, interest_left, escrow_left)

    @property
    def _paid_ahead(self) -> bool:
        """Whether the interest up to the next due date is paid already."""
        return self.paid > 0 and self.interest_paid == self.interest

    def payoff_interest(self, on: date) -> tuple[date, int]:
        """From when interest is still to be paid, and how much that is on the day, at `per_diem`."""
        since = self.loan.due_on if self._paid_ahead else self.loan.charged_to
        return since, self.per_diem * max((on - since).days, 0)

    def good_through(self, today: date, lasts: timedelta) -> date:
        """How long the payoff figure holds: what falls due on the next due date is not in it."""
        return max(today, min(today + lasts, self.loan.due_on))

    def payoff(self, on: date) -> PayoffParts:
        """What pays the loan off on the day; after the next due date, without what falls due on that."""
        _, interest = self.payoff_interest(on)
        if not self._paid_ahead:  # what was paid of the interest has lowered the balance
            return PayoffParts(self.owed, interest, 0)
        ahead = self.principal - self.owed
        return PayoffParts(self.owed, interest + self.interest_paid, ahead - self.interest_paid)

    @property
    def per_diem(self) -> int:
        return interest_of_day(self.principal, self.loan.rate_ppm)


def due_after(first_payment_on: date, day: date) -> date:
    """The first due date after the day."""
    months = max(_months_between(first_payment_on, day), 0)
    due = month_after(first_payment_on, months)
    return due if due > day else month_after(first_payment_on, months + 1)


def _months_between(first: date, later: date) -> int:
    return (later.year - first.year) * 12 + later.month - first.month
