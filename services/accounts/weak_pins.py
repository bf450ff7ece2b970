"""PINs that are guessed first."""

from itertools import pairwise

from services.accounts.pins import PIN_LENGTH

_STEPS = frozenset({0, 1, 2, 8, 9})  # on the ring of digits: the same, up or down by one or two
_KEYPAD_LINES = frozenset({"2580", "0852"})


def weakness(pin: str, *numbers: str) -> str | None:
    """Why a PIN of four digits is too easy to guess, as the end of a sentence; None when it is not.

    `numbers` are what others know of the customer: phone number, customer number. About one PIN in twenty is refused:
    even steps (1111, 1234, 9753), pairs (1212, 1122), years from 1900 to 2099, the middle line of a keypad, and what
    begins or ends one of the numbers. They lead the lists of the PINs that people choose.
    """
    digits = [int(digit) for digit in pin]
    steps = {(after - before) % 10 for before, after in pairwise(digits)}
    if steps == {0}:
        return "it repeats one digit"
    if len(steps) == 1 and steps <= _STEPS:
        return "its digits follow each other"
    if pin[:2] == pin[2:] or (pin[0] == pin[1] and pin[2] == pin[3]):
        return "it repeats a pair"
    if pin[:2] in ("19", "20"):
        return "it looks like a year"
    if pin in _KEYPAD_LINES:
        return "it is a line on the keypad"
    ends = {end for number in numbers for end in (number[:PIN_LENGTH], number[-PIN_LENGTH:])}
    return "it is a part of one of your numbers" if pin in ends else None
