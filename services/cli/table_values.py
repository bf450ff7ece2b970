"""Values of table attributes as people typed them: amounts, days, phone numbers, PINs, kinds of account."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from services.cli.dynamodb_items import Item
from shared.schemas.plans import PlanKind

M = TypeVar("M", bound=BaseModel)
_PIN_LENGTH = 4
_DAYS = ("%m/%d/%Y", "%B %d, %Y", "%b %d, %Y", "%d %B %Y")
_KINDS: dict[PlanKind, frozenset[str]] = {
    "checking": frozenset({"checking", "chequing", "current"}),
    "savings": frozenset({"savings", "saving"}),
    "certificate": frozenset({"certificate", "cd", "certificate of deposit", "term deposit"}),
    "credit_card": frozenset({"credit card", "card", "credit"}),
    "auto_loan": frozenset({"auto loan", "auto", "car loan", "car", "vehicle loan"}),
    "personal_loan": frozenset({"personal loan", "personal"}),
    "mortgage": frozenset({"mortgage", "mortgage loan", "home loan", "house loan", "refinance"}),
    "home_equity_line": frozenset({"home equity line", "home equity line of credit", "home equity", "heloc"}),
}
LOAN_WORDS = frozenset({"loan", "loans"})


class Unreadable(Exception):
    """A row that cannot be taken over; the sentence says why and never repeats a secret."""


def text(item: Item, name: str) -> str:
    """The attribute as text without space around it; empty when it is missing."""
    value = item.get(name)
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = f"{value:.0f}"
    return str(value).strip() if isinstance(value, str | Decimal) else ""


def number(item: Item, name: str) -> Decimal | None:
    """The attribute as a number, `$1,234.50` too; None when it is missing."""
    written = item.get(name)
    if written is None or written == "":
        return None
    try:
        value = written if isinstance(written, Decimal) else Decimal(re.sub(r"[$,%\s]", "", str(written)))
    except InvalidOperation:
        raise Unreadable(f"Its {name} is not a number.") from None
    if not value.is_finite() or abs(value) > 10**12:
        raise Unreadable(f"Its {name} is not a number.")
    return value


def cents(item: Item, name: str) -> int | None:
    """Dollars as whole cents; None when the attribute is missing. Raises Unreadable for a fraction of a cent."""
    value = number(item, name)
    if value is None:
        return None
    if value * 100 != (value * 100).to_integral_value():
        raise Unreadable(f"Its {name} is not a whole number of cents.")
    return int(value * 100)


def whole(item: Item, name: str, *, times: int = 1) -> int | None:
    """A whole number after it is multiplied by `times`; None when the attribute is missing."""
    value = number(item, name)
    if value is None:
        return None
    if value * times != (value * times).to_integral_value():
        raise Unreadable(f"Its {name} is not a whole number.")
    return int(value * times)


def day(item: Item, name: str) -> date | None:
    """`2024-04-01`, a moment that begins so, `4/1/2024` or `April 1, 2024`; None when the attribute is missing."""
    written = text(item, name)
    if not written:
        return None
    readers: list[Callable[[str], date]] = [lambda value: datetime.fromisoformat(value).date()]
    readers += [_reader(form) for form in _DAYS]
    for read in readers:
        try:
            return read(written)
        except ValueError:
            continue
    raise Unreadable(f"Its {name} is not a date.")


def phone(item: Item, *names: str) -> str:
    """The first attribute that is a number to call, as E.164; ten digits are taken as a North American number."""
    for name in names:
        digits = re.sub(r"[\s().\-]", "", text(item, name))
        if re.fullmatch(r"\+[1-9]\d{6,14}", digits):
            return digits
        if re.fullmatch(r"1?[2-9]\d{9}", digits):
            return f"+1{digits[-10:]}"
    raise Unreadable("It has no phone number.")


def pin(item: Item) -> str | None:
    """The four digits; zeros in front may be lost, because the sample kept PINs as numbers. None when it is missing."""
    written = text(item, "pin")
    if not written:
        return None
    if not (written.isascii() and written.isdigit() and len(written) <= _PIN_LENGTH):
        raise Unreadable("Its PIN is not four digits.")
    return written.zfill(_PIN_LENGTH)


def kind_named(name: str) -> PlanKind | None:
    """The kind of account that a name says: `Checking Account` → `checking`; None when it says none."""
    words = re.sub(r"[^a-z ]+", " ", name.casefold()).split()
    said = " ".join(word for word in words if word not in ("account", "accounts"))
    return next((kind for kind, names in _KINDS.items() if said in names), None)


def checked(model: type[M], fields: dict[str, object]) -> M:
    """The fields as a document. Raises Unreadable, naming what is wrong without its value."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        faults = {f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()}
        raise Unreadable(f"It does not fit ({'; '.join(sorted(faults))}).") from None


def _reader(form: str) -> Callable[[str], date]:
    return lambda value: datetime.strptime(value, form).date()  # noqa: DTZ007  a day has no zone
