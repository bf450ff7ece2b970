"""What every slot type can do."""

import datetime
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar, cast

from shared.schemas.lex import Slot, SlotValue

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding:
    """A value at `text[start:end]`. `known` is false for an open value that no list or format confirms.

    `interpreted` is None when the value is ambiguous. `values` are those of a list; `parts` are the sub slots of a
    composite value, None where one is still open.
    """

    start: int
    end: int
    original: str
    interpreted: str | None
    resolved: tuple[str, ...] = ()
    known: bool = True
    values: tuple["Finding", ...] | None = None
    parts: tuple[tuple[str, "Finding | None"], ...] | None = None

    def moved(self, offset: int) -> "Finding":
        values = self.values and tuple(value.moved(offset) for value in self.values)
        parts = self.parts and tuple((name, part and part.moved(offset)) for name, part in self.parts)
        return replace(self, start=self.start + offset, end=self.end + offset, values=values, parts=parts)

    def slot(self) -> Slot:
        """The filled slot as Lex writes it."""
        value = SlotValue(
            original_value=self.original, interpreted_value=self.interpreted, resolved_values=list(self.resolved)
        )
        if self.values is not None:
            return Slot(shape="List", value=value, values=[item.slot() for item in self.values])
        if self.parts is not None:
            sub_slots = {name: part.slot() if part else None for name, part in self.parts}
            return Slot(shape="Composite", value=value, sub_slots=sub_slots)
        return Slot(shape="Scalar", value=value)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the resolution of a value may depend on besides the text: date and time where the customer is.

    It is one turn's, and remembers what was found: sample utterances of many intents ask for the same stretches.
    """

    today: datetime.date = field(default_factory=lambda: datetime.date(1970, 1, 1))
    time: datetime.time | None = None
    _known: dict[Hashable, object] = field(default_factory=dict, compare=False, repr=False)

    def find(self, resolver: "Resolver", text: str) -> Sequence[Finding]:
        """What the resolver finds inside the text."""
        return self.once(("find", resolver, text), lambda: resolver.find(text, self))

    def answer(self, resolver: "Resolver", text: str) -> Finding | None:
        """How the resolver reads the text as an answer."""
        return self.once(("answer", resolver, text), lambda: resolver.answer(text, self))

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` made the first time it was asked for under this key."""
        if key not in self._known:
            self._known[key] = make()
        return cast("T", self._known[key])


class Resolver(Protocol):
    """One slot type of one locale."""

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        """The values inside a longer phrase, in order; only what is recognisable without having been asked for."""

    def answer(self, text: str, reading: Reading) -> Finding | None:
        """The value in an answer to the slot's own prompt, where a barer form is enough."""

    def examples(self) -> Sequence[str]:
        """A few typical values, to fill the placeholders of sample utterances with."""


def whole(text: str, interpreted: str, *, known: bool = True) -> Finding:
    """The whole text as one value."""
    return Finding(0, len(text), text, interpreted, (interpreted,), known)


def trimmed(text: str) -> tuple[int, str]:
    """The text without outer blanks and closing punctuation, and where it begins."""
    start = len(text) - len(text.lstrip(" \t\r\n'\"“”("))
    return start, text[start:].rstrip(" \t\r\n.,;!?'\"“”)")
