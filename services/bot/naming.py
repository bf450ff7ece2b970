"""Which payee, account or plan a customer means: names said loosely, matched to the ones there are."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Generic, TypeVar

from shared.schemas.accounts import Account, AccountKind
from shared.schemas.plans import PlanKind

T = TypeVar("T")
_FILLERS = frozenset({"a", "an", "and", "the", "my", "our", "to", "for", "from", "of", "please", "account", "accounts"})
_FILLERS |= {"bill", "payment"}
_ANYBODY = frozenset({"bills", "payments", "somebody", "someone", "something", "anyone", "money", "payee", "payees"})
_ALIKE = 0.78
_AS_GOOD = 0.05

KIND_WORDS: dict[AccountKind | PlanKind, tuple[str, ...]] = {
    "checking": ("checking account", "chequing account", "current account"),
    "savings": ("savings account", "saving account"),
    "certificate": ("certificate of deposit", "certificate", "CD", "term deposit"),
    "credit_card": ("credit card",),
    "auto_loan": ("auto loan", "car loan", "vehicle loan"),
    "personal_loan": ("personal loan",),
    "mortgage": ("mortgage", "mortgage loan", "home loan", "house loan"),
    "home_equity_line": ("home equity line", "home equity line of credit", "HELOC"),
}


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


def kind_words(kind: AccountKind | PlanKind) -> str:
    """What a customer calls it: "checking account"."""
    return KIND_WORDS[kind][0]


def named_accounts(accounts: Sequence[Account]) -> list[Named[Account]]:
    """Accounts by their kind, their own name, and their last digits."""
    values = unique_values(accounts, lambda account: kind_words(account.kind), lambda account: account.masked_number)
    return [
        Named(account, value, (*KIND_WORDS[account.kind], *_with_digits(account)))
        for account, value in zip(accounts, values, strict=True)
    ]


def _with_digits(account: Account) -> tuple[str, ...]:
    digits = last_digits(account.masked_number)
    return account.name, f"{account.name} {digits}", f"{kind_words(account.kind)} {digits}"


def unique_values(items: Sequence[T], name: Callable[[T], str], number: Callable[[T], str]) -> list[str]:
    """The name of each item, with its last digits where another has the same name."""
    names = [name(item) for item in items]
    return [
        label if names.count(label) == 1 else f"{label} {last_digits(number(item))}"
        for label, item in zip(names, items, strict=True)
    ]


def listed(values: Sequence[str]) -> str:
    """`A, B or C`."""
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} or {values[-1]}"


def names_something(texts: Sequence[str]) -> bool:
    """Whether any of the texts could be a name: "my bill" and "somebody" are none."""
    return any(word not in _FILLERS | _ANYBODY for text in texts for word in _words(text))


def meant(texts: Sequence[str], choices: Sequence[Named[T]], *, transcript: str = "") -> list[Named[T]]:
    """The choices that any of `texts` may mean: one when it is clear, several, or none when none is alike.

    Tried in turn: the same words; words of the name; the name among the words; beginnings of words; alike spelling.
    `transcript`, all that was said, may decide between several: Lex passes on only "checking" of "premier checking".
    """
    said = [words for text in texts if (words := _words(text))]
    found = _fitting(said, choices) or _alike(said, choices) or _first(said, choices, _names_one_word)
    if len(found) > 1 and (whole := _words(transcript)):
        return _first([whole], found, _same) or _first([whole], found, _names) or found
    return found


_Fits = Callable[[Sequence[str], Sequence[str]], bool]


def _words(text: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    words = re.findall(r"[^\W_]+", re.sub(r"['’]", "", spaced).casefold())
    return [word for word in words if word not in _FILLERS] or words


def _fitting(said: Sequence[Sequence[str]], choices: Sequence[Named[T]]) -> list[Named[T]]:
    for fits in (_same, _part_of, _names, _begins):
        if found := _first(said, choices, fits):
            return found
    return []


def _first(said: Sequence[Sequence[str]], choices: Sequence[Named[T]], fits: _Fits) -> list[Named[T]]:
    """The fewest choices that one of the texts fits."""
    per_text = [
        [choice for choice in choices if any(fits(words, _words(label)) for label in choice.labels)] for words in said
    ]
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


def _alike(said: Sequence[Sequence[str]], choices: Sequence[Named[T]]) -> list[Named[T]]:
    scored = [
        (max((_likeness(words, _words(label)) for words in said for label in choice.labels), default=0.0), choice)
        for choice in choices
    ]
    best = max((score for score, _ in scored), default=0.0)
    return [choice for score, choice in scored if score >= max(_ALIKE, best - _AS_GOOD)]


def _likeness(said: Sequence[str], name: Sequence[str]) -> float:
    whole = SequenceMatcher(None, " ".join(said), " ".join(name)).ratio()
    each = min(max(SequenceMatcher(None, word, part).ratio() for part in name) for word in said)
    return max(whole, each)
