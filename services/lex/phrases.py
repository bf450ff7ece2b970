"""What the customers of a bot may say, as texts: what a recogniser of speech should expect to hear.

Figures that are said one by one stand apart (`2 4 6 8`); a number stands as it is written.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, time
from itertools import chain

from services.lex.bots import ServedLocale
from services.lex.definition.model import IntentDefinition, SlotTypeDefinition
from services.lex.nlu.built_in_intents import base_utterances
from services.lex.nlu.samples import expand
from services.lex.ports import Phrases
from services.lex.slots.places import CITIES, STATES
from services.lex.slots.resolver import Reading, Resolver

_PER_UTTERANCE = 6
_MOST = 20_000
_DECISIONS = ("yes", "no", "yes please", "no thanks", "yeah", "yep", "nope", "sure", "okay", "that's right", "correct")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TO_TWENTIETH = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth",
)  # fmt: skip
_ORDINALS = [*_TO_TWENTIETH, *(f"twenty {one}" for one in _TO_TWENTIETH[:9]), "thirtieth", "thirty first"]
_UNITS = ("minutes", "hours", "days", "weeks", "months", "years")
_ANY_DAY = Reading(today=date(2030, 1, 1), time=time(12))
_NUMBERS = [str(number) for number in chain(range(101), range(150, 1000, 50), range(1000, 10_001, 500))]


def phrases_of(served: ServedLocale) -> Phrases:
    """The bot's utterances with values in their places, and the answers to the prompts of its slots."""
    texts = list(dict.fromkeys(_texts(served)))[:_MOST]
    return Phrases(hashlib.sha256("\n".join(texts).encode()).hexdigest(), tuple(texts))


def _texts(served: ServedLocale) -> Iterator[str]:
    english = served.locale.identifier.startswith("en")
    if english:
        yield from _DECISIONS
    for intent in served.intents.values():
        yield from base_utterances(intent.parent_intent_signature, served.locale.identifier)
        values = _values(intent, served, english=english)
        answers = [sample.utterance for slot in intent.slots.values() for sample in slot.elicitation.sample_utterances]
        utterances = [sample.utterance for sample in intent.sample_utterances]
        for number, utterance in enumerate([*utterances, *answers]):
            yield from expand(utterance, values, number, most=_PER_UTTERANCE)
        yield from chain.from_iterable(values.values())


def _values(intent: IntentDefinition, served: ServedLocale, *, english: bool) -> Mapping[str, Sequence[str]]:
    """What may be said for each slot of an intent."""
    resolvers = served.understanding.resolvers
    return {
        slot.name: _said(slot.slot_type_name, resolvers[slot.slot_type_name], served, english=english)
        for slot in intent.slots.values()
    }


def _said(kind: str, resolver: Resolver, served: ServedLocale, *, english: bool) -> Sequence[str]:
    custom = served.locale.slot_types.get(kind)
    if custom is not None and custom.slot_type_values:
        return _listed(custom)
    signature = (custom.parent_slot_type_signature if custom is not None else None) or kind
    forms = _FORMS.get(signature)
    if forms is None or (signature not in _FIGURES and not english):
        return resolver.examples()
    said = [
        text for text in forms() if resolver.answer(text.replace(" ", "") if signature in _FIGURES else text, _ANY_DAY)
    ]
    return said or resolver.examples()


def _listed(kind: SlotTypeDefinition) -> list[str]:
    return [
        text
        for entry in kind.slot_type_values
        for text in (entry.sample_value.value, *(s.value for s in entry.synonyms))
    ]


def _runs() -> Iterator[str]:
    """Figures one by one: each pair of neighbours in runs of four, then longer runs."""
    for first in range(10):
        for second in range(10):
            yield " ".join(str(figure) for figure in (first, second, (first + second) % 10, (3 * second + 7) % 10))
    for start in range(10):
        yield " ".join(str((start + 3 * at) % 10) for at in range(7))
        yield " ".join(str((start + 7 * at * at) % 10) for at in range(10))


def _amounts() -> Iterator[str]:
    for number in _NUMBERS:
        yield f"{number} dollars"
    for cents in range(5, 100, 5):
        yield f"{cents * 3} dollars and {cents} cents"


def _dates() -> Iterator[str]:
    yield from ("today", "tomorrow", "the day after tomorrow", "next week", "next month", "this weekend")
    for day in _WEEKDAYS:
        yield from (day, f"next {day}", f"this {day}", f"on {day}")
    for number, ordinal in enumerate(
        [*_ORDINALS, *(f"twenty {one}" for one in _ORDINALS[:9]), "thirtieth", "thirty first"]
    ):
        month = _MONTHS[number % 12]
        yield from (f"{month} {ordinal}", f"the {ordinal} of {_MONTHS[(number + 5) % 12]}")


def _times() -> Iterator[str]:
    yield from ("noon", "midnight", "in the morning", "in the afternoon", "in the evening")
    for hour in range(1, 13):
        yield from (f"{hour} am", f"{hour} pm", f"{hour} o'clock", f"{hour} thirty pm", f"half past {hour}")


def _durations() -> Iterator[str]:
    for number in range(1, 31):
        yield from (f"{number} {unit}" for unit in _UNITS)


_FIGURES = ("AMAZON.AlphaNumeric", "AMAZON.PhoneNumber")
_FORMS: Mapping[str, Callable[[], Iterator[str] | Sequence[str]]] = {
    "AMAZON.AlphaNumeric": _runs,
    "AMAZON.PhoneNumber": _runs,
    "AMAZON.Number": lambda: _NUMBERS,
    "AMAZON.Percentage": lambda: [f"{number} percent" for number in range(101)],
    "AMAZON.Currency": _amounts,
    "AMAZON.Date": _dates,
    "AMAZON.DATE": _dates,
    "AMAZON.Time": _times,
    "AMAZON.Duration": _durations,
    "AMAZON.Confirmation": lambda: _DECISIONS,
    "AMAZON.City": lambda: list(CITIES),
    "AMAZON.State": lambda: list(STATES),
}
