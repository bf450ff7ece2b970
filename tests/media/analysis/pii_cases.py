"""Sentences with personal data, and traps that look like it, made by chance from a seed.

A case is what the turns say; traps hold no personal data. Numbers are made up: cards with their check digit, IBANs with
their remainder.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twenty-first",
    "twenty-second",
    "twenty-third",
    "twenty-fourth",
    "twenty-fifth",
    "twenty-sixth",
    "twenty-seventh",
    "twenty-eighth",
    "twenty-ninth",
    "thirtieth",
    "thirty-first",
]
_FIRST = ["maya", "greg", "ana", "tom", "li", "omar", "ruth", "jonas", "elif", "pat"]
_LAST = ["jensen", "okafor", "smith-lee", "garcia", "patel", "novak", "brown", "dumont", "kaya", "osei"]
_HOSTS = ["gmail.com", "example.com", "outlook.com", "yahoo.co.uk", "mail.example.org", "web.de", "hotmail.com"]


@dataclass(frozen=True)
class Case:
    """`turns` are of two speakers in turn. `secrets` are (turn, begin, end) of what must be hidden, as `kind`."""

    kind: str
    turns: tuple[str, ...]
    secrets: tuple[tuple[int, int, int], ...]


def cases(count: int, seed: int) -> list[Case]:
    """As many of each kind as of any other, traps a third of all."""
    chance = random.Random(seed)  # noqa: S311  test data
    made: list[Case] = []
    kinds = list(_KINDS)
    for number in range(count):
        kind = "TRAP" if number % 3 == 0 else kinds[(number - number // 3) % len(kinds)]
        write = chance.choice(_TRAPS if kind == "TRAP" else _KINDS[kind])
        made.append(_case(kind, write(chance)))
    return made


def _case(kind: str, marked: str) -> Case:
    turns: list[str] = []
    secrets: list[tuple[int, int, int]] = []
    for number, part in enumerate(marked.split("\n")):
        text = ""
        for place, piece in enumerate(re.split("[⟦⟧]", part)):
            if place % 2:
                secrets.append((number, len(text), len(text) + len(piece)))
            text += piece
        turns.append(text)
    return Case(kind, tuple(turns), tuple(secrets))


def spoken(digits: str, chance: random.Random) -> str:
    """Digit by digit, or in pairs where they can be said so, with what people do while they read out."""
    words: list[str] = []
    at = 0
    while at < len(digits):
        pair = digits[at : at + 2]
        if len(pair) == 2 and pair[0] != "0" and (pair[1] != "0" or pair[0] == "1") and chance.random() < 0.2:
            words.append(_pair(pair))
            at += 2
        elif len(pair) == 2 and pair[0] == pair[1] and chance.random() < 0.3:
            words.append(f"double {_DIGITS[int(pair[0])]}")
            at += 2
        else:
            words.append("oh" if digits[at] == "0" and chance.random() < 0.5 else _DIGITS[int(digits[at])])
            at += 1
        if at < len(digits) and chance.random() < 0.08:
            words.append(chance.choice(["uh", "um"]))
        elif at < len(digits) and chance.random() < 0.1:
            words[-1] += ","
    return " ".join(words)


def _pair(pair: str) -> str:
    tens, ones = int(pair[0]), int(pair[1])
    if tens == 1:
        return _TEENS[ones]
    return _TENS[tens - 2] + (f" {_DIGITS[ones]}" if ones else "")


def _number(chance: random.Random, size: int, first: str = "123456789") -> str:
    return chance.choice(first) + "".join(chance.choice("0123456789") for _ in range(size - 1))


def _card(chance: random.Random) -> str:
    start, size = chance.choice([("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("6011", 16), ("34", 15), ("37", 15)])
    body = start + "".join(chance.choice("0123456789") for _ in range(size - 1 - len(start)))
    total = sum(sum(divmod(int(digit) * (2 - at % 2), 10)) for at, digit in enumerate(reversed(body)))
    return body + str(-total % 10)


def _written_card(chance: random.Random) -> str:
    card, mark = _card(chance), chance.choice(["", " ", "-", " "])
    cuts = (4, 10) if len(card) == 15 else (4, 8, 12)
    parts = [card[a:b] for a, b in zip((0, *cuts), (*cuts, len(card)), strict=True)]
    return mark.join(parts)


def _phone(chance: random.Random) -> str:
    area, middle, last = (
        _number(chance, 3, "23456789"),
        _number(chance, 3, "23456789"),
        _number(chance, 4, "0123456789"),
    )
    us = [
        f"({area}) {middle}-{last}",
        f"{area}-{middle}-{last}",
        f"{area}.{middle}.{last}",
        f"{area} {middle} {last}",
        f"+1 {area} {middle} {last}",
        f"+1{area}{middle}{last}",
        f"{area}{middle}{last}",
        f"1-{area}-{middle}-{last}",
        f"+44 20 {_number(chance, 4)} {_number(chance, 4)}",
        f"07{_number(chance, 3)} {_number(chance, 6)}",
        f"+49 {_number(chance, 3)} {_number(chance, 7)}",
        f"020 {_number(chance, 4)} {_number(chance, 4)}",
    ]
    return chance.choice(us)


def _email(chance: random.Random) -> str:
    mark = chance.choice([".", "_", "", "-", "+"])
    return (
        f"{chance.choice(_FIRST)}{mark}{chance.choice(_LAST)}{chance.choice(['', '7', '82'])}@{chance.choice(_HOSTS)}"
    )


def _spoken_email(chance: random.Random) -> str:
    name = chance.choice(_FIRST)
    local = chance.choice(
        [
            name,
            f"{name} dot {chance.choice(_LAST)}",
            f"{name} underscore {chance.choice(_LAST)}",
            " ".join(name),
            f"{name}{chance.choice(['7', '82'])}",
            f"{name} dash {chance.choice(_FIRST)}",
        ]
    )
    return f"{local} at {chance.choice(_HOSTS).replace('.', ' dot ')}"


def _ssn(chance: random.Random) -> tuple[str, str, str]:
    return chance.choice("12345") + _number(chance, 2), _number(chance, 2), _number(chance, 4)


def _iban(chance: random.Random) -> str:
    country, size, letters = chance.choice(
        [("DE", 18, 0), ("GB", 18, 4), ("FR", 23, 0), ("ES", 20, 0), ("NL", 14, 4), ("NO", 11, 0)]
    )
    body = "".join(chance.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(letters)) + _number(
        chance, size - letters
    )
    check = 98 - int("".join(str(int(sign, 36)) for sign in f"{body}{country}00")) % 97
    return f"{country}{check:02d}{body}"


def _written_iban(chance: random.Random) -> str:
    iban = _iban(chance)
    grouped = " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))
    return chance.choice([iban, grouped, grouped, iban.lower()])


def _spoken_iban(chance: random.Random) -> str:
    return " ".join(_DIGITS[int(sign)] if sign.isdigit() else sign for sign in _iban(chance))


def _day(chance: random.Random, first: int, last: int) -> date:
    return date(first, 1, 1) + timedelta(days=chance.randrange(365 * (last - first + 1)))


def _written_date(day: date, chance: random.Random) -> str:
    month = _MONTHS[day.month - 1]
    forms = [
        f"{day.month:02d}/{day.day:02d}/{day.year}",
        f"{day.month}/{day.day}/{day.year % 100:02d}",
        day.isoformat(),
        f"{month} {day.day}, {day.year}",
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}th {day.year}",
        f"{day.day:02d}.{day.month:02d}.{day.year}",
        f"{month[:3]} {day.day} {day.year}",
    ]
    return chance.choice(forms)


def _spoken_date(day: date, chance: random.Random) -> str:
    month, ordinal = _MONTHS[day.month - 1].lower(), _ORDINALS[day.day - 1].replace("-", " ")
    century, rest = divmod(day.year, 100)
    if century == 20:
        year = "two thousand" + (f" and {_DIGITS[rest]}" if 0 < rest < 10 else f" {_pair(str(rest))}" if rest else "")
    else:
        year = "nineteen " + (_pair(str(rest)) if rest > 9 else f"oh {_DIGITS[rest]}")
    return chance.choice([f"{month} {ordinal} {year}", f"the {ordinal} of {month} {year}", f"{ordinal} {month} {year}"])


def _pin(chance: random.Random) -> str:
    return "".join(chance.choice("0123456789") for _ in range(chance.choice([4, 4, 4, 6])))


def _said(chance: random.Random, number: str) -> str:
    return chance.choice([number, spoken(number, chance)])


Writer = Callable[[random.Random], str]


def _in(frames: list[str], secret: Writer) -> Writer:
    def write(chance: random.Random) -> str:
        return chance.choice(frames).replace("{}", f"⟦{secret(chance)}⟧")

    return write


_CARD = [
    "My card number is {}.",
    "it's {}",
    "Sure, {} is the card.",
    "I paid with {} yesterday",
    "the long number is {} okay",
    "What is your card number?\n{} thanks",
    "charge {} please",
    "yes um {} and it's a visa",
    "{}",
]
_PHONE = [
    "Call me at {}.",
    "my number is {}",
    "You can reach me on {} after six",
    "{} is my cell",
    "the phone is {}, thanks",
    "What is the best number to call you back?\nIt is {}",
    "text {} when it is ready",
]
_EMAIL = [
    "My email is {}.",
    "send it to {} please",
    "it's {}",
    "What's your email address?\n{}",
    "write to {} and copy me",
]
_SSN = [
    "My social security number is {}.",
    "my social is {}",
    "SSN {}",
    "Can you give me your social?\n{}",
    "the social is {} okay",
]
_LAST_FOUR = [
    "the last four of my social are {}",
    "last 4 of the SSN: {}",
    "What are the last four of your social?\n{}",
]
_IBAN = [
    "My IBAN is {}.",
    "please wire it to {} today",
    "IBAN: {}",
    "What is the IBAN?\n{}",
    "it goes to {}, that is my brother",
]
_PIN = [
    "My PIN is {}.",
    "the pin number is {} thanks",
    "PIN: {}",
    "What is your four digit PIN?\n{}",
    "Please enter your PIN.\n{}",
    "my pin, hold on, it's {}",
    "I changed my pin to {}",
    "{} is my pin",
    "my passcode is {}",
    "Could you tell me your pin?\nsure it's {}",
]
_CVV = [
    "the security code is {}",
    "cvv {}",
    "the three digits on the back are {}",
    "CVC is {} okay",
    "What's the security code?\n{}",
]
_DOB = [
    "My date of birth is {}.",
    "I was born on {}",
    "DOB {}",
    "What is your date of birth?\n{}",
    "birthday is {}",
    "born {}",
    "Can you confirm your date of birth please?\nYes, it's {}",
    "{} is my date of birth",
]
_ACCOUNT = [
    "My account number is {}.",
    "account number: {}",
    "it's account {}",
    "Could I have your account number?\n{}",
    "the checking account number is {} thanks",
    "{} is my account number",
]

_KINDS: dict[str, list[Writer]] = {
    "CARD": [_in(_CARD, _written_card), _in(_CARD, lambda c: spoken(_card(c), c))],
    "PHONE": [_in(_PHONE, _phone), _in(_PHONE, lambda c: spoken(_number(c, 3, "23456789") + _number(c, 7), c))],
    "EMAIL": [_in(_EMAIL, _email), _in(_EMAIL, _spoken_email)],
    "SSN": [
        _in(_SSN, lambda c: c.choice(["-", " ", "-"]).join(_ssn(c))),
        _in(_SSN, lambda c: _said(c, "".join(_ssn(c)))),
        _in(_LAST_FOUR, lambda c: _said(c, _number(c, 4))),
    ],
    "IBAN": [_in(_IBAN, _written_iban), _in(_IBAN, _written_iban), _in(_IBAN, _spoken_iban)],
    "PIN": [
        _in(_PIN, lambda c: _said(c, _pin(c))),
        _in(_PIN, lambda c: _said(c, _pin(c))),
        _in(_CVV, lambda c: _said(c, _number(c, 3))),
    ],
    "DOB": [
        _in(_DOB, lambda c: _written_date(_day(c, 1930, 2007), c)),
        _in(_DOB, lambda c: _spoken_date(_day(c, 1930, 2007), c)),
    ],
    "ACCOUNT": [_in(_ACCOUNT, lambda c: _said(c, _number(c, c.choice([8, 9, 10, 12]))))],
}


def _amount(chance: random.Random) -> str:
    value = chance.randrange(1, 900000)
    return chance.choice(
        [
            f"${value:,}.{chance.randrange(100):02d}",
            f"{value} dollars",
            f"{chance.choice(_TENS)} {chance.choice(_DIGITS[1:])} hundred dollars",
            f"€{value:,}",
            f"{chance.choice(_DIGITS[1:])} thousand {chance.choice(_DIGITS[1:])} hundred and ten dollars",
        ]
    )


def _recent(chance: random.Random) -> str:
    day = _day(chance, 2024, 2026)
    return chance.choice([_written_date(day, chance), _spoken_date(day, chance)])


def _trap(*frames: str) -> Writer:
    """`{a}` amount, `{d}` recent date, `{o}` order number, `{n}` four digits, `{s}` small number, `{y}` year."""

    def write(chance: random.Random) -> str:
        text = chance.choice(frames)
        parts = {
            "a": _amount,
            "d": _recent,
            "o": lambda c: _number(c, c.choice([5, 6, 7, 8, 10, 12])),
            "n": lambda c: _number(c, 4),
            "s": lambda c: chance.choice([str(c.randrange(1, 99)), _DIGITS[c.randrange(1, 10)]]),
            "y": lambda c: str(c.randrange(1990, 2027)),
        }
        for name, make in parts.items():
            text = text.replace(f"{{{name}}}", make(chance))
        return text

    return write


_TRAPS: list[Writer] = [
    _trap(
        "My order number is {o}.",
        "the order is number {o}",
        "order {o} has not arrived",
        "What is your order number?\n{o}",
    ),
    _trap(
        "the reference number is {o}",
        "tracking number {o}",
        "invoice {o} from {d}",
        "ticket number {o} please",
        "case {o}",
        "confirmation number {o}",
        "my claim number is {o}",
    ),
    _trap(
        "I paid {a} on {d}.",
        "a payment of {a} is due on {d}",
        "{a} left my account on {d}",
        "the transfer of {a} was made {d}",
    ),
    _trap(
        "I opened my checking account in {y}.",
        "move {a} from checking to savings",
        "I have {s} savings accounts",
        "is it a checking account or a savings account?",
        "my account has been open for {s} years",
    ),
    _trap(
        "the card ending in {n}",
        "my card ends in {n}",
        "it is the account ending {n}",
        "your card ending in {n} was charged {a}",
    ),
    _trap(
        "I forgot my PIN.",
        "I changed my PIN in {y}",
        "the pin has four digits",
        "my PIN did not work {s} times",
        "I need a new PIN for {a}",
        "Your PIN was accepted. How much do you want to pay?\n{a}",
        "The PIN was sent on {d}",
    ),
    _trap(
        "flight {n} leaves at 10:45",
        "I live at {n} Main Street",
        "the zip code is 94{s}05",
        "extension {n}",
        "it is in room {n}",
        "between 9:30 and 17:45 on {d}",
        "the year {y} was a good one",
        "form 1099 and my 401(k)",
        "version 2.14.3 of the app",
    ),
    _trap(
        "the delivery is due on {d}",
        "I moved house on {d}",
        "the policy started {d}",
        "my appointment is on {d} at {s}",
        "I was charged on {d}",
        "What day did you pay?\n{d}",
    ),
    _trap(
        "interest is {s}.{s} percent over {s} months",
        "at a rate of {s}% I pay {a}",
        "the limit is {a} a day",
        "we need {s} copies of page {s}",
        "look at our website at omnilex dot com",
        "I'll meet you at nine",
        "find us at www.example.com",
    ),
    _trap(
        "the serial number is {o}",
        "product {o} is out of stock",
        "batch {o}",
        "model {n}",
        "my customer number is {s}",
        "the meter reads {o}",
        "policy number {o}",
        "receipt {o}",
    ),
]
