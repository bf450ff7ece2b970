"""Takes PINs out of what a customer wrote, before it is kept.

Masking errs on the side of hiding: a year or an amount of four digits goes with the PINs until the customer is
verified.
"""

import re
from collections.abc import Callable
from functools import partial

MASK = "••••"
_PIN_DIGITS = 4
Hides = Callable[[re.Pattern[str], str], bool]

_UNITS = {"zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "nil": "0", "one": "1", "two": "2"}
_UNITS |= {"three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9"}
_TEENS = {"ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15"}
_TEENS |= {"sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19"}
_TENS = {"twenty": "2", "thirty": "3", "forty": "4", "fifty": "5", "sixty": "6", "seventy": "7", "eighty": "8"}
_TENS |= {"ninety": "9"}
_TIMES = {"double": 2, "triple": 3}
_UNIT, _TEEN, _TEN = ("|".join(words) for words in (_UNITS, _TEENS, _TENS))

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
_DASH = "\\-\u2010-\u2015\u2212"
_BREAK = rf"[\s{_DASH}.,;:/_*·{_INVISIBLE}]{{1,3}}"
_GAP = rf"(?:{_BREAK}(?:and{_BREAK})?)"
_WORD_BEGINS, _WORD_ENDS = r"(?<![^\W\d_])", r"(?![^\W\d_])"
_ATOM = rf"(?:(?:double|triple)\s+)?(?:(?<!\d)\d(?!\d)|{_WORD_BEGINS}(?:{_UNIT}|{_TEEN}|{_TEN}){_WORD_ENDS})"
_ATOMS = re.compile(
    rf"(?:(?P<times>double|triple)\s+)?(?:(?P<digit>\d)|(?P<teen>{_TEEN}){_WORD_ENDS}|(?P<unit>{_UNIT}){_WORD_ENDS}"
    rf"|(?P<ten>{_TEN}){_WORD_ENDS}(?P<before_unit>(?={_BREAK}(?:[1-9](?!\d)|(?:{_UNIT}){_WORD_ENDS})))?)",
    re.I,
)

_SPELLED = re.compile(rf"{_ATOM}(?:{_GAP}{_ATOM})*", re.I)
_FOUR_DIGITS = re.compile(r"(?<!\d)\d{4}(?!\d)")
_GROUPS = re.compile(rf"\d+(?:[\s,{_DASH}{_INVISIBLE}]{{1,3}}\d+)+")
_PAIRS = re.compile(rf"(?<!\d)\d\d[\s{_DASH}{_INVISIBLE}]{{1,3}}\d\d(?!\d)")
_FORMS = (_GROUPS, _PAIRS, _FOUR_DIGITS, _SPELLED)
_SECRET_WORD = re.compile(r"(?<![^\W\d_])(?:pin[ -]?code|pin|p\.i\.n\.?|pass[ -]?code|password)s?(?![^\W\d_])", re.I)


def mask(text: str, *, secret_asked_for: bool, verified: bool) -> str:
    """The text as it may be kept.

    All of it goes when a secret slot is being asked for. Before verification every number that could be a PIN goes,
    and all that follows the word PIN; after it, only numbers that follow the word.
    """
    if secret_asked_for:
        return MASK
    word = _SECRET_WORD.search(text)
    if word is None:
        return text if verified else _without_numbers(text)
    head, tail = text[: word.end()], text[word.end() :]
    if verified:
        return head + _without_numbers(tail)
    return _without_numbers(head) + (f" {MASK}" if re.search(r"\w", tail) else tail)


def without_echo(reply: str, heard: str) -> str:
    """A reply to `heard` without the numbers that could be a PIN and that it repeats, in whatever form."""
    repeated = {_digits(number) for form in _FORMS for number in form.findall(heard) if _could_hold_a_pin(form, number)}
    return _masked(reply, lambda _, number: _digits(number) in repeated)


def _without_numbers(text: str) -> str:
    return _masked(text, _could_hold_a_pin)


def _masked(text: str, hides: Hides) -> str:
    for form in _FORMS:
        text = form.sub(partial(_shown, form, hides), text)
    return text


def _shown(form: re.Pattern[str], hides: Hides, found: re.Match[str]) -> str:
    return MASK if hides(form, found.group()) else found.group()


def _could_hold_a_pin(form: re.Pattern[str], number: str) -> bool:
    """Digits said one by one are hidden from four on: nobody says an amount that way."""
    count = len(_digits(number))
    return count >= _PIN_DIGITS if form is _SPELLED else count == _PIN_DIGITS


def _digits(number: str) -> str:
    """What the number says: "2468" for "twenty four sixty eight" and for "2-4-6-8"."""
    return "".join(_atom_digits(found) for found in _ATOMS.finditer(number))


def _atom_digits(found: re.Match[str]) -> str:
    times = _TIMES.get((found["times"] or "").lower(), 1)
    if digit := found["digit"]:
        return str(int(digit)) * times
    if ten := found["ten"]:
        return _TENS[ten.lower()] if found["before_unit"] is not None else _TENS[ten.lower()] + "0"
    return (_TEENS | _UNITS)[(found["teen"] or found["unit"]).lower()] * times
