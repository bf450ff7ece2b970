"""Checks that what an intent refers to is there."""

import re
from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from services.lex.definition.faults import Place
from services.lex.definition.model import IntentDefinition
from services.lex.definition.parts import NextStep
from services.lex.definition.spelling import key_of

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def check_references(intent: IntentDefinition, intents: Mapping[str, IntentDefinition], place: Place) -> None:
    """Warns of steps and placeholders that name intents and slots which are not there."""
    for where, step in _steps(intent, place):
        target = step.intent.name if step.intent and step.intent.name else intent.name
        if target not in intents:
            where.at("intent", "name").warn("step", f"There is no intent {target!r}: the fallback intent is taken.")
        elif step.dialog_action and (slot := step.dialog_action.slot_to_elicit) and slot not in intents[target].slots:
            at = where.at("dialogAction", "slotToElicit")
            at.warn("step", f"{target} has no slot {slot!r}: the default flow goes on.")
    for position, sample in enumerate(intent.sample_utterances):
        for name in _PLACEHOLDER.findall(sample.utterance):
            if name.split(".")[0].strip() not in intent.slots:
                at = place.at("sampleUtterances", position, "utterance")
                at.warn("placeholder", f"The intent has no slot {name!r}.")


def _steps(part: BaseModel, place: Place) -> Iterator[tuple[Place, NextStep]]:
    """Every next step in a part of a definition. Those in a slot's own file are named by the slot."""
    if isinstance(part, NextStep):
        yield place, part
        return
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if isinstance(value, BaseModel):
            yield from _steps(value, place.at(key_of(name, field)))
        elif isinstance(value, list | dict):
            for key, item in value.items() if isinstance(value, dict) else enumerate(value):
                if isinstance(item, BaseModel):
                    yield from _steps(item, place.at(key_of(name, field), key))
