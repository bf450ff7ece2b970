"""The three DynamoDB tables of the omni-lex sample, as customers to import.

Their keys are in the sample's template: `<stack>-Users` by `userId`, with the index `phoneindex` on `phone`;
`<stack>-UserPendingAccounts` and `<stack>-UserExistingAccounts` by `userName` and `planName`. The other attributes are
those its bot handler reads and writes: `firstName`, `lastName`, `pin` of a user; `balance`, `dueDate`, `paymentAmount`,
`pendingPayment`, `loanAmount`, `loanDuration` (years), `loanInterest` (percent) of an account, and those of the later
form of the sample, `unpaidPrincipal`, `amountDue`, `pin`; `startDate` of an application, or its `document` (JSON).
Amounts are dollars. The bot took names as people say them, so they are matched without regard to case.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.cli.dynamodb_items import Item
from services.cli.table_values import (
    LOAN_WORDS,
    Unreadable,
    cents,
    checked,
    day,
    kind_named,
    number,
    phone,
    pin,
    text,
    whole,
)
from shared.schemas.imports import ImportedAccount, ImportedApplication, ImportedCustomer
from shared.schemas.plans import PlanKind

USERS, PENDING, EXISTING = "Users", "UserPendingAccounts", "UserExistingAccounts"
TABLES = (USERS, PENDING, EXISTING)
_LONG_LOAN_YEARS = 10
_DEPOSITS = ("checking", "savings", "certificate")


@dataclass(frozen=True, slots=True)
class Remark:
    """A row and a sentence about it."""

    source: str
    sentence: str


@dataclass(slots=True)
class Mapped:
    """`skipped` are rows that cannot be imported; `left_out` tells what is lost of rows that can."""

    customers: list[ImportedCustomer] = field(default_factory=list)
    skipped: list[Remark] = field(default_factory=list)
    left_out: list[Remark] = field(default_factory=list)


@dataclass(slots=True)
class _User:
    """A user and what is found to be theirs; `names` is what the other tables may call them, in lower case."""

    source: str
    names: frozenset[str]
    fields: dict[str, object]
    accounts: list[ImportedAccount] = field(default_factory=list)
    applications: list[ImportedApplication] = field(default_factory=list)


def mapped(users: Sequence[Item], pending: Sequence[Item], existing: Sequence[Item]) -> Mapped:
    """The customers that the tables hold. A row that cannot be read, or that is nobody's, does not stop the others."""
    result, found = Mapped(), []
    for item in users:
        source = f"{USERS}/{text(item, 'userId') or '?'}"
        try:
            found.append(_user(item, source, existing))
        except Unreadable as fault:
            result.skipped.append(Remark(source, str(fault)))
    for item in existing:
        source = _source(EXISTING, item)
        try:
            _owner(item, found).accounts.append(_account(item, source))
        except Unreadable as fault:
            result.skipped.append(Remark(source, str(fault)))
        else:
            if item.get("pendingPayment") is True:
                result.left_out.append(Remark(source, "Its pending payment was not taken over."))
    for item in pending:
        source = _source(PENDING, item)
        try:
            _owner(item, found).applications.append(_application(item, source))
        except Unreadable as fault:
            result.skipped.append(Remark(source, str(fault)))
    phones: set[object] = set()
    for user in found:
        parts = {"accounts": user.accounts, "applications": user.applications}
        try:
            if user.fields["phone"] in phones:
                raise Unreadable("Another user has the same phone number.")
            result.customers.append(checked(ImportedCustomer, user.fields | parts))
            phones.add(user.fields["phone"])
        except Unreadable as fault:
            result.skipped.append(Remark(user.source, str(fault)))
            rows = [account.source for account in user.accounts] + [each.source for each in user.applications]
            result.skipped += [Remark(row, "Its user cannot be imported.") for row in rows]
    return result


def _user(item: Item, source: str, existing: Sequence[Item]) -> _User:
    if text(item, "planName") and not text(item, "phone") and not text(item, "firstName"):
        raise Unreadable("It is a scheduled payment that the bot kept among the users.")
    first, last = text(item, "firstName"), text(item, "lastName")
    if not first:
        first, _, last = (text(item, "userName") or text(item, "name")).partition(" ")
    if not first:
        raise Unreadable("It has no name.")
    number = phone(item, "phone", "userId")  # those who came by SMS have their number as their id
    names = frozenset(
        name.casefold() for name in (text(item, "userId"), text(item, "userName"), f"{first} {last}".strip()) if name
    )
    secret = pin(item) or next((kept for row in existing if _called(row) in names and (kept := pin(row))), None)
    if secret is None:
        raise Unreadable("It has no PIN.")
    fields = {"source": source, "first_name": first, "last_name": last, "phone": number, "pin": secret}
    return _User(source, names, dict(fields))


def _owner(item: Item, users: Sequence[_User]) -> _User:
    """The user of a row: by the id that it carries, else by the name."""
    carried = text(item, "userId").casefold()
    of_id = [user for user in users if carried and user.source.casefold() == f"{USERS}/{carried}".casefold()]
    owners = of_id or [user for user in users if _called(item) in user.names]
    if not owners:
        raise Unreadable(f"There is no user of this name among the {USERS}.")
    if len(owners) > 1:
        raise Unreadable(f"Several of the {USERS} have this name.")
    return owners[0]


def _account(item: Item, source: str) -> ImportedAccount:
    kind = _kind(item)
    balance = cents(item, "balance")
    balance = balance if balance is not None else cents(item, "unpaidPrincipal")
    if balance is None:
        raise Unreadable("It has no balance.")
    if balance < 0:
        raise Unreadable("Its balance is below zero.")
    fields: dict[str, object] = {
        "source": source,
        "kind": kind,
        "name": text(item, "planName"),
        "balance": balance,
        "due_on": day(item, "dueDate"),
    }
    if kind not in _DEPOSITS:
        payment = cents(item, "amountDue")
        fields |= {"payment": payment if payment is not None else cents(item, "paymentAmount"), "loan": _loan(item)}
    return checked(ImportedAccount, fields)


def _loan(item: Item) -> dict[str, object] | None:
    """The terms, when all of them are there."""
    principal, percent = cents(item, "loanAmount"), number(item, "loanInterest")
    months = whole(item, "loanDuration", times=12)
    if principal is None or percent is None or months is None:
        return None
    return {"principal": principal, "rate_basis_points": percent * 100, "term_months": months}


def _application(item: Item, source: str) -> ImportedApplication:
    amount = _amount_applied_for(item)
    return checked(
        ImportedApplication,
        {"source": source, "kind": _kind(item), "applied_on": day(item, "startDate"), "amount": amount},
    )


def _amount_applied_for(item: Item) -> int | None:
    """The `LoanValue` of a loan application's document, in cents."""
    written = text(item, "document")
    if not written:
        return None
    try:
        document = json.loads(written)
    except json.JSONDecodeError:
        raise Unreadable("Its document is not valid JSON.") from None
    value = document.get("LoanValue") if isinstance(document, dict) else None
    return cents({"LoanValue": str(value)}, "LoanValue") if value is not None else None


def _kind(item: Item) -> PlanKind:
    """By the plan's name; a plain "Loan" that runs ten years or longer, or has no term yet, is a mortgage."""
    name = text(item, "planName")
    if name.casefold() in LOAN_WORDS:
        years = number(item, "loanDuration")
        return "mortgage" if years is None or years >= _LONG_LOAN_YEARS else "personal_loan"
    kind = kind_named(name)
    if kind is None:
        raise Unreadable("Its plan is none that we know." if name else "It has no plan.")
    return kind


def _called(item: Item) -> str:
    return text(item, "userName").casefold()


def _source(table: str, item: Item) -> str:
    return f"{table}/{text(item, 'userName') or '?'}/{text(item, 'planName') or '?'}"
