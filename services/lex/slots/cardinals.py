"""Whole numbers in words, put together word by word: "two thousand and five", "quatre-vingt-dix-sept"."""

from typing import NamedTuple

from services.lex.slots.languages.language import NumberWords

_NO_LIMIT = 10**18


class Cardinal(NamedTuple):
    """A number as far as it has been read: the thousands and millions, the group of up to three digits behind them,
    and the scale that no later one may reach.
    """

    total: int = 0
    group: int | None = None
    ceiling: int = _NO_LIMIT

    @property
    def value(self) -> int:
        return self.total + (self.group or 0)

    def with_word(self, word: str, words: NumberWords, *, joined: bool) -> "Cardinal | None":
        """With one more word; None when the word does not continue the number. `joined` when an "and" stands before."""
        if (scale := words.scales.get(word)) is not None:
            return None if joined else self._scaled(word, scale)
        if word in words.hundred:
            if joined or self.group == 0 or (self.group or 0) >= 100:
                return None
            return self._replace(group=(self.group or 1) * 100)
        value = _value(words, word)
        if value is None or (joined and not self._joins(words, value)):
            return None
        merged = _merged(words, self.group, value)
        return None if merged is None or merged >= self.ceiling else self._replace(group=merged)

    def _scaled(self, word: str, scale: int) -> "Cardinal | None":
        if scale >= self.ceiling or (self.group is None and self.total) or word == "k":
            return None
        return Cardinal(self.total + (1 if self.group is None else self.group) * scale, None, scale)

    def _joins(self, words: NumberWords, value: int) -> bool:
        """Whether the language puts its "and" between these parts of a number."""
        group = self.group
        if words.unit_first and group is not None and 0 < group < 10 and value % 10 == 0:
            return True
        if words.joins == "hundreds":
            return (group is not None and group >= 100 and group % 100 == 0) or (group is None and self.total > 0)
        if words.joins == "tens":
            return group is not None and group % 10 == 0 and group % 100 >= 20 and (value < 10 or words.vigesimal)
        return True


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
