"""Generated bots, written as the exports that Lex would make of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

LOCALE = "en_US"


@dataclass(frozen=True, slots=True)
class SlotSketch:
    """A required slot; `utterances` are answers such as "make it {Size}"."""

    name: str
    kind: str
    prompt: str
    utterances: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class IntentSketch:
    """`confirmation` is the prompt for yes or no, where there is one."""

    name: str
    utterances: Sequence[str]
    slots: Sequence[SlotSketch] = ()
    confirmation: str = ""


@dataclass(frozen=True, slots=True)
class TypeSketch:
    """A slot type by its values and their synonyms; `closed` is TOP_RESOLUTION."""

    name: str
    values: Mapping[str, Sequence[str]]
    closed: bool


@dataclass(frozen=True, slots=True)
class BotSketch:
    """`identifier` is ten letters or digits."""

    name: str
    identifier: str
    intents: Sequence[IntentSketch]
    types: Sequence[TypeSketch] = ()

    def slot_type(self, intent: str, slot: str) -> str:
        """The type of an intent's slot."""
        return next(s.kind for i in self.intents if i.name == intent for s in i.slots if s.name == slot)

    def write(self, folder: Path) -> Path:
        """Writes the export unpacked into `folder`, and gives it back."""
        for path, document in self._documents():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(document))
        return folder

    def _documents(self) -> Iterable[tuple[str, JsonValue]]:
        root, locale = self.name, f"{self.name}/BotLocales/{LOCALE}"
        yield "Manifest.json", {"metaData": {"schemaVersion": "1", "fileFormat": "LexJson", "resourceType": "BOT"}}
        yield f"{root}/Bot.json", {"name": self.name, "identifier": self.identifier, "version": "DRAFT"}
        yield f"{locale}/BotLocale.json", {"name": "English (US)", "identifier": LOCALE, "nluConfidenceThreshold": 0.4}
        fallback = {"name": "FallbackIntent", "parentIntentSignature": "AMAZON.FallbackIntent"}
        closing = {"isActive": True, "closingResponse": _said("Sorry, I did not understand that.")}
        yield f"{locale}/Intents/FallbackIntent/Intent.json", {**fallback, "intentClosingSetting": closing}
        for intent in self.intents:
            yield f"{locale}/Intents/{intent.name}/Intent.json", _intent(intent)
            for slot in intent.slots:
                yield f"{locale}/Intents/{intent.name}/Slots/{slot.name}/Slot.json", _slot(slot)
        for kind in self.types:
            yield f"{locale}/SlotTypes/{kind.name}/SlotType.json", _type(kind)


def _said(text: str) -> dict[str, JsonValue]:
    return {"messageGroupsList": [{"message": {"plainTextMessage": {"value": text}}}], "allowInterrupt": True}


def _prompt(text: str) -> dict[str, JsonValue]:
    return {**_said(text), "maxRetries": 2, "messageSelectionStrategy": "Random"}


def _intent(intent: IntentSketch) -> dict[str, JsonValue]:
    document: dict[str, JsonValue] = {
        "name": intent.name,
        "sampleUtterances": [{"utterance": text} for text in intent.utterances],
        "slotPriorities": [{"slotName": slot.name, "priority": n} for n, slot in enumerate(intent.slots, 1)],
        "intentClosingSetting": {"isActive": True, "closingResponse": _said(f"{intent.name} is done.")},
    }
    if intent.confirmation:
        confirmation: JsonValue = {"isActive": True, "promptSpecification": _prompt(intent.confirmation)}
        document["intentConfirmationSetting"] = confirmation
    return document


def _slot(slot: SlotSketch) -> dict[str, JsonValue]:
    return {
        "name": slot.name,
        "slotTypeName": slot.kind,
        "valueElicitationSetting": {
            "slotConstraint": "Required",
            "promptSpecification": _prompt(slot.prompt),
            "sampleUtterances": [{"utterance": text} for text in slot.utterances],
        },
    }


def _type(kind: TypeSketch) -> dict[str, JsonValue]:
    return {
        "name": kind.name,
        "slotTypeValues": [
            {"sampleValue": {"value": value}, "synonyms": [{"value": synonym} for synonym in synonyms]}
            for value, synonyms in kind.values.items()
        ],
        "valueSelectionSetting": {"resolutionStrategy": "TOP_RESOLUTION" if kind.closed else "ORIGINAL_VALUE"},
    }
