"""A text in which spoken numbers stand as digits, as the rules for dates, times and durations read it."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from services.lex.slots.folding import folded
from services.lex.slots.languages.language import Language
from services.lex.slots.spoken import in_digits, numbers


@dataclass(frozen=True, slots=True)
class View:
    """A folded text in which spoken numbers are digits; `source` gives the place of a part in the text itself."""

    text: str
    starts: tuple[int, ...] = ()
    cuts: tuple[tuple[int, int, int, int], ...] = ()

    def source(self, start: int, end: int) -> tuple[int, int]:
        return self._origin(start, last=False), self._origin(end, last=True)

    def _origin(self, position: int, *, last: bool) -> int:
        index = bisect_right(self.starts, position - 1 if last else position) - 1
        if index < 0:
            return position
        _, view_end, start, end = self.cuts[index]
        if position < view_end or (last and position == view_end):
            return end if last else start
        return end + position - view_end


@lru_cache(maxsize=64)
def view_of(text: str, language: Language, comma: bool = False) -> View:
    """The text with its spoken numbers in digits: "fünf nach zehn" is "5 nach 10"."""
    plain = folded(text)
    parts: list[str] = []
    cuts: list[tuple[int, int, int, int]] = []
    position = length = 0
    for number in numbers(text, language.numbers, comma=comma, ordinals=True):
        if not number.spoken:
            continue
        digits = in_digits(number.value) + ("º" if number.ordinal else "")
        between = plain[position : number.start]
        length += len(between)
        cuts.append((length, length + len(digits), number.start, number.end))
        parts += [between, digits]
        length += len(digits)
        position = number.end
    return View("".join([*parts, plain[position:]]), tuple(cut[0] for cut in cuts), tuple(cuts))
