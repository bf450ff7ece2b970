"""Digits as people type and say them: "2468", "2 4 6 8", "two four six eight", "twenty four", "double four", "oh"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from services.lex.slots.folding import folded
from services.lex.slots.languages.en import ENGLISH
from services.lex.slots.languages.language import NumberWords
from services.lex.slots.spoken import Number, numbers

_TOKEN = re.compile(r"[^\W_]+")
_GAP = re.compile(r"[\s.,()\-–/\u200b-\u200d\u2060\ufeff]*")
_LARGEST_SPOKEN = 100


@dataclass(frozen=True, slots=True)
class DigitRun:
    """Neighbouring digit tokens at `text[start:end]`, joined."""

    start: int
    end: int
    digits: str


@dataclass(slots=True)
class _Open:
    """The run that is being read. `times` is what was said before its next digit, at `times_start`."""

    start: int = 0
    end: int = 0
    parts: list[str] = field(default_factory=list)
    times: int = 1
    times_start: int = -1

    def begins(self, position: int) -> int:
        return self.times_start if self.times > 1 else position

    def add(self, start: int, end: int, digits: str, *, spoken: bool) -> None:
        """ "double twelve" is 1212, "double 42" is 442."""
        if not self.parts:
            self.start = self.begins(start)
        self.parts.append(digits * self.times if spoken else digits[0] * (self.times - 1) + digits)
        self.end, self.times = end, 1

    def closed(self) -> Iterator[DigitRun]:
        """The run if it has any digit; a new one begins."""
        if self.parts:
            yield DigitRun(self.start, self.end, "".join(self.parts))
        self.parts = []


def digit_runs(text: str, words: NumberWords = ENGLISH.numbers) -> Iterator[DigitRun]:
    """The longest stretches of digits, in figures, in words of a language, or both."""
    plain = folded(text)
    spoken = _spoken(text, words)
    run, skipped = _Open(), 0
    for match in _TOKEN.finditer(plain):
        if match.start() < skipped:
            continue
        token, number = match[0], spoken.get(match.start())
        if run.parts and not _GAP.fullmatch(plain, run.end, run.begins(match.start())):
            yield from run.closed()
        if token in words.repeats:
            run.times, run.times_start = words.repeats[token], match.start()
            continue
        digits = str(number.value) if number else _digits(token, words)
        if digits is None:
            yield from run.closed()
            run.times = 1
            continue
        skipped = number.end if number else match.end()
        run.add(match.start(), skipped, digits, spoken=number is not None)
    yield from run.closed()


def spelled_out(text: str, words: NumberWords = ENGLISH.numbers) -> str | None:
    """The letters and digits that a text spells out, at least one digit among them: "a b one double two" is "ab122".

    None for a text that has anything else in it.
    """
    if not _counts(text, words):
        return None
    runs = {run.start: run for run in digit_runs(text, words)}
    spelled, times, behind = "", 1, 0
    for match in _TOKEN.finditer(text):
        if match.start() < behind:
            continue
        token = folded(match[0])
        if run := runs.get(match.start()):
            spelled, behind = spelled + run.digits, run.end
        elif token in words.repeats:
            times = words.repeats[token]
        elif len(token) == 1 and token.isalpha():
            spelled, times = spelled + match[0] * times, 1
        else:
            return None
    return spelled if times == 1 else None


def single_digits(text: str, words: NumberWords) -> Iterator[DigitRun]:
    """The runs of two digits or more that are said one by one, without a figure or a larger number among them."""
    for run in digit_runs(text, words):
        said = text[run.start : run.end]
        tokens = [token for token in _TOKEN.findall(folded(said)) if token not in words.repeats]
        each = all(token in words.figures or words.values.get(token, 10) < 10 for token in tokens)
        if each and len(run.digits) > 1 and _counts(said, words):
            yield run


def _counts(text: str, words: NumberWords) -> bool:
    """Whether a number is said at all: "oh oh" alone is none."""
    return any(token.isdigit() or token in words.values for token in _TOKEN.findall(folded(text)))


def _digits(token: str, words: NumberWords) -> str | None:
    if token.isascii() and token.isdigit():
        return token
    return str(words.figures[token]) if token in words.figures else None


def _spoken(text: str, words: NumberWords) -> dict[int, Number]:
    """Spoken numbers of up to two digits, by their place."""
    return {
        number.start: number
        for number in numbers(text, words)
        if number.spoken and 0 <= number.value < _LARGEST_SPOKEN and number.value == number.value.to_integral_value()
    }
