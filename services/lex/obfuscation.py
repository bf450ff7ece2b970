"""Values of obfuscated slots, taken out of what is written to a conversation log.

Lex replaces such a value by `{SlotName}` in transcripts and slots, and an answer to the slot's prompt that did not
resolve as a whole. Beyond Lex, whatever looks like a value of an obfuscated type is replaced too, in figures and in
digits spoken in the locale's language or in English, unless another slot took it; and a value that is known is replaced
wherever it stands.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from services.lex.bots import ServedLocale
from services.lex.slots.digits import digit_runs
from services.lex.slots.languages.en import ENGLISH
from services.lex.slots.locales import locale_of
from services.lex.slots.resolver import Finding
from services.lex.slots.spoken import numbers
from services.lex.slots.types import slot_regex
from shared.schemas.lex import Intent, Slot

_DIGITS_ONLY = re.compile(r"(?:\[0-9\]|\\d|\{\d+(?:,\d+)?\}|[0-9()|?])+")


@dataclass(frozen=True, slots=True)
class Hidden:
    """One obfuscated slot; `shape` finds what looks like its values, `regex` says what is one."""

    slot: str
    regex: re.Pattern[str] | None
    shape: re.Pattern[str] | None

    @property
    def mark(self) -> str:
        return f"{{{self.slot}}}"


class Obfuscation:
    """What one locale of a bot has to hide."""

    def __init__(self, served: ServedLocale) -> None:
        slots = [
            (intent, slot) for intent in served.intents.values() for slot in intent.slots.values() if slot.obfuscated
        ]
        # What nobody asked for is named after a slot that utterances carry, when several look alike.
        slots.sort(key=lambda pair: not any(f"{{{pair[1].name}}}" in u.utterance for u in pair[0].sample_utterances))
        self._hidden = [_hidden(served, slot.name, slot.slot_type_name) for _, slot in slots]
        self._slots = {(intent.name, slot.name) for intent, slot in slots}
        spoken = locale_of(served.locale.identifier).language
        self._numbers = [language.numbers for language in dict.fromkeys((spoken, ENGLISH))]

    def slots_of(self, intent: str) -> set[str]:
        return {slot for name, slot in self._slots if name == intent}

    def hides(self, reference: str) -> bool:
        """Whether a reference in a condition, such as `Slot`, `Intent.Slot` or `Composite.part`, is to such a slot."""
        return any(slot in reference.split(".") for _, slot in self._slots)

    def transcript(
        self, text: str, heard: Mapping[str, Finding], heard_by: str | None, unresolved: str | None
    ) -> tuple[str, dict[str, str]]:
        """The text as it may be written, and what was taken out of it, by its mark.

        `unresolved` names the obfuscated slot that the text failed to answer: then nothing of it stays.
        """
        if unresolved is not None:
            mark = f"{{{unresolved}}}"
            return mark, {text[start:end]: found for start, end, found in self._shapes(text)} | {text.strip(): mark}
        hidden_here = self.slots_of(heard_by) if heard_by else set()
        kept = [(f.start, f.end) for name, f in heard.items() if name not in hidden_here and f.known]
        cuts = {(f.start, f.end): f"{{{name}}}" for name, f in heard.items() if name in hidden_here}
        for start, end, mark in self._shapes(_without(text, kept)):
            cuts.setdefault((start, end), mark)
        spellings = {text[start:end]: mark for (start, end), mark in cuts.items()}
        return _cut(text, cuts), spellings | {
            spelling: f"{{{name}}}"
            for name, finding in heard.items()
            if name in hidden_here
            for spelling in (finding.original, finding.interpreted, *finding.resolved)
            if spelling
        }

    def values(self, intent: Intent | None) -> dict[str, str]:
        """The obfuscated values that an intent holds, in every spelling, and the mark that replaces each."""
        found: dict[str, str] = {}
        for name in self.slots_of(intent.name) if intent else ():
            slot = intent.slots.get(name) if intent else None
            found |= dict.fromkeys(_spellings(slot), f"{{{name}}}")
        return found

    def _shapes(self, text: str) -> Iterator[tuple[int, int, str]]:
        plain = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
        for hidden in self._hidden:
            if hidden.regex is None or hidden.shape is None:
                continue
            for match in hidden.shape.finditer(plain):
                yield match.start(), match.end(), hidden.mark
            for start, end, digits in self._spoken(plain):
                if hidden.regex.fullmatch(digits):
                    yield start, end, hidden.mark

    def _spoken(self, text: str) -> Iterator[tuple[int, int, str]]:
        """What is said digit by digit ("two four six eight") or as one number ("two thousand four hundred …")."""
        for words in self._numbers:
            for run in digit_runs(text, words):
                yield run.start, run.end, run.digits
            for number in numbers(text, words):
                if number.spoken and number.value == number.value.to_integral_value():
                    yield number.start, number.end, str(int(number.value))


def _spellings(slot: Slot | None) -> Iterator[str]:
    """Every text that a slot holds, those of its single values and of its parts among them."""
    if slot is None:
        return
    if slot.value is not None:
        texts = (slot.value.original_value, slot.value.interpreted_value, *slot.value.resolved_values)
        yield from (text for text in texts if text)
    for part in (*(slot.values or []), *(slot.sub_slots or {}).values()):
        yield from _spellings(part)


def _without(text: str, taken: Iterable[tuple[int, int]]) -> str:
    """The text with a bar for each character of the taken stretches, so that every place in it stays."""
    for start, end in taken:
        text = text[:start] + "|" * (end - start) + text[end:]
    return text


def scrub(document: JsonValue, values: Mapping[str, str]) -> JsonValue:
    """The document with every known value replaced in every text of it, as a whole word."""
    if not values:
        return document
    words = "|".join(re.escape(value) for value in sorted(values, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)")
    return _scrubbed(document, pattern, values)


def _scrubbed(document: JsonValue, pattern: re.Pattern[str], values: Mapping[str, str]) -> JsonValue:
    if isinstance(document, str):
        return pattern.sub(lambda match: values[match[0]], document)
    if isinstance(document, list):
        return [_scrubbed(item, pattern, values) for item in document]
    if isinstance(document, dict):
        return {name: _scrubbed(item, pattern, values) for name, item in document.items()}
    return document


def _hidden(served: ServedLocale, slot: str, type_name: str) -> Hidden:
    definition = served.locale.slot_types.get(type_name)
    regex = slot_regex(definition) if definition else None
    if regex is None:
        return Hidden(slot, None, None)
    edge = "0-9" if _DIGITS_ONLY.fullmatch(regex.pattern) else r"\w"
    return Hidden(slot, regex, re.compile(rf"(?<![{edge}])(?:{regex.pattern})(?![{edge}])"))


def _cut(text: str, cuts: Mapping[tuple[int, int], str]) -> str:
    parts, position = [], 0
    for (start, end), mark in sorted(cuts.items()):
        if start >= position:
            parts += [text[position:start], mark]
        position = max(position, end)
    return "".join([*parts, text[position:]])
