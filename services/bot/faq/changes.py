"""What one state of the FAQ has that another has not."""

from collections.abc import Mapping, Sequence

from services.bot.faq.entries import FaqEntry
from shared.schemas.faq import FaqChanges

_MAX_NAMED = 200


def replaced(before: Sequence[FaqEntry], found: Sequence[FaqEntry]) -> list[FaqEntry]:
    """The entries found, and those in languages that none of them is in."""
    languages = {entry.language for entry in found}
    return [*(entry for entry in before if entry.language not in languages), *found]


def merged(before: Sequence[FaqEntry], found: Sequence[FaqEntry]) -> list[FaqEntry]:
    """Every entry, in its old place, as it was found or else as it was; new ones at the end."""
    new = {entry.key: entry for entry in found}
    return [*(new.pop(entry.key, entry) for entry in before), *new.values()]


def changes(before: Sequence[FaqEntry], after: Sequence[FaqEntry]) -> FaqChanges:
    """By topic and language: an entry under another topic is one removed and one added."""
    old, new = _by_key(before), _by_key(after)
    common = old.keys() & new.keys()
    changed = {key for key in common if old[key] != new[key]}
    return FaqChanges(
        added=_named(new.keys() - old.keys()),
        changed=_named(changed),
        removed=_named(old.keys() - new.keys()),
        unchanged=len(common) - len(changed),
    )


def _by_key(entries: Sequence[FaqEntry]) -> Mapping[tuple[str, str], FaqEntry]:
    return {entry.key: entry for entry in entries}


def _named(keys: set[tuple[str, str]]) -> list[str]:
    return [f"{language}/{topic}" for language, topic in sorted(keys)[:_MAX_NAMED]]
