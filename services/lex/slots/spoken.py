"""Numbers in words and figures, with their places."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from services.lex.slots.cardinals import Cardinal
from services.lex.slots.figures import is_figure, pieces, value_of, word_of
from services.lex.slots.folding import folded
from services.lex.slots.languages.language import NumberWords

_LINK = re.compile(r"[\s-]*")
_MOST_DECIMALS = 60


@dataclass(frozen=True, slots=True)
class Number:
    """A number at `text[start:end]`. `article` when it is only a word for one that mostly is an article."""

    start: int
    end: int
    value: Decimal
    spoken: bool = False
    article: bool = False
    ordinal: bool = False


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
        self.pieces = pieces(text, comma=comma)

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
        value = value_of(self.pieces[at], comma=self._comma)
        scale = self._words.scales.get(self._word(at + 1))
        if value is not None and scale and self._linked(at, at + 1):
            return value * scale, at + 2
        return value, at + 1

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
            if part is None or len(digits) > _MOST_DECIMALS:
                break
            digits, end = digits + str(part), following
        if not digits:
            return (None if whole is None else Decimal(whole)), after
        return Decimal(f"{whole or 0}.{digits}"), end

    def _cardinal(self, at: int) -> tuple[int | None, int]:
        """A whole number in words; None when the piece begins none."""
        read, after = Cardinal(), at
        while after == at or self._linked(after - 1, after):
            here = after
            joined = after > at and self._word(here) == self._words.joint and self._linked(here, here + 1)
            if joined:
                here += 1
            more = read.with_word(self._word(here), self._words, joined=joined)
            if more is None:
                break
            read, after = more, here + 1
        return (None, at) if after == at else (read.value, after)

    def _word(self, at: int) -> str:
        return word_of(self.pieces[at]) if at < len(self.pieces) else ""

    def _is_figure(self, at: int) -> bool:
        return at < len(self.pieces) and is_figure(self.pieces[at])

    def _linked(self, first: int, second: int) -> bool:
        """Whether nothing but blanks and hyphens stands between two pieces."""
        if first < 0 or second >= len(self.pieces):
            return False
        return _LINK.fullmatch(self._text, self.pieces[first].end(), self.pieces[second].start()) is not None
