"""Numbers, amounts and dates from the keys of a telephone."""

import re
from datetime import date

AMOUNTS = frozenset({"Amount", "OpeningDeposit", "LoanAmount", "InterestRate"})
DATES = frozenset({"PayDate"})
# What is keyed in digit by digit, and how Twilio's speech recognition is told to expect it.
KEYED_SLOTS = {
    "PhoneNumber": "$FULLPHONENUM",
    "CustomerNumber": "$OOV_CLASS_DIGIT_SEQUENCE",
    "Amount": "$MONEY",
    "OpeningDeposit": "$MONEY",
    "LoanAmount": "$MONEY",
    "TermYears": "$OPERAND",
    "InterestRate": "$PERCENT",
    "PayDate": "$MONTH,$DAY,$YEAR",
}
_AMOUNT = re.compile(r"([0-9]*)\*([0-9]{1,2})")
_DAY_FIRST = frozenset({"es"})


def meant_by(slot: str | None, keys: str, language: str) -> str:
    """What the keys say in answer to the slot: `250*50` is 250.50, `12012026` the first of December in the US.

    Keys that say nothing of the kind are given back as they are.
    """
    if slot in AMOUNTS and (amount := _AMOUNT.fullmatch(keys)):
        return f"{amount[1] or '0'}.{amount[2]}"
    if slot in DATES and len(keys) == 8 and keys.isdigit():
        first, second, year = int(keys[:2]), int(keys[2:4]), int(keys[4:])
        month, day = (second, first) if language.partition("-")[0] in _DAY_FIRST else (first, second)
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            return keys
    return keys
