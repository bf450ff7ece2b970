"""Numbers as people write and speak them: runs of digits with the place of each in the text."""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field

_ONES = {
    "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_TEENS = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16",
    "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
_TENS = {
    "twenty": "2", "thirty": "3", "forty": "4", "fifty": "5", "sixty": "6", "seventy": "7", "eighty": "8",
    "ninety": "9",
}  # fmt: skip
_REPEATS = {"double": 2, "triple": 3, "treble": 3}
_FILLERS = {"uh", "um", "er", "erm", "dash", "hyphen", "space", "and", "then"}
_DIVIDING = re.compile(r"[,;.:]\s|\+|\b(?:and|then)\b", re.IGNORECASE)
_JOINING = re.compile(r"\+|\b(?:and|then)\b", re.IGNORECASE)
_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’][^\W\d_]+)*")
_NUMERAL = re.compile(rf"\d|\b(?:{'|'.join([*_ONES, *_TEENS, *_TENS])})\b", re.IGNORECASE)
_GAP = re.compile(r"[\s.,;:()/+\-–—_]{0,4}")
_MONEY_BEFORE = re.compile(r"(?:[$€£]|\b(?:USD|EUR|GBP)\s?)\s?$")
_MONEY_AFTER = re.compile(
    r"\s?(?:[$€£%]|(?:dollars?|bucks|euros?|pounds?|cents?|pence|usd|eur|gbp|percent|per cent|hundred|"
    r"thousand|million|grand)\b)",
    re.IGNORECASE,
)
_MEASURE_AFTER = re.compile(
    r"[\s-]?(?:digits?|times?|days?|weeks?|months?|years?|hours?|minutes?|mins?|seconds?|copies|pages?|"
    r"kilos?|kg|miles?|km|people|points?|items?|nights?)\b(?!\s(?:is|are|number))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Digit:
    """One digit and the part of the text it comes from; digits of one spoken or written token share that part."""

    value: str
    begin: int
    end: int


@dataclass(frozen=True)
class Group:
    """Digits `first` to `last` (exclusive) of a run that a pause or an `and` sets off from the others.

    `measured`: an amount, or a count of something, and so no number that stands for anything. `apart`: an `and` or
    `then` stands before it.
    """

    first: int
    last: int
    measured: bool
    apart: bool


@dataclass
class DigitRun:
    """Digits that follow each other with nothing but spacing and fillers in between."""

    digits: list[Digit] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)

    @property
    def value(self) -> str:
        return "".join(digit.value for digit in self.digits)

    def span(self, first: int, count: int) -> tuple[int, int]:
        """Begin and end in the text of `count` digits from `first`."""
        return self.digits[first].begin, self.digits[first + count - 1].end

    def stretches(self, lengths: Container[int], most: int = 20) -> Iterator[tuple[int, int]]:
        """First digit and count of rows of whole groups that have such a length; the longest of each beginning."""
        for start, group in enumerate(self.groups):
            best = 0
            for end in range(start, min(start + most, len(self.groups))):
                if self.groups[end].measured or (end > start and self.groups[end].apart):
                    break
                count = self.groups[end].last - group.first
                best = count if count in lengths else best
            if best:
                yield group.first, best


def digit_runs(text: str) -> list[DigitRun]:
    """`"four one double two, 33"` → one run `412233`. Linear."""
    if not _NUMERAL.search(text):
        return []  # most of what people say holds no number
    tokens = list(_TOKEN.finditer(text))
    runs: list[DigitRun] = []
    open_run: DigitRun | None = None
    for at, token in enumerate(tokens):
        word = token.group().casefold()
        if open_run and not _GAP.fullmatch(text, tokens[at - 1].end(), token.start()):
            open_run = None
        digits = _digits(tokens, at)
        if digits:
            if open_run is None:
                open_run = DigitRun()
                runs.append(open_run)
            begin = _beginning(tokens, at)
            open_run.digits.extend(Digit(value, begin, token.end()) for value in digits)
        elif word not in _FILLERS and word not in _REPEATS:
            open_run = None
    for run in runs:
        run.groups = _groups(text, run.digits)
    return runs


def _beginning(tokens: Sequence[re.Match[str]], at: int) -> int:
    """`double` belongs to the digit that it doubles."""
    repeated = at and tokens[at - 1].group().casefold() in _REPEATS
    return tokens[at - 1].start() if repeated else tokens[at].start()


def _groups(text: str, digits: Sequence[Digit]) -> list[Group]:
    groups: list[Group] = []
    first, apart = 0, False
    for at in range(1, len(digits) + 1):
        between = text[digits[at - 1].end : digits[at].begin] if at < len(digits) else ", "
        if _DIVIDING.search(between):
            begin, end = digits[first].begin, digits[at - 1].end
            before = _MONEY_BEFORE.search(text, max(0, begin - 5), begin)
            measured = before or _MONEY_AFTER.match(text, end) or _MEASURE_AFTER.match(text, end)
            groups.append(Group(first, at, bool(measured), apart))
            first, apart = at, bool(_JOINING.search(between))
    return groups


def spelled_signs(text: str) -> Iterator[list[Digit]]:
    """Rows of letters that stand alone and of digits, each in capitals with its place."""
    row: list[Digit] = []
    tokens = list(_TOKEN.finditer(text))
    for at, token in enumerate(tokens):
        word = token.group()
        alone = word.upper() if len(word) == 1 and word.isascii() and word.isalpha() else ""
        value = alone or _digits(tokens, at)
        if row and not _GAP.fullmatch(text, row[-1].end, token.start()):
            yield row
            row = []
        if value:
            row += [Digit(sign, token.start(), token.end()) for sign in value]
        elif row and word.casefold() not in _FILLERS and word.casefold() not in _REPEATS:
            yield row
            row = []
    if row:
        yield row


def _digits(tokens: Sequence[re.Match[str]], at: int) -> str:
    """The digits that a token stands for, knowing its neighbours: `twenty four` is 24, `double two` is 22."""
    word = tokens[at].group().casefold()
    before = tokens[at - 1].group().casefold() if at else ""
    if word in _TENS:
        after = tokens[at + 1].group().casefold() if at + 1 < len(tokens) else ""
        return _TENS[word] if after in _ONES and _ONES[after] != "0" else _TENS[word] + "0"
    single = word if word.isdecimal() and word.isascii() else _ONES.get(word, _TEENS.get(word, ""))
    return single * _REPEATS.get(before, 1) if len(single) == 1 else single


def luhn(digits: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1, annex B)."""
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0
