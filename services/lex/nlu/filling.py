"""Slot values in an utterance of an intent, by its sample utterances first and by what stands in it second."""

import re
from collections.abc import Mapping
from itertools import islice

from services.lex.definition.model import IntentDefinition
from services.lex.nlu.samples import Match, Pattern, Span, words_of
from services.lex.slots.alphanumeric import FreeTextResolver
from services.lex.slots.enumeration import EnumerationResolver
from services.lex.slots.resolver import Finding, Reading, Resolver
from services.lex.slots.types import BROAD, slot_resolver

Values = tuple[Finding, ...]


class IntentFiller:
    """Finds the slots of one intent. `resolvers` are by slot type."""

    def __init__(self, intent: IntentDefinition, resolvers: Mapping[str, Resolver]) -> None:
        self._resolvers = {slot.name: slot_resolver(slot, resolvers) for slot in intent.slots.values()}
        samples = (utterance.utterance for utterance in intent.sample_utterances)
        patterns = (Pattern(sample) for sample in samples if "{" in sample)
        self.patterns = [p for p in patterns if p.slots and all(slot in self._resolvers for slot in p.slots)]
        self._answers = {
            slot.name: [Pattern(u.utterance) for u in slot.elicitation.sample_utterances if "{" in u.utterance]
            for slot in intent.slots.values()
        }

    def is_sample(self, text: str, reading: Reading) -> bool:
        """Whether the text reads like a sample utterance whose placeholders all hold known values of their types."""
        return any(
            all(_all_known(self._types(span), text[span.start : span.end], reading) for span in match.spans)
            for match in _matches(self.patterns, text)
            if match.exact
        )

    def fill(self, text: str, reading: Reading) -> dict[str, Finding]:
        """The values of an utterance that starts or continues the intent."""
        values = self._best(_matches(self.patterns, text), text, reading)
        self._add_found(values, text, reading)
        return values

    def answer(self, slot: str, text: str, reading: Reading) -> dict[str, Finding]:
        """The values of an answer to the prompt of `slot`; the slot itself is among them when it resolved."""
        patterns = [*self._answers[slot], *(p for p in self.patterns if slot in p.slots)]
        values = self._best(_matches(patterns, text), text, reading)
        if slot not in values:
            # The others are read from the whole text afterwards: the slot that was asked for comes first.
            asked = reading.answer(self._resolvers[slot], text)
            values = {slot: asked} if asked else {}
        elif not values[slot].known:
            found = reading.find(self._resolvers[slot], text)
            values[slot] = found[0] if found else values[slot]
        self._add_found(values, text, reading)
        return values

    def _best(self, matches: list[Match], text: str, reading: Reading) -> dict[str, Finding]:
        best: tuple[tuple[int, bool, int, int], dict[str, Finding]] = ((-1, False, 0, 0), {})
        for match in matches:
            values = self._values(match, text, reading)
            if values is not None:
                known = sum(finding.known for finding in values.values())
                rank = (known - (len(values) - known), match.exact, match.literals, len(values))
                best = max(best, (rank, values), key=lambda candidate: candidate[0])
        return dict(best[1])

    def _values(self, match: Match, text: str, reading: Reading) -> dict[str, Finding] | None:
        """The values at the placeholders, or None when one of them holds something else than a value of its type."""
        values: dict[str, Finding] = {}
        for span in match.spans:
            held = _shared_out(self._types(span), text[span.start : span.end], reading)
            if held is None:
                return None
            values |= {slot: finding.moved(span.start) for slot, finding in zip(span.slots, held, strict=True)}
        return values

    def _types(self, span: Span) -> tuple[Resolver, ...]:
        return tuple(self._resolvers[slot] for slot in span.slots)

    def _add_found(self, values: dict[str, Finding], text: str, reading: Reading) -> None:
        """Fills slots that are still empty from what stands elsewhere in the text.

        The longest value comes first, and of equal ones that of the narrower type. Slots of one type are filled in
        the order in which their values stand in the text.
        """
        empty: dict[Resolver, list[str]] = {}
        for name, resolver in self._resolvers.items():
            if name not in values:
                empty.setdefault(resolver, []).append(name)
        found = [(resolver, finding) for resolver in empty for finding in reading.find(resolver, text)]
        taken, chosen = list(values.values()), {resolver: list[Finding]() for resolver in empty}
        for resolver, finding in sorted(found, key=lambda pair: (-_length(pair[1]), isinstance(pair[0], BROAD))):
            free = all(finding.end <= other.start or finding.start >= other.end for other in taken)
            if free and len(chosen[resolver]) < len(empty[resolver]):
                chosen[resolver].append(finding)
                taken.append(finding)
        for resolver, names in empty.items():
            values.update(zip(names, sorted(chosen[resolver], key=lambda finding: finding.start), strict=False))


def _matches(patterns: list[Pattern], text: str) -> list[Match]:
    words = words_of(text)
    return [found for pattern in patterns if pattern.needed <= words and (found := pattern.match(text)) is not None]


def _all_known(resolvers: tuple[Resolver, ...], text: str, reading: Reading) -> bool:
    """Whether a stretch of words can be shared out into one known value of each type, in this order."""
    if len(resolvers) == 1:
        finding = _value(resolvers[0], text, reading)
        return finding is not None and finding.known
    begin = _first_place(resolvers[0], text, reading)
    return reading.once(
        (_all_known, resolvers, text),
        lambda: any(
            _all_known(resolvers[:1], text[: cut.start()], reading)
            and _all_known(resolvers[1:], text[cut.end() :], reading)
            for cut in _cuts(text)
            if cut.start() > begin
        ),
    )


def _first_place(resolver: Resolver, text: str, reading: Reading) -> int:
    """Before it, there is no known value of the type in the text."""
    if not isinstance(resolver, EnumerationResolver) or resolver.has_signs:
        return 0
    return min((finding.start for finding in reading.find(resolver, text)), default=len(text))


def _shared_out(resolvers: tuple[Resolver, ...], text: str, reading: Reading) -> Values | None:
    """One value of each type, in this order, from a stretch of words: shared out so that they are known and whole."""
    if len(resolvers) == 1:
        finding = _value(resolvers[0], text, reading)
        return (finding,) if finding else None
    return reading.once((_shared_out, resolvers, text), lambda: _best_cut(resolvers, text, reading))


def _best_cut(resolvers: tuple[Resolver, ...], text: str, reading: Reading) -> Values | None:
    best: Values | None = None
    for cut in _cuts(text):
        first = _value(resolvers[0], text[: cut.start()], reading)
        rest = _shared_out(resolvers[1:], text[cut.end() :], reading) if first else None
        if first is not None and rest is not None:
            values = (first, *(finding.moved(cut.end()) for finding in rest))
            best = max(best or values, values, key=_worth)
    return best


def _cuts(text: str) -> list[re.Match[str]]:
    return list(islice(_WORD_END.finditer(text), _MOST_CUTS))


def _value(resolver: Resolver, held: str, reading: Reading) -> Finding | None:
    """The value that the held text is, give or take a few words around it."""
    finding = None if isinstance(resolver, FreeTextResolver) else reading.answer(resolver, held)
    if finding is None or _length(finding) < _TOLERATED * len(held.strip()):
        return None
    return finding


_WORD_END = re.compile(r"[\s,]+")
_MOST_CUTS = 12
_TOLERATED = 0.5  # how much of a placeholder's text a value must cover: "the city power people" is City Power


def _worth(values: Values) -> tuple[int, int]:
    """More known values are better, then more of the text in them."""
    return sum(finding.known for finding in values), sum(map(_length, values))


def _length(finding: Finding) -> int:
    return finding.end - finding.start
