"""The second look: whether a document that is to be stored still holds personal data.

It shares no code with the redaction that it checks, and knows no types of documents: it walks every text of the JSON,
and reads the numbers off in its own way. It is strict in form, so that it does not hold up what is in order: what it
finds is a fault of the redaction.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pydantic import JsonValue
from pydantic_core import from_json

NOT_SAID = frozenset(
    [
        "interaction_id",
        "guid",
        "customer",
        "agent",
        "key",
        "bucket",
        "started_at",
        "processed_at",
        "language",
        "schema_name",
        "speaker",
        "role",
        "type",
    ]
)
"""Fields that hold no words of the parties: references that the bank itself gave, and our own."""

_VALUES = {
    word: str(value % 10)
    for value, words in enumerate(
        ("zero|oh|o|nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
    for word in words.split("|")
} | {
    word: str(10 + value)
    for value, word in enumerate(
        ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
    )
}  # fmt: skip
_DECADES = dict(
    zip(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], "23456789", strict=True)
)
_NUMERALS = _VALUES.keys() | _DECADES.keys()
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_SILENT = frozenset(["uh", "um", "er", "erm", "and", "then", "dash", "hyphen", "space"])
_LINKING = frozenset(
    [
        "is",
        "was",
        "are",
        "it",
        "it's",
        "its",
        "that",
        "that's",
        "number",
        "code",
        "no",
        "um",
        "uh",
        "er",
        "yes",
        "yeah",
        "sure",
        "okay",
        "so",
        "my",
        "the",
        "please",
    ]
)
_UNITS = frozenset(
    [
        "dollars",
        "dollar",
        "euros",
        "pounds",
        "percent",
        "hundred",
        "thousand",
        "million",
        "days",
        "minutes",
        "digits",
        "times",
        "accounts",
    ]
)
_MONTHS = re.compile(r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\Z")
_PLACEHOLDER = re.compile(r"\[PII(?::[A-Z]+)?\]|\{\w+\}")
_ATOM = re.compile(r"\d+|[^\W\d_]+(?:['’][^\W\d_]+)?|[^\w\s]")
_FORMED = {
    "EMAIL": re.compile(r"\w[\w.+-]*@\w[\w-]*\.\w{2,}"),
    "SSN": re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"),
    "PHONE": re.compile(r"\+\d{1,3}[ .-]?(?:\d[ .-]?){6,13}\d|(?<![\d-])(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}(?!\d)"),
}
_IBAN_LIKE = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_IBAN_SIZES = {
    "DE": 22,
    "GB": 22,
    "FR": 27,
    "ES": 24,
    "NL": 18,
    "IT": 27,
    "CH": 21,
    "AT": 20,
    "BE": 16,
    "IE": 22,
    "PL": 28,
}
_CUES = {
    "pin": ("PIN", range(4, 9)), "passcode": ("PIN", range(4, 9)), "cvv": ("PIN", range(3, 5)), "ssn": ("SSN", (9,)),
    "social": ("SSN", (9,)), "security": ("SSN", (9,)), "account": ("ACCOUNT", range(7, 18)),
}  # fmt: skip
_BIRTH = frozenset({"born", "birth", "birthday", "dob", "birthdate"})
_WORD = frozenset({"text", "start", "end", "confidence"})
_PATIENCE = 8  # atoms from a cue to its number


@dataclass(frozen=True)
class Leaks:
    """How much was looked at and what was found, by type; never the data itself."""

    texts: int
    found: Counter[str]

    @property
    def count(self) -> int:
        return self.found.total()


def leaks_in(document: bytes, known: dict[str, list[str]] | None = None) -> Leaks:
    """Of a JSON document: each text in it, and what one speaker says in turns that follow each other.

    `known` keeps what was found in each text, for documents that hold the same ones.
    """
    known = {} if known is None else known
    texts: list[str] = []
    by_speaker: dict[str, list[str]] = defaultdict(list)
    for text, speaker in _texts(from_json(document)):
        texts.append(text)
        if speaker is not None:
            by_speaker[speaker].append(text)
    found: Counter[str] = Counter()
    for text in texts:
        if text not in known:
            known[text] = leaks_of(text)
        found.update(known[text])
    for said in by_speaker.values():
        for before, after in pairwise(said):
            found["CARD"] += max(0, _cards(f"{before} {after}") - _cards(before) - _cards(after))
    return Leaks(len(texts), +found)


def leaks_of(text: str) -> list[str]:
    """The types of personal data that one text still holds."""
    bare = _PLACEHOLDER.sub(" | ", text)
    atoms = _atoms(bare)
    found: list[str] = []
    if "@" in bare or any(sign.isdecimal() for sign in bare):
        found += [kind for kind, pattern in _FORMED.items() for _ in pattern.finditer(bare)]
        found += ["IBAN"] * _ibans(bare)
    rows = list(_tape(atoms))
    found = ["CARD"] * _cards_in(rows) + found + ["EMAIL"] * _dictated_addresses(atoms)
    return found + list(_announced(atoms, rows))


def _texts(value: JsonValue, speaker: str | None = None) -> Iterator[tuple[str, str | None]]:
    match value:
        case str():
            yield value, speaker
        case list():
            if value and all(isinstance(one, dict) and _WORD.issuperset(one) for one in value):
                yield " ".join(str(one.get("text", "")) for one in value if isinstance(one, dict)), None
                return
            for one in value:
                yield from _texts(one)
        case dict():
            who = value.get("speaker")
            for name, part in value.items():
                if name not in NOT_SAID:
                    yield from _texts(part, str(who) if name == "text" and isinstance(who, str) else None)


def _tape(atoms: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """First atom, last atom (exclusive) and digits of each row of digits."""
    at = 0 if any(atom in _NUMERALS or atom.isdecimal() for atom in atoms) else len(atoms)
    while at < len(atoms):
        if not _digit(atoms, at) and atoms[at] not in _TIMES:
            at += 1
            continue
        first, last, digits = at, at, ""
        while at < len(atoms):
            if value := _digit(atoms, at):
                digits += value
                last = at + 1
            elif atoms[at] not in _SILENT and atoms[at] not in _TIMES and atoms[at] not in "-.,/() ":
                break
            at += 1
        if digits:
            yield first, last, digits


def _digit(atoms: Sequence[str], at: int) -> str:
    atom = atoms[at]
    before = atoms[at - 1] if at else ""
    if atom.isascii() and atom.isdecimal():
        return atom * _TIMES.get(before, 1) if len(atom) == 1 else atom
    if atom in _DECADES:
        after = atoms[at + 1] if at + 1 < len(atoms) else ""
        return _DECADES[atom] if len(_VALUES.get(after, "10")) == 1 and _VALUES[after] != "0" else _DECADES[atom] + "0"
    value = _VALUES.get(atom, "")
    return value * _TIMES.get(before, 1) if len(value) == 1 else value


def _atoms(text: str) -> list[str]:
    return [atom.casefold() for atom in _ATOM.findall(text)]


def _cards(text: str) -> int:
    return _cards_in(list(_tape(_atoms(text))))


def _cards_in(rows: Sequence[tuple[int, int, str]]) -> int:
    count = 0
    for _, _, digits in rows:
        at = 0
        while at + 13 <= len(digits):
            size = next((n for n in (16, 15, 13, 19) if at + n <= len(digits) and _passes(digits[at : at + n])), 0)
            count += size > 0
            at += size or 1
    return count


def _passes(digits: str) -> bool:
    """The doubled digits' table of ISO/IEC 7812 instead of arithmetic; major networks only."""
    network = (
        (digits[0] == "4" and len(digits) in (13, 16, 19))
        or (digits[:2] in ("51", "52", "53", "54", "55") and len(digits) == 16)
        or (digits[:2] in ("34", "37") and len(digits) == 15)
        or (digits[:4] == "6011" and len(digits) == 16)
    )
    if not network:
        return False
    return sum(_weight(place, digit) for place, digit in enumerate(reversed(digits))) % 10 == 0


def _weight(place: int, digit: str) -> int:
    return (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)[int(digit)] if place % 2 else int(digit)


def _ibans(text: str) -> int:
    squeezed = re.sub(r"[\s-]", "", text)
    return sum(
        1
        for hit in _IBAN_LIKE.finditer(squeezed)
        for size in [_IBAN_SIZES.get(hit.group()[:2], 0)]
        if 0 < size <= len(hit.group()) and _remainder(hit.group()[:size]) == 1
    )


def _remainder(iban: str) -> int:
    """Digit by digit, as with pencil and paper."""
    remainder = 0
    for sign in iban[4:] + iban[:4]:
        value = int(sign, 36)
        remainder = (remainder * (100 if value > 9 else 10) + value) % 97
    return remainder


def _dictated_addresses(atoms: Sequence[str]) -> int:
    """`… at some host dot com` behind a word that was joined by `dot` or `underscore`, or after `email`."""
    count = 0
    for at, atom in enumerate(atoms):
        if atom == "at" and "dot" in atoms[at + 2 : at + 5]:
            host = at + 2 + atoms[at + 2 : at + 5].index("dot")
            named = {"dot", "underscore"} & set(atoms[max(0, at - 3) : at]) or {"email", "mail"} & set(
                atoms[max(0, at - 6) : at]
            )
            count += bool(named) and atoms[host + 1 : host + 2] not in ([], ["|"])
    return count


def _announced(atoms: Sequence[str], tape: Sequence[tuple[int, int, str]]) -> Iterator[str]:
    rows = {first: (last, digits) for first, last, digits in tape}
    for at, atom in enumerate(atoms):
        if atom not in _CUES and atom not in _BIRTH:
            continue
        place = at + 1
        while (
            place < min(len(atoms), at + _PATIENCE)
            and place not in rows
            and (
                atoms[place] in _LINKING
                or atoms[place] in ":,"
                or (atom in _BIRTH and atoms[place] in ("on", "in", "day"))
            )
        ):
            place += 1
        if atom in _BIRTH:
            if place < len(atoms) and (
                _MONTHS.match(atoms[place]) or (place in rows and len(rows[place][1]) in (6, 8))
            ):
                yield "DOB"
        elif place in rows:
            kind, sizes = _CUES[atom]
            last, digits = rows[place]
            measured = last < len(atoms) and (atoms[last] in _UNITS or atoms[last] in "$€£%")
            if len(digits) in sizes and not measured and not _is_year(atoms, place, digits):
                yield kind


def _is_year(atoms: Sequence[str], place: int, digits: str) -> bool:
    return len(digits) == 4 and digits[:2] in ("19", "20") and place > 0 and atoms[place - 1] in ("in", "on", "since")
