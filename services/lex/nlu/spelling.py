"""Known words one slip of the fingers away: a letter left out, doubled, mistyped or swapped with its neighbour."""

from collections.abc import Iterable, Iterator

_SHORTEST = 6


class Spelling:
    """Finds by the forms of a word with one letter less, so that no list is scanned."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words: dict[str, list[str]] = {}
        for word in words:
            if len(word) >= _SHORTEST and word.isalpha():
                for form in _forms(word):
                    self._words.setdefault(form, []).append(word)

    def nearest(self, word: str) -> str | None:
        """The only known word one slip away with the same first letter, else nothing."""
        if len(word) < _SHORTEST - 1 or not word.isalpha():
            return None
        near = {known for form in _forms(word) for known in self._words.get(form, ()) if _one_slip(word, known)}
        return near.pop() if len(near) == 1 else None


def _forms(word: str) -> Iterator[str]:
    yield word
    for at in range(1, len(word)):
        yield word[:at] + word[at + 1 :]


def _one_slip(word: str, known: str) -> bool:
    if word[0] != known[0]:
        return False
    start = next((n for n, (a, b) in enumerate(zip(word, known, strict=False)) if a != b), min(len(word), len(known)))
    one, other = word[start:], known[start:]
    return (
        one[1:] == other[1:]  # mistyped
        or one[1:] == other  # one too many
        or one == other[1:]  # one left out
        or (one[:2] == other[1::-1] and one[2:] == other[2:])  # swapped
    )
