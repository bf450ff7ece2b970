"""Which payee, account or plan a customer means: names said loosely, matched to the ones there are."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Generic, TypeVar

from services.bot.wording import Wording
from shared.schemas.accounts import Account, AccountKind

T = TypeVar("T")
_ALIKE = 0.78
_AS_GOOD = 0.05


@dataclass(frozen=True, slots=True)
class Named(Generic[T]):
    """Something a customer can name. `value` fills the slot and tells it from its namesakes; `labels` are its names."""

    item: T
    value: str
    labels: tuple[str, ...]


def last_digits(masked_number: str) -> str:
    """`1234` of `••••1234`."""
    return re.sub(r"[^0-9]", "", masked_number)[-4:]


def masked(masked_number: str) -> str:
    return "••••" + last_digits(masked_number)


def kind_words(kind: AccountKind, words: Wording) -> str:
    """What a customer calls it: "checking account"."""
    return words.kinds[kind][0]


def called(account: Account, words: Wording) -> str:
    """The account as it is spoken of: "checking account ••••4821"."""
    return f"{kind_words(account.kind, words)} {masked(account.masked_number)}"


def named_accounts(accounts: Sequence[Account], words: Wording) -> list[Named[Account]]:
    """Accounts by their kind, their own name, and their last digits."""
    values = unique_values(
        accounts, lambda account: kind_words(account.kind, words), lambda account: account.masked_number
    )
    return [
        Named(account, value, (*words.kinds[account.kind], *_with_digits(account, words)))
        for account, value in zip(accounts, values, strict=True)
    ]


def _with_digits(account: Account, words: Wording) -> tuple[str, ...]:
    digits = last_digits(account.masked_number)
    return account.name, f"{account.name} {digits}", f"{kind_words(account.kind, words)} {digits}"


def unique_values(items: Sequence[T], name: Callable[[T], str], number: Callable[[T], str]) -> list[str]:
    """The name of each item, with its last digits where another has the same name."""
    names = [name(item) for item in items]
    return [
        label if names.count(label) == 1 else f"{label} {last_digits(number(item))}"
        for label, item in zip(names, items, strict=True)
    ]


def listed(values: Sequence[str], words: Wording) -> str:
    """`A, B or C`."""
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} {words.general.or_} {values[-1]}"


def names_something(texts: Sequence[str], words: Wording) -> bool:
    """Whether any of the texts could be a name: "my bill" and "somebody" are none."""
    nobody = words.fillers | words.anybody
    return any(word not in nobody for text in texts for word in _words(text, words.fillers))


def meant(texts: Sequence[str], choices: Sequence[Named[T]], words: Wording, *, transcript: str = "") -> list[Named[T]]:
    """The choices that any of `texts` may mean: one when it is clear, several, or none when none is alike.

    Tried in turn: the same words; words of the name; the name among the words; beginnings of words; alike spelling.
    `transcript`, all that was said, may decide between several: Lex passes on only "checking" of "premier checking".
    """
    named = [_Choice(choice, [_words(label, words.fillers) for label in choice.labels]) for choice in choices]
    said = [heard for text in texts if (heard := _words(text, words.fillers))]
    found = _fitting(said, named) or _alike(said, named) or _first(said, named, _names_one_word)
    if len(found) > 1 and (whole := _words(transcript, words.fillers)):
        found = _first([whole], found, _same) or _first([whole], found, _names) or found
    return [choice.named for choice in found]


@dataclass(frozen=True, slots=True)
class _Choice(Generic[T]):
    """A choice and its labels, word by word."""

    named: Named[T]
    labels: list[list[str]]


_Fits = Callable[[Sequence[str], Sequence[str]], bool]


def _words(text: str, fillers: frozenset[str]) -> list[str]:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    plain = "".join(char for char in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(char))
    words = re.findall(r"[^\W_]+", re.sub(r"['’]", "", plain).casefold())
    return [word for word in words if word not in fillers] or words


def _fitting(said: Sequence[Sequence[str]], choices: Sequence[_Choice[T]]) -> list[_Choice[T]]:
    for fits in (_same, _part_of, _names, _begins):
        if found := _first(said, choices, fits):
            return found
    return []


def _first(said: Sequence[Sequence[str]], choices: Sequence[_Choice[T]], fits: _Fits) -> list[_Choice[T]]:
    """The fewest choices that one of the texts fits."""
    per_text = [[choice for choice in choices if any(fits(words, name) for name in choice.labels)] for words in said]
    return min((found for found in per_text if found), key=len, default=[])


def _same(said: Sequence[str], name: Sequence[str]) -> bool:
    return list(said) == list(name)


def _part_of(said: Sequence[str], name: Sequence[str]) -> bool:
    return set(said) <= set(name)


def _names(said: Sequence[str], name: Sequence[str]) -> bool:
    return len(name) > 1 and set(name) <= set(said)


def _names_one_word(said: Sequence[str], name: Sequence[str]) -> bool:
    return set(name) <= set(said)


def _begins(said: Sequence[str], name: Sequence[str]) -> bool:
    return all(len(word) >= 3 and any(part.startswith(word) for part in name) for word in said)


def _alike(said: Sequence[Sequence[str]], choices: Sequence[_Choice[T]]) -> list[_Choice[T]]:
    scored = [
        (max((_likeness(words, name) for words in said for name in choice.labels), default=0.0), choice)
        for choice in choices
    ]
    best = max((score for score, _ in scored), default=0.0)
    return [choice for score, choice in scored if score >= max(_ALIKE, best - _AS_GOOD)]


def _likeness(said: Sequence[str], name: Sequence[str]) -> float:
    whole = SequenceMatcher(None, " ".join(said), " ".join(name)).ratio()
    each = min(max(SequenceMatcher(None, word, part).ratio() for part in name) for word in said)
    return max(whole, each)
