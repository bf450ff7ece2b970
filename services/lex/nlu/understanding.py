"""One locale's understanding of a text: ranked intents with confidence, and slot values."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from services.lex.definition.model import IntentDefinition, LocaleDefinition
from services.lex.nlu.built_in_intents import base_utterances
from services.lex.nlu.classifier import IntentClassifier
from services.lex.nlu.filling import IntentFiller
from services.lex.nlu.samples import EXPANSIONS, SampleIndex, expand
from services.lex.slots.resolver import Finding, Reading, Resolver
from services.lex.slots.types import slot_resolvers

_EXACT = 1.0
MOST_TEXTS = 3000


class Candidate(NamedTuple):
    """`exact` when the text is one of the intent's sample utterances."""

    intent: str
    confidence: float
    exact: bool


class Understanding:
    """Built once from a locale's definition; a text then takes about a millisecond."""

    def __init__(self, locale: LocaleDefinition) -> None:
        self.threshold = locale.nlu_confidence_threshold
        self.resolvers: Mapping[str, Resolver] = slot_resolvers(locale)
        self._fillers = {name: IntentFiller(intent, self.resolvers) for name, intent in locale.intents.items()}
        most = expansions([intent for intent in locale.intents.values() if not intent.fallback])
        self._slotted = SampleIndex((name, p) for name, filler in self._fillers.items() for p in filler.patterns)
        learnt = {name: self._samples(intent, most) for name, intent in locale.intents.items() if not intent.fallback}
        for name, intent in locale.intents.items():
            base = base_utterances(intent.parent_intent_signature, locale.identifier)
            learnt.setdefault(name, []).extend([text] for text in base)
        learnt = {name: samples for name, samples in learnt.items() if samples}
        self._classifier = IntentClassifier(learnt, locale.identifier) if learnt else None

    def candidates(self, text: str, eligible: Collection[str], reading: Reading) -> list[Candidate]:
        """The eligible intents, best first. A sample utterance's own text is certain."""
        if self._classifier is None:
            return []
        ranked, readable = [], self._slotted.of(text)
        for name, confidence, sample in self._classifier.ranked(text):
            if name in eligible:
                exact = sample or (name in readable and self._fillers[name].is_sample(text, reading))
                ranked.append(Candidate(name, _EXACT if exact else confidence, exact))
        return sorted(ranked, key=lambda candidate: -candidate.confidence)

    def fill(self, intent: str, text: str, reading: Reading) -> dict[str, Finding]:
        """The slot values in an utterance of the intent."""
        return self._fillers[intent].fill(text, reading)

    def answer(self, intent: str, slot: str, text: str, reading: Reading) -> dict[str, Finding]:
        """The slot values in an answer to the prompt of `slot`."""
        return self._fillers[intent].answer(slot, text, reading)

    def _samples(self, intent: IntentDefinition, most: int) -> list[list[str]]:
        examples = {slot.name: self.resolvers[slot.slot_type_name].examples() for slot in intent.slots.values()}
        return [expand(sample.utterance, examples, n, most=most) for n, sample in enumerate(intent.sample_utterances)]


def expansions(intents: Sequence[IntentDefinition]) -> int:
    """How many texts each utterance with a placeholder may become, so that a large bot is still trained quickly."""
    utterances = [sample.utterance for intent in intents for sample in intent.sample_utterances]
    slotted = sum("{" in utterance for utterance in utterances)
    return min(EXPANSIONS, max(1, (MOST_TEXTS - len(utterances)) // max(slotted, 1) + 1))
