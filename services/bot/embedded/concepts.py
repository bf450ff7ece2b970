"""What people say for one another: words and phrases by the groups they stand in."""

from collections.abc import Sequence

from services.bot.embedded.words import Words, lines


class Concepts:
    """The groups of one language's `concepts` list; none when it has no list."""

    def __init__(self, words: Words) -> None:
        self._groups: dict[tuple[str, ...], frozenset[int]] = {}
        self.written: set[str] = set()
        listed = enumerate(lines("concepts", words.language))
        phrases = [(number, phrase) for number, line in listed for phrase in line.split(",")]
        for (number, _), tokens in zip(phrases, words.tokens_of([phrase for _, phrase in phrases]), strict=True):
            stems = tuple(token.stem for token in tokens)
            if stems:
                self._groups[stems] = self._groups.get(stems, frozenset()) | {number}
                self.written.update(token.word for token in tokens if token.subject)
        self._longest = max(map(len, self._groups), default=0)

    def of(self, stem: str) -> frozenset[int]:
        """The groups of a single word."""
        return self._groups.get((stem,), frozenset())

    def phrases(self, stems: Sequence[str]) -> list[tuple[tuple[str, ...], frozenset[int]]]:
        """Every phrase of a list within the text, longer ones and those inside of them alike, with its groups."""
        found: list[tuple[tuple[str, ...], frozenset[int]]] = []
        for start in range(len(stems)):
            for length in range(1, min(self._longest, len(stems) - start) + 1):
                phrase = tuple(stems[start : start + length])
                if groups := self._groups.get(phrase):
                    found.append((phrase, groups))
        return found
