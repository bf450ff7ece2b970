"""Slots that take several values: always a list, of one or more."""

import re
from collections.abc import Iterator, Sequence

from services.lex.slots.folding import folded
from services.lex.slots.languages.language import Language
from services.lex.slots.resolver import Finding, Reading, Resolver


class MultipleValuesResolver:
    """The values of a type, between commas, between words such as "and", or one behind the other."""

    def __init__(self, single: Resolver, language: Language) -> None:
        self._single = single
        words = language.conjunctions
        self._separator = re.compile(rf"\s*[,;&/+]\s*|(?<!\w)(?:{words})(?!\w)")
        self._between = re.compile(rf"[\s,;&/+]*(?:(?:{words})(?!\w)[\s,]*)?")

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        """Values that stand together are one list."""
        lists: list[list[Finding]] = []
        plain = folded(text)
        for finding in self._single.find(text, reading):
            if lists and self._between.fullmatch(plain, lists[-1][-1].end, finding.start):
                lists[-1].append(finding)
            else:
                lists.append([finding])
        return [_listed(text, values) for values in lists]

    def answer(self, text: str, reading: Reading) -> Finding | None:
        """Every value in the text; a type that is open takes what stands between separators, too."""
        known = list(self._single.find(text, reading))
        rest = [piece for piece in self._pieces(text, known) if any(char.isalnum() for char in piece[1])]
        values = list(known)
        for start, piece in rest if not known or len(rest) > 1 or self._separator.search(folded(text)) else []:
            value = self._single.answer(piece, reading)
            if value is not None:
                values.append(value.moved(start))
        return _listed(text, sorted(values, key=lambda value: value.start)) if values else None

    def examples(self) -> Sequence[str]:
        return self._single.examples()

    def _pieces(self, text: str, known: Sequence[Finding]) -> Iterator[tuple[int, str]]:
        """What stands between the known values and the separators."""
        plain, position = folded(text), 0
        cuts = [(value.start, value.end) for value in known]
        cuts += [
            match.span()
            for match in self._separator.finditer(plain)
            if all(match.end() <= value.start or match.start() >= value.end for value in known)
        ]
        for start, end in sorted(cuts):
            yield position, text[position:start]
            position = end
        yield position, text[position:]


def _listed(text: str, values: Sequence[Finding]) -> Finding:
    start, end = values[0].start, values[-1].end
    joined = ", ".join(value.interpreted or value.original for value in values)
    known = all(value.known for value in values)
    return Finding(start, end, text[start:end], joined, (joined,), known, values=tuple(values))
