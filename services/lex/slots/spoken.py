"""Numbers in words and figures, with their places; and a text in which spoken numbers stand as digits."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from services.lex.slots.folding import folded
from services.lex.slots.languages.language import Language, NumberWords

_WORD = r"(?P<word>[^\W\d_]+)"
_BEFORE = r"(?<![\w.,/:])(?<!\d{4}-)(?<!\d-\d-)(?<!\d-\d\d-)(?P<sign>(?<![\w)])[-−])?"
_BEHIND = r"(?:(?=[kcp]\b)|(?![\w/:]|[.,]\d|-\d+-\d))"
_POINT = rf"{_BEFORE}(?P<figure>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+){_BEHIND}"
_COMMA = (
    rf"{_BEFORE}(?P<figure>\d{{1,3}}(?:[.'\u00a0\u202f]\d{{3}})+(?:,\d+)?"
    rf"|\d{{1,3}}(?: \d{{3}})+(?:,\d+)?(?!\s?\d)|\d+(?:[.,]\d+)?|,\d+){_BEHIND}"
)
_PIECES = {False: re.compile(rf"{_POINT}|{_WORD}"), True: re.compile(rf"{_COMMA}|{_WORD}")}
_GROUPED = re.compile(r"\d{1,3}(?:[.]\d{3})+(?:,\d+)?")
_LINK = re.compile(r"[\s-]*")
_LONGEST_FIGURE = 60
_NO_LIMIT = 10**18


@dataclass(frozen=True, slots=True)
class Number:
    """A number at `text[start:end]`. `article` when it is only a word for one that mostly is an article."""

    start: int
    end: int
    value: Decimal
    spoken: bool = False
    article: bool = False
    ordinal: bool = False


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
    """The text as the rules for dates, times and durations read it: "fünf nach zehn" is "5 nach 10"."""
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


def in_digits(value: Decimal) -> str:
    """The number without an exponent and without trailing zeros behind the point."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def numbers(text: str, words: NumberWords, *, comma: bool = False, ordinals: bool = False) -> Iterator[Number]:
    """Every number of the text, in order. With `comma` the decimals stand behind a comma, else behind a point."""
    reader = _Reader(folded(text), words, comma)
    at = 0
    while at < len(reader.pieces):
        number, after = reader.number(at, ordinals=ordinals)
        if number is not None:
            yield number
        at = max(after, at + 1)


class _Reader:
    """Reads numbers from the words and figures of one text."""

    def __init__(self, text: str, words: NumberWords, comma: bool) -> None:
        self._text = text
        self._words = words
        self._comma = comma
        self.pieces = list(_PIECES[comma].finditer(text))

    def number(self, at: int, *, ordinals: bool) -> tuple[Number | None, int]:
        """The number that begins with a piece, and the first piece behind it."""
        first = at
        negative = not ordinals and self._word(at) in self._words.minus and self._linked(at, at + 1)
        at += negative
        value, after = self._figure(at) if self._is_figure(at) else self._spoken(at)
        if ordinals and not negative and (ordinal := self._ordinal(at, value, after)):
            return ordinal
        if value is None:
            return None, first + 1
        piece, last = self.pieces[first], self.pieces[after - 1]
        negative = negative or bool(self.pieces[at]["sign"])
        alone = after == at + 1 and self._word(at) in self._words.articles
        spoken = not (after == at + 1 and self._is_figure(at))
        return Number(piece.start(), last.end(), -value if negative else value, spoken, alone), after

    def _ordinal(self, at: int, value: Decimal | None, after: int) -> tuple[Number, int] | None:
        """ "twenty fifth" as 25, "first" as 1."""
        known = self._words.ordinals
        tens = value in (20, 30) and self._linked(after - 1, after)
        unit = known.get(self._word(after if tens else at), 0) if tens or value is None else 0
        if not unit or (tens and unit > 9):
            return None
        end = after + 1 if tens else at + 1
        total = Decimal(unit) + (value or 0)
        return Number(self.pieces[at].start(), self.pieces[end - 1].end(), total, spoken=True, ordinal=True), end

    def _figure(self, at: int) -> tuple[Decimal | None, int]:
        figure = self.pieces[at]["figure"]
        if len(figure) > _LONGEST_FIGURE:
            return None, at + 1
        value = Decimal(self._plain(figure))
        scale = self._words.scales.get(self._word(at + 1))
        if scale and self._linked(at, at + 1):
            return value * scale, at + 2
        return value, at + 1

    def _plain(self, figure: str) -> str:
        if not self._comma:
            return figure.replace(",", "")
        grouped = _GROUPED.fullmatch(figure) or "," in figure or not figure.isascii()
        figure = figure.replace(".", "") if grouped else figure
        return re.sub(r"[\s']", "", figure).replace(",", ".")

    def _spoken(self, at: int) -> tuple[Decimal | None, int]:
        """ "one hundred and five point two", or "point four"."""
        if (half := self._words.halves.get(self._word(at))) is not None:
            return half, at + 1
        whole, after = self._cardinal(at)
        point = self._word(after) in self._words.point and (whole is None or self._linked(after - 1, after))
        if not point:
            return (None if whole is None else Decimal(whole)), after
        digits, end = "", after + 1
        while self._linked(end - 1, end):
            part, following = self._cardinal(end)
            if part is None and self._words.figures.get(self._word(end)) == 0:
                part, following = 0, end + 1
            if part is None or len(digits) > _LONGEST_FIGURE:
                break
            digits, end = digits + str(part), following
        if not digits:
            return (None if whole is None else Decimal(whole)), after
        return Decimal(f"{whole or 0}.{digits}"), end

    def _cardinal(self, at: int) -> tuple[int | None, int]:
        """A whole number in words; None when the piece begins none."""
        total, group, ceiling, after = 0, None, _NO_LIMIT, at
        while after == at or self._linked(after - 1, after):
            here = after
            joined = after > at and self._word(here) == self._words.joint and self._linked(here, here + 1)
            if joined:
                here += 1
            step = self._step(self._word(here), total, group, ceiling, joined)
            if step is None:
                break
            total, group, ceiling = step
            after = here + 1
        return (None, at) if after == at else (total + (group or 0), after)

    def _step(
        self, word: str, total: int, group: int | None, ceiling: int, joined: bool
    ) -> tuple[int, int | None, int] | None:
        """Total, current group and smallest scale after one more word; None when it does not continue the number."""
        words = self._words
        if (scale := words.scales.get(word)) is not None:
            if joined or scale >= ceiling or (group is None and total) or (word == "k" and group is not None):
                return None
            return (total + (1 if group is None else group) * scale, None, scale) if word != "k" else None
        if word in words.hundred:
            if joined or group == 0 or (group or 0) >= 100:
                return None
            return total, (group or 1) * 100, ceiling
        value = _value(words, word)
        if value is None or (joined and not _joins(words, total, group, value)):
            return None
        merged = _merged(words, group, value)
        return None if merged is None or merged >= ceiling else (total, merged, ceiling)

    def _word(self, at: int) -> str:
        return (self.pieces[at]["word"] or "") if at < len(self.pieces) else ""

    def _is_figure(self, at: int) -> bool:
        return at < len(self.pieces) and self.pieces[at]["figure"] is not None

    def _linked(self, first: int, second: int) -> bool:
        """Whether nothing but blanks and hyphens stands between two pieces."""
        if first < 0 or second >= len(self.pieces):
            return False
        return _LINK.fullmatch(self._text, self.pieces[first].end(), self.pieces[second].start()) is not None


def _value(words: NumberWords, word: str) -> int | None:
    """The number that one word is, compounds with thousand in them included."""
    if (known := words.values.get(word)) is not None:
        return known
    for stem in words.compound:
        left, found, right = word.partition(stem)
        if found:
            thousands = words.values.get(left) if left else 1
            rest = words.values.get(right) if right else 0
            return None if thousands is None or rest is None else thousands * 1000 + rest
    return None


def _joins(words: NumberWords, total: int, group: int | None, value: int) -> bool:
    """Whether the language puts its "and" between these parts of a number."""
    if words.unit_first and group is not None and 0 < group < 10 and value % 10 == 0:
        return True
    if words.joins == "hundreds":
        return (group is not None and group >= 100 and group % 100 == 0) or (group is None and total > 0)
    if words.joins == "tens":
        return group is not None and group % 10 == 0 and group % 100 >= 20 and (value < 10 or words.vigesimal)
    return True


def _merged(words: NumberWords, group: int | None, value: int) -> int | None:
    """The group of up to three digits with one more word in it; None when the word begins another number."""
    if group is None or group == 0 or value == 0:
        return value if group is None else None
    tail = group % 100
    odd = (words.unit_first and group < 10 and value in range(20, 100, 10)) or (
        words.vigesimal and ((tail in (60, 80) and 10 <= value < 20) or (tail in (10, 70, 90) and 7 <= value < 10))
    )
    if words.vigesimal and value == 20 and tail == 4:
        return group + 76
    room = 1000 if value >= 100 else 100 if value >= 10 or tail == 10 else 10
    return group + value if odd or group % room == 0 else None
