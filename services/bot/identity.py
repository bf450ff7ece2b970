"""Who the customer is: the signed token that carries a verification through a dialog, phone numbers and PINs."""

import re
import time
import unicodedata
from dataclasses import dataclass, field

from shared.callers import Tokens
from shared.errors import Unauthenticated
from shared.schemas.lex import Slot

IDENTITY_TOKEN = "identityToken"  # noqa: S105  the attribute's name
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_DIALLED = re.compile(r"\s*\+?[0-9\s().-]+")
_PIN_DIGITS = range(4, 9)
_CUSTOMER_NUMBER_DIGITS = 8
# Digits as they are said, in English and Spanish.
_SAID = {
    name: str(digit)
    for names in (
        "zero one two three four five six seven eight nine",
        "cero uno dos tres cuatro cinco seis siete ocho nueve",
    )
    for digit, name in enumerate(names.split())
} | {"oh": "0", "o": "0"}
_REPEATED = {"double": 2, "doble": 2, "triple": 3}


@dataclass(frozen=True, slots=True)
class Customer:
    """A verified customer."""

    customer_id: str
    first_name: str
    verified_at: float = field(default_factory=time.time, compare=False)

    def verified_within(self, seconds: float) -> bool:
        """Whether the PIN was given that recently; `verified_at` is in seconds since the epoch."""
        return time.time() - self.verified_at <= seconds


class IdentityTokens:
    """Tokens that say who was verified in one Lex session, good for `seconds` from the last turn."""

    def __init__(self, secret: str, *, seconds: float) -> None:
        self._tokens = Tokens(secret, "identity")
        self._seconds = seconds

    def mint(self, customer: Customer, session_id: str) -> str:
        claims: dict[str, object] = {"sid": session_id, "name": customer.first_name, "ver": customer.verified_at}
        return self._tokens.mint(customer.customer_id, seconds=self._seconds, claims=claims)

    def read(self, token: str | None, session_id: str) -> Customer | None:
        """The customer; None without a token, and for one that is expired, forged, or of another session."""
        if not token:
            return None
        try:
            claims = self._tokens.verify(token)
        except Unauthenticated:
            return None
        if claims.get("sid") != session_id:
            return None
        verified_at = claims.get("ver")
        return Customer(
            str(claims["sub"]), str(claims.get("name", "")), verified_at if isinstance(verified_at, float) else 0.0
        )


def e164(text: str | None) -> str | None:
    """The phone number in E.164, None when it is none: "(555) 555-0100" → "+15555550100"."""
    digits = _digits(text or "")
    if "+" in (text or ""):
        number = "+" + digits
    elif len(digits) == 10:
        number = "+1" + digits
    elif len(digits) == 11 and digits.startswith("1"):
        number = "+" + digits
    else:
        return None
    return number if _E164.fullmatch(number) else None


def pin_digits(slot: Slot | None) -> str | None:
    """The PIN's 4 to 8 digits, None when there are none such. "2 4 6 8" is 2468.

    What the customer typed counts when Lex's reading lost digits: its numbers have no leading zeros.
    """
    for text in _texts(slot):
        digits = re.sub(r"[\s.,-]", "", text)
        if re.fullmatch(r"[0-9]+", digits) and len(digits) in _PIN_DIGITS:
            return digits
    for text in _texts(slot):
        for digits in (_digits(text), said_digits(text)):
            if len(digits) in _PIN_DIGITS:
                return digits
    return None


def said_digits(text: str) -> str:
    """The digits of a number said digit by digit: "two double four, oh" → "2440". Other words count for nothing."""
    digits, times = "", 1
    for word in re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).casefold()):
        if word in _REPEATED:
            times = _REPEATED[word]
            continue
        digits += (word if word.isascii() and word.isdigit() else _SAID.get(word, "")) * times
        times = 1
    return digits


def customer_number(text: str | None) -> str | None:
    """The eight digits of a customer number, typed or said; None when it is none."""
    digits = _digits(text or "") or said_digits(text or "")
    return digits if len(digits) == _CUSTOMER_NUMBER_DIGITS else None


def number_for_pin(slot: Slot | None, transcript: str, known: str | None) -> str | None:
    """The phone number of a customer who gave one where the PIN was asked, `known` being the one in its own slot.

    Lex may take a number's last digits for the PIN, so what the customer typed decides. None when there is no number,
    or when it came together with the PIN.
    """
    if slot is None:
        return None
    typed = transcript if _DIALLED.fullmatch(transcript) else ""
    number = next((number for text in (typed, *_texts(slot)) if (number := e164(text))), None)
    already = e164(known)
    in_one_breath = number and already and number != already and number.startswith(already)
    return None if in_one_breath else number


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _texts(slot: Slot | None) -> list[str]:
    value = slot.value if slot else None
    return [text for text in (value.interpreted_value, value.original_value) if text] if value else []
