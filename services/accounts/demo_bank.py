"""The demo bank: twelve invented customers in an empty database. Never in production (`OMNILEX_DEMO_BANK`).

| phone        | name             | PIN  |   | phone        | name            | PIN  |
|--------------|------------------|------|---|--------------|-----------------|------|
| +15555550100 | Maya Lindqvist   | 2468 |   | +15555550106 | Clara Benning   | 7715 |
| +15555550101 | Theo Marchetti   | 1379 |   | +15555550107 | Idris Halloran  | 3902 |
| +15555550102 | Priya Ashworth   | 8052 |   | +15555550108 | Nora Vasquez    | 6184 |
| +15555550103 | Owen Takahashi   | 4417 |   | +15555550109 | Felix Sandoval  | 2790 |
| +15555550104 | Leila Broadbent  | 9036 |   | +15555550110 | June Okonkwo    | 5561 |
| +15555550105 | Samuel Ferreira  | 5823 |   | +15555550111 | Victor Petrov   | 8347 |

Maya's accounts and payees are written down below; the others' are drawn from a seeded source, so every installation
has the same bank.
"""

import asyncio
import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.accounts import ledger, store
from services.accounts.clock import Clock
from services.accounts.holdings import DEPOSIT_KINDS
from services.accounts.ids import new_id
from services.accounts.pins import PinHasher
from services.accounts.store import AccountRow, AccountsTable, CustomerRow, PayeeRow
from shared.db import Database
from shared.schemas.accounts import AccountKind

log = logging.getLogger("omnilex.accounts.demo_bank")

_CURRENCY = "USD"
_HAD_PAYEES_FOR = timedelta(days=400)
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
class DemoAccount:
    """`units` (cents) is what the customer has, or owes on a card or loan; `instalment` is due on `due_day`."""

    kind: AccountKind
    name: str
    number_ending: str
    units: int
    instalment: int | None = None
    due_day: int | None = None


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """`payees` are outside ones, as name and ending of the number; own cards and loans become payees as well."""

    first_name: str
    last_name: str
    phone: str
    pin: str
    accounts: tuple[DemoAccount, ...]
    payees: tuple[tuple[str, str], ...]


_MAYAS_ACCOUNTS = (
    DemoAccount("checking", "Everyday Checking", "4821", 5_240_18),
    DemoAccount("savings", "Goal Savings", "7735", 12_800_00),
    DemoAccount("credit_card", "Cashback Card", "9012", 1_386_52, 35_00, 15),
    DemoAccount("mortgage", "Home Mortgage", "3306", 214_350_00, 1_482_60, 1),
)
_MAYAS_PAYEES = (("City Power", "5519"), ("Northside Water", "8127"), ("Metro Wireless", "6640"))


async def open_demo_bank(database: Database, pins: PinHasher, clock: Clock) -> None:
    """Fills the database when it has no customer, and does nothing when it has one."""
    async with database.reading() as session:
        if await store.any_customer(session):
            return
    people = demo_customers()
    hashes = await asyncio.gather(*(pins.hash(person.pin) for person in people))
    source = random.Random("omnilex demo bank ids")  # noqa: S311  the same bank everywhere, no secret
    async with database.transaction() as session:
        # Replicas that start together queue up at this row, and the later ones find customers.
        counterpart = await ledger.bank_account(session, "opening", _CURRENCY)
        await session.run_sync(lambda blocking: store.locked_accounts(blocking, [counterpart]))
        if await store.any_customer(session):
            return
        openings: list[ledger.Movement] = []
        for person, pin_hash in zip(people, hashes, strict=True):
            rows = _rows(person, pin_hash, clock(), source)
            await store.insert(session, *rows)
            accounts = [row for row in rows if isinstance(row, AccountRow)]
            openings += [
                _opening(row, account.units, counterpart, clock())
                for row, account in zip(accounts, person.accounts, strict=True)
            ]
        await session.run_sync(lambda blocking: ledger.enter(blocking, *openings))
    log.info("demo_bank.opened", extra={"customers": len(people)})


def demo_customers() -> list[DemoCustomer]:
    """The same twelve each time."""
    source = random.Random("omnilex demo bank")  # noqa: S311  the same bank everywhere, no secret
    drawn = [(_drawn_accounts(source), _drawn_payees(source)) for _ in _PEOPLE[1:]]
    holdings = [(_MAYAS_ACCOUNTS, _MAYAS_PAYEES), *drawn]
    return [
        DemoCustomer(first, last, f"+155555501{index:02d}", pin, accounts, payees)
        for index, ((first, last, pin), (accounts, payees)) in enumerate(zip(_PEOPLE, holdings, strict=True))
    ]


def _drawn_accounts(source: random.Random) -> tuple[DemoAccount, ...]:
    accounts = [DemoAccount("checking", "Everyday Checking", _ending(source), source.randint(400_00, 9_000_00))]
    if source.random() < 0.7:
        accounts.append(DemoAccount("savings", "Goal Savings", _ending(source), source.randint(500_00, 40_000_00)))
    if source.random() < 0.6:
        owed = source.randint(80_00, 4_500_00)
        accounts.append(DemoAccount("credit_card", "Cashback Card", _ending(source), owed, 35_00, 15))
    if source.random() < 0.4:
        owed = source.randint(3_000_00, 28_000_00)
        accounts.append(DemoAccount("auto_loan", "Auto Loan", _ending(source), owed, owed // 48, 10))
    if source.random() < 0.4:
        owed = source.randint(90_000_00, 380_000_00)
        accounts.append(DemoAccount("mortgage", "Home Mortgage", _ending(source), owed, owed // 150, 1))
    return tuple(accounts)


def _drawn_payees(source: random.Random) -> tuple[tuple[str, str], ...]:
    names = source.sample(_OUTSIDE_PAYEES, source.randint(2, 4))
    return tuple((name, _ending(source)) for name in names)


def _ending(source: random.Random) -> str:
    return f"{source.randrange(10_000):04d}"


def _rows(person: DemoCustomer, pin_hash: str, now: datetime, source: random.Random) -> list[AccountsTable]:
    """All of one customer but the money, in an order in which it can be inserted."""
    customer = CustomerRow(
        id=new_id("C", source),
        first_name=person.first_name,
        last_name=person.last_name,
        phone=person.phone,
        pin_hash=pin_hash,
        created_at=now,
    )
    accounts = [_account_row(account, customer.id, source) for account in person.accounts]
    own = [(row.name, row.number_ending, row) for row in accounts if row.kind not in DEPOSIT_KINDS]
    outside = [(name, ending, None) for name, ending in person.payees]
    payees = [_payee_row(*payee, customer, source) for payee in (*own, *outside)]
    return [customer, *accounts, *payees]


def _opening(row: AccountRow, units: int, counterpart: str, now: datetime) -> ledger.Movement:
    holders = units if row.kind in DEPOSIT_KINDS else -units
    amounts = {row.id: holders, counterpart: -holders}
    return ledger.Movement(purpose="opening", made_at=now, amounts=amounts, description="Opening balance")


def _account_row(account: DemoAccount, customer_id: str, source: random.Random) -> AccountRow:
    return AccountRow(
        id=new_id("AC", source),
        customer_id=customer_id,
        kind=account.kind,
        name=account.name,
        number_ending=account.number_ending,
        currency=_CURRENCY,
        overdraft_floor=0 if account.kind in DEPOSIT_KINDS else None,
        instalment=account.instalment,
        due_day=account.due_day,
    )


def _payee_row(
    name: str, number_ending: str, owed: AccountRow | None, customer: CustomerRow, source: random.Random
) -> PayeeRow:
    return PayeeRow(
        id=new_id("P", source),
        customer_id=customer.id,
        name=name,
        number_ending=number_ending,
        account_id=owed.id if owed else None,
        added_at=customer.created_at - _HAD_PAYEES_FOR,
    )
