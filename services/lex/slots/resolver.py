"""What every slot type can do."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from shared.schemas.lex import Slot, SlotValue


@dataclass(frozen=True, slots=True)
class Finding:
    """A value at `text[start:end]`. `known` is false for an open value that no list or format confirms."""

    start: int
    end: int
    original: str
    interpreted: str
    resolved: tuple[str, ...] = ()
    known: bool = True

    def moved(self, offset: int) -> "Finding":
        return replace(self, start=self.start + offset, end=self.end + offset)

    def slot(self) -> Slot:
        """The filled slot as Lex writes it."""
        value = SlotValue(
            original_value=self.original, interpreted_value=self.interpreted, resolved_values=list(self.resolved)
        )
        return Slot(shape="Scalar", value=value)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the resolution of a value may depend on besides the text."""

    today: date = field(default_factory=lambda: date(1970, 1, 1))


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
