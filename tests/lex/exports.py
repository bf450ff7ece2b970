"""Exports of Amazon Lex in each form, built in code."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

Document = dict[str, JsonValue]
NO_STEP: Document = {
    "dialogAction": {"type": "EndConversation", "slotToElicit": None, "suppressNextMessage": None},
    "sessionAttributes": None,
    "intent": {"name": None, "slots": None},
}


def said(text: str) -> Document:
    message: Document = {
        "plainTextMessage": {"value": text},
        "customPayload": None,
        "ssmlMessage": None,
        "imageResponseCard": None,
    }
    return {"messageGroupsList": [{"message": message, "variations": None}], "allowInterrupt": True}


def v2(**changes: JsonValue) -> dict[str, Document]:
    """A pizza bot as an export of V2; `changes` are made to the intent."""
    locale = "Pizza/BotLocales/en_US"
    intent: Document = {
        "name": "Order",
        "identifier": "ABCDEFGHI1",
        "description": None,
        "parentIntentSignature": None,
        "sampleUtterances": [{"utterance": "I want a pizza"}, {"utterance": "a {Size} pizza please"}],
        "slotPriorities": [{"slotName": "Size", "priority": 1}],
        "dialogCodeHook": None,
        "fulfillmentCodeHook": {"enabled": False, "fulfillmentUpdatesSpecification": None, "isActive": True},
        "initialResponseSetting": {"initialResponse": None, "nextStep": NO_STEP | {"dialogAction": None}},
        "intentClosingSetting": {"isActive": True, "closingResponse": said("Done."), "nextStep": NO_STEP},
        "somethingNew": {"kept": [1, 2.5, True, "text"]},
    }
    slot: Document = {
        "name": "Size",
        "slotTypeName": "Sizes",
        "obfuscationSetting": {"obfuscationSettingType": "DefaultObfuscation"},
        "valueElicitationSetting": {
            "slotConstraint": "Required",
            "promptSpecification": {**said("Which size?"), "maxRetries": 2, "messageSelectionStrategy": "Random"},
        },
    }
    sizes: list[JsonValue] = [{"sampleValue": {"value": "small"}, "synonyms": [{"value": "little"}]}]
    return {
        "Manifest.json": {"metaData": {"schemaVersion": "1", "fileFormat": "LexJson", "resourceType": "BOT"}},
        "Pizza/Bot.json": {"name": "Pizza", "identifier": "PIZZABOT01", "version": "DRAFT", "description": None},
        f"{locale}/BotLocale.json": {"name": "English (US)", "identifier": "en_US", "nluConfidenceThreshold": 0.4},
        f"{locale}/Intents/Order/Intent.json": intent | changes,
        f"{locale}/Intents/Order/Slots/Size/Slot.json": slot,
        f"{locale}/Intents/FallbackIntent/Intent.json": {
            "name": "FallbackIntent",
            "parentIntentSignature": "AMAZON.FallbackIntent",
        },
        f"{locale}/SlotTypes/Sizes/SlotType.json": {
            "name": "Sizes",
            "slotTypeValues": sizes,
            "valueSelectionSetting": {"resolutionStrategy": "TOP_RESOLUTION"},
        },
    }


INTENT = "Pizza/BotLocales/en_US/Intents/Order/Intent.json"
SLOT = "Pizza/BotLocales/en_US/Intents/Order/Slots/Size/Slot.json"
SLOT_TYPE = "Pizza/BotLocales/en_US/SlotTypes/Sizes/SlotType.json"
LOCALE = "Pizza/BotLocales/en_US/BotLocale.json"


def v1_message(text: str, group: int | None = None) -> Document:
    message: Document = {"contentType": "PlainText", "content": text}
    return message if group is None else {**message, "groupNumber": group}


def v1_said(*texts: str) -> Document:
    return {"messages": [v1_message(text) for text in texts]}


def v1_bot(**changes: JsonValue) -> Document:
    """A flower bot as an export of V1; `changes` are made to the intent."""
    intent: Document = {
        "name": "Order",
        "version": "3",
        "fulfillmentActivity": {"type": "ReturnIntent"},
        "sampleUtterances": ["I want flowers", "{Kind} please"],
        "slots": [
            {
                "name": "Kind",
                "slotConstraint": "Required",
                "slotType": "Flowers",
                "slotTypeVersion": "1",
                "priority": 1,
                "sampleUtterances": ["some {Kind}"],
                "obfuscationSetting": "DEFAULT_OBFUSCATION",
                "valueElicitationPrompt": {**v1_said("Which flowers?", "What kind?"), "maxAttempts": 3},
            },
            {"name": "Day", "slotConstraint": "Required", "slotType": "AMAZON.DATE", "priority": 2},
        ],
        "confirmationPrompt": {**v1_said("{Kind} on {Day}?"), "maxAttempts": 2},
        "rejectionStatement": v1_said("Not ordered."),
        "conclusionStatement": v1_said("Ordered."),
    }
    flowers: Document = {
        "name": "Flowers",
        "version": "1",
        "enumerationValues": [{"value": "roses", "synonyms": ["rose"]}, {"value": "tulips"}],
        "valueSelectionStrategy": "TOP_RESOLUTION",
    }
    return {
        "metadata": {"schemaVersion": "1.0", "importType": "LEX", "importFormat": "JSON"},
        "resource": {
            "name": "FlowerBot",
            "version": "7",
            "locale": "en-US",
            "voiceId": "Salli",
            "childDirected": False,
            "idleSessionTTLInSeconds": 600,
            "intents": [intent | changes],
            "slotTypes": [flowers],
            "clarificationPrompt": {**v1_said("Pardon?"), "maxAttempts": 2},
            "abortStatement": v1_said("Goodbye."),
        },
    }


def zipped(documents: Mapping[str, Document | bytes], wrapper: str = "") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, document in documents.items():
            raw = document if isinstance(document, bytes) else json.dumps(document).encode()
            archive.writestr(wrapper + path, raw)
    return content.getvalue()


def unpacked(documents: Mapping[str, Document], folder: Path) -> Path:
    for path, document in documents.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document))
    return folder
