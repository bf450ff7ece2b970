"""Takes PINs out of what a customer wrote, before it is kept.

Masking errs on the side of hiding: a year or an amount of four digits goes with the PINs until the customer is
verified.
"""

import re

MASK = "••••"
_PIN_DIGITS = 4

_UNITS = "zero|oh|o|nought|naught|nil|one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fourty|fifty|sixty|seventy|eighty|ninety"
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
_DASH = "\\-\u2010-\u2015\u2212"
_BREAK = rf"[\s{_DASH}.,;:/_*·{_INVISIBLE}]{{1,3}}"
_GAP = rf"(?:{_BREAK}(?:and{_BREAK})?)"

_ATOM = rf"(?:(?:double|triple)\s+)?(?:(?<!\d)\d(?!\d)|(?<![^\W\d_])(?:{_UNITS}|{_TEENS}|{_TENS})(?![^\W\d_]))"
_SPELLED = re.compile(rf"{_ATOM}(?:{_GAP}{_ATOM})*", re.I)
_ATOMS = re.compile(
    rf"(?P<times>double|triple)?\s*(?:(?P<two>{_TEENS}|(?:{_TENS})(?!{_GAP}(?:[1-9](?!\d)|(?:{_UNITS})\b)))"
    rf"|(?P<one>\d|{_UNITS}|{_TENS}))(?![^\W\d_])",
    re.I,
)
_FOUR_DIGITS = re.compile(r"(?<!\d)\d{4}(?!\d)")
_GROUPS = re.compile(rf"\d+(?:[\s,{_DASH}{_INVISIBLE}]{{1,3}}\d+)+")
_PAIRS = re.compile(rf"(?<!\d)\d\d[\s{_DASH}{_INVISIBLE}]{{1,3}}\d\d(?!\d)")
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
    """A reply to `heard` without the numbers in it that could be a PIN and that the reply repeats."""
    for number in sorted(_numbers(heard), key=len, reverse=True):
        reply = reply.replace(number, MASK)
    return reply


def _without_numbers(text: str) -> str:
    text = _GROUPS.sub(lambda found: MASK if _is_pin(found.group()) else found.group(), text)
    text = _PAIRS.sub(MASK, text)
    text = _FOUR_DIGITS.sub(MASK, text)
    return _SPELLED.sub(lambda found: MASK if _digits_spelled(found.group()) >= _PIN_DIGITS else found.group(), text)


def _numbers(text: str) -> set[str]:
    found = set(_FOUR_DIGITS.findall(text)) | set(_PAIRS.findall(text))
    found |= {group for group in _GROUPS.findall(text) if _is_pin(group)}
    return found | {spelled for spelled in _SPELLED.findall(text) if _digits_spelled(spelled) >= _PIN_DIGITS}


def _is_pin(groups: str) -> bool:
    return sum(character.isdigit() for character in groups) == _PIN_DIGITS


def _digits_spelled(words: str) -> int:
    """How many digits the words stand for: "twenty four sixty eight" and "two double four six" are four each."""
    times = {"double": 2, "triple": 3}
    return sum(
        times.get((found["times"] or "").lower(), 1) * (2 if found["two"] else 1) for found in _ATOMS.finditer(words)
    )
