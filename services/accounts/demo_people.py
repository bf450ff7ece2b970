"""Who the demo bank's customers are and what they have: the same twelve each time."""

import random
from dataclasses import dataclass

from services.accounts.amortisation import level_payment, schedule
from shared.schemas.accounts import AccountKind

_FIRST_NUMBER = 55_501_000
_PEOPLE = (
    ("Maya", "Lindqvist", "2468"),
    ("Theo", "Marchetti", "1379"),
    ("Priya", "Ashworth", "8052"),
    ("Owen", "Takahashi", "4417"),
    ("Leila", "Broadbent", "9036"),
    ("Samuel", "Ferreira", "5823"),
    ("Clara", "Benning", "7715"),
    ("Idris", "Halloran", "3902"),
    ("Nora", "Vasquez", "6184"),
    ("Felix", "Sandoval", "2790"),
    ("June", "Okonkwo", "5561"),
    ("Victor", "Petrov", "8347"),
)
_OUTSIDE_PAYEES = (
    "City Power", "Northside Water", "Metro Wireless", "Harbor Gas", "Lakeview Rentals", "Summit Insurance",
    "Greenleaf Internet", "Oakdale Preschool",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoLoan:
    """A loan of which `paid` instalments are paid, all on time; amounts in cents, the rate in parts per million."""

    principal: int
    rate_ppm: int
    term_months: int
    paid: int
    escrow_monthly: int = 0

    @property
    def instalment(self) -> int:
        return level_payment(self.principal, self.rate_ppm, self.term_months) + self.escrow_monthly

    @property
    def owed(self) -> int:
        lines = schedule(self.principal, self.rate_ppm, self.term_months)
        return next(line.balance for line in lines if line.number == self.paid)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """`units` (cents) is what the customer has, or owes on a card or loan; `instalment` is due on `due_day`."""

    kind: AccountKind
    plan_id: str
    name: str
    number_ending: str
    units: int
    instalment: int | None = None
    due_day: int | None = None
    loan: DemoLoan | None = None


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """`payees` are outside ones, as name and ending of the number; own cards and loans become payees as well."""

    first_name: str
    last_name: str
    phone: str
    customer_number: str
    pin: str
    accounts: tuple[DemoAccount, ...]
    payees: tuple[tuple[str, str], ...]


def _checking(number_ending: str, units: int) -> DemoAccount:
    return DemoAccount("checking", "everyday-checking", "Everyday Checking", number_ending, units)


def _savings(number_ending: str, units: int) -> DemoAccount:
    return DemoAccount("savings", "goal-savings", "Goal Savings", number_ending, units)


def _card(number_ending: str, units: int) -> DemoAccount:
    return DemoAccount("credit_card", "cashback-card", "Cashback Card", number_ending, units, 35_00, 15)


def _mortgage(number_ending: str, loan: DemoLoan) -> DemoAccount:
    name, plan_id = "Home Mortgage", "mortgage-30-fixed"
    return DemoAccount("mortgage", plan_id, name, number_ending, loan.owed, loan.instalment, 1, loan)


def _auto_loan(number_ending: str, loan: DemoLoan) -> DemoAccount:
    return DemoAccount("auto_loan", "auto-loan-60", "Auto Loan", number_ending, loan.owed, loan.instalment, 10, loan)


_MAYAS_ACCOUNTS = (
    _checking("4821", 5_240_18),
    _savings("7735", 12_800_00),
    _card("9012", 1_386_52),
    # Seventy payments of $1,150.69 and $331.91 for escrow: $214,350.00 of the $241,900.00 are owed still.
    _mortgage("3306", DemoLoan(241_900_00, 39_700, 360, paid=70, escrow_monthly=331_91)),
)
_MAYAS_PAYEES = (("City Power", "5519"), ("Northside Water", "8127"), ("Metro Wireless", "6640"))


def demo_customers() -> list[DemoCustomer]:
    """The same twelve each time."""
    source = random.Random("omnilex demo bank")  # noqa: S311  the same bank everywhere, no secret
    drawn = [(_drawn_accounts(source), _drawn_payees(source)) for _ in _PEOPLE[1:]]
    holdings = [(_MAYAS_ACCOUNTS, _MAYAS_PAYEES), *drawn]
    return [
        DemoCustomer(first, last, f"+155555501{index:02d}", str(_FIRST_NUMBER + index), pin, accounts, payees)
        for index, ((first, last, pin), (accounts, payees)) in enumerate(zip(_PEOPLE, holdings, strict=True))
    ]


def _drawn_accounts(source: random.Random) -> tuple[DemoAccount, ...]:
    accounts = [_checking(_ending(source), source.randint(1_400_00, 9_000_00))]
    if source.random() < 0.7:
        accounts.append(_savings(_ending(source), source.randint(500_00, 40_000_00)))
    if source.random() < 0.6:
        accounts.append(_card(_ending(source), source.randint(80_00, 4_500_00)))
    if source.random() < 0.4:
        principal, rate = source.randrange(12_000_00, 38_000_00, 500_00), source.randrange(44_900, 89_900, 2_500)
        accounts.append(_auto_loan(_ending(source), DemoLoan(principal, rate, 60, paid=source.randint(6, 40))))
    if source.random() < 0.4:
        principal, rate = source.randrange(120_000_00, 420_000_00, 1_000_00), source.randrange(27_500, 70_000, 1_250)
        escrow = source.randrange(180_00, 620_00)
        loan = DemoLoan(principal, rate, 360, paid=source.randint(12, 110), escrow_monthly=escrow)
        accounts.append(_mortgage(_ending(source), loan))
    return tuple(accounts)


def _drawn_payees(source: random.Random) -> tuple[tuple[str, str], ...]:
    names = source.sample(_OUTSIDE_PAYEES, source.randint(2, 4))
    return tuple((name, _ending(source)) for name in names)


def _ending(source: random.Random) -> str:
    return f"{source.randrange(10_000):04d}"
