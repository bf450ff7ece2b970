"""Our exports against Amazon's own model of what a bot is, and the checker against damaged exports."""

import io
import json
import zipfile
from copy import deepcopy
from pathlib import Path

import pytest

from services.lex.definition.archive import unzip
from services.lex.definition.documents import Documents
from services.lex.definition.export import export_bot, export_documents, export_name
from services.lex.definition.model import BotDefinition
from services.lex.definition.reader import read, read_source
from services.lex.settings import LexSettings
from tests.lex.exports import INTENT, LOCALE, NO_STEP, SLOT, SLOT_TYPE, Document, said, v1_bot, v2
from tests.lex.lex_schema import faults

ROOT = "Pizza/BotLocales/en_US"
STEP: Document = {
    "dialogAction": {"type": "ElicitSlot", "slotToElicit": "Size", "suppressNextMessage": True},
    "intent": {"name": None, "slots": {"Size": {"shape": "Scalar", "value": {"interpretedValue": "small"}}}},
    "sessionAttributes": {"seen": "yes"},
}
CONDITIONAL: Document = {
    "isActive": True,
    "conditionalBranches": [
        {"name": "small", "condition": {"expressionString": '{Size} = "small"'}, "response": None, "nextStep": STEP}
    ],
    "defaultBranch": {"response": said("Otherwise."), "nextStep": NO_STEP},
}
OUTCOMES: Document = {
    f"{outcome}{part}": value
    for outcome in ("success", "failure", "timeout")
    for part, value in (("Response", said(outcome)), ("NextStep", NO_STEP), ("Conditional", CONDITIONAL))
}
HOOK: Document = {
    "isActive": True,
    "enableCodeHookInvocation": True,
    "invocationLabel": "here",
    "postCodeHookSpecification": OUTCOMES,
}
PROMPT: Document = {
    **said("Sure?"),
    "maxRetries": 1,
    "messageSelectionStrategy": "Ordered",
    "promptAttemptsSpecification": {
        "Initial": {
            "allowInterrupt": True,
            "allowedInputTypes": {"allowAudioInput": True, "allowDTMFInput": True},
            "textInputSpecification": {"startTimeoutMs": 30000},
        }
    },
}


def everything() -> dict[str, Document]:
    """A bot with every part that a definition may have."""
    documents = v2(
        dialogCodeHook={"enabled": True},
        initialResponseSetting={
            "initialResponse": said("Hello."),
            "conditional": CONDITIONAL,
            "codeHook": HOOK,
            "nextStep": STEP,
        },
        intentConfirmationSetting={
            "isActive": True,
            "promptSpecification": PROMPT,
            "confirmationResponse": said("Good."),
            "declinationConditional": CONDITIONAL,
            "codeHook": HOOK,
            "elicitationCodeHook": {"enableCodeHookInvocation": True, "invocationLabel": "asked"},
        },
        fulfillmentCodeHook={
            "enabled": True,
            "isActive": True,
            "postFulfillmentStatusSpecification": OUTCOMES,
            "fulfillmentUpdatesSpecification": {
                "active": True,
                "timeoutInSeconds": 60,
                "startResponse": {"delayInSeconds": 1, "messageGroups": said("Wait.")["messageGroupsList"]},
                "updateResponse": {"frequencyInSeconds": 5, "messageGroups": said("Still.")["messageGroupsList"]},
            },
        },
        inputContexts=[{"name": "hungry"}],
        outputContexts=[{"name": "fed", "timeToLiveInSeconds": 90, "turnsToLive": 2}],
    )
    del documents[INTENT]["somethingNew"]
    documents[INTENT]["slotPriorities"] = [{"slotName": "Size", "priority": 1}, {"slotName": "Whole", "priority": 2}]
    card: Document = {"title": "Sizes", "buttonsList": [{"text": "Small", "value": "small"}]}
    documents[SLOT]["valueElicitationSetting"] = {
        "slotConstraint": "Optional",
        "promptSpecification": {
            "messageGroupsList": [{"message": {"imageResponseCard": card}, "variations": None}],
            "maxRetries": 0,
        },
        "sampleUtterances": [{"utterance": "make it {Size}"}],
        "defaultValueSpecification": {"defaultValueList": [{"defaultValue": "[size]"}]},
        "slotCaptureSetting": {"captureResponse": said("Noted."), "captureConditional": CONDITIONAL, "codeHook": HOOK},
        "slotResolutionSetting": {"slotResolutionStrategy": "EnhancedFallback"},
    }
    documents[SLOT]["multipleValuesSetting"] = {"allowMultipleValues": True}
    documents |= {
        f"{ROOT}/SlotTypes/Code/SlotType.json": {
            "name": "Code",
            "parentSlotTypeSignature": "AMAZON.AlphaNumeric",
            "valueSelectionSetting": {"resolutionStrategy": "ORIGINAL_VALUE", "regexFilter": {"pattern": "[0-9]{4}"}},
        },
        f"{ROOT}/SlotTypes/Both/SlotType.json": {
            "name": "Both",
            "valueSelectionSetting": {"resolutionStrategy": "CONCATENATION"},
            "compositeSlotTypeSetting": {"subSlots": [{"name": "code", "slotTypeName": "Code"}]},
        },
        f"{ROOT}/Intents/Order/Slots/Whole/Slot.json": {
            "name": "Whole",
            "slotTypeName": "Both",
            "valueElicitationSetting": {"slotConstraint": "Optional"},
            "subSlotSetting": {
                "expression": "code",
                "slotSpecifications": {
                    "code": {"slotTypeName": "Code", "valueElicitationSetting": {"promptSpecification": PROMPT}}
                },
            },
        },
        f"{ROOT}/Intents/Ask/Intent.json": {
            "name": "Ask",
            "parentIntentSignature": "AMAZON.KendraSearchIntent",
            "kendraConfiguration": {"kendraIndex": f"arn:aws:kendra:us-east-1:111122223333:index/{'a' * 36}"},
        },
        f"{ROOT}/CustomVocabulary/CustomVocabulary.json": {"customVocabularyItems": [{"phrase": "calzone"}]},
    }
    documents[LOCALE] |= {"voiceSettings": {"voiceId": "Joanna", "engine": "neural"}}
    return documents


def bot_of(documents: dict[str, Document]) -> BotDefinition:
    raw = {path: json.dumps(document).encode() for path, document in documents.items()}
    (bot,) = read_source(Documents("test", "test", raw)).bots
    return bot


def exported(bot: BotDefinition, locale: str | None = None) -> dict[str, Document]:
    with zipfile.ZipFile(io.BytesIO(export_bot(bot, locale))) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_the_projects_own_bot_is_one_that_amazon_lex_imports() -> None:
    for bot in read(LexSettings().lex_bots_dir).bots:
        assert faults(exported(bot)) == []


def test_a_bot_with_every_part_is_one_that_amazon_lex_imports() -> None:
    assert faults(exported(bot_of(everything()))) == []


def test_a_converted_v1_bot_is_one_that_amazon_lex_imports(tmp_path: Path) -> None:
    file = tmp_path / "bot.json"
    file.write_text(json.dumps(v1_bot()))
    (bot,) = read(file).bots
    assert faults(exported(bot)) == []


def test_a_locale_alone_is_one_that_amazon_lex_imports_and_comes_back() -> None:
    bot = bot_of(everything())
    name = export_name(bot, "en_US")
    assert name == "Pizza-DRAFT-en_US-PIZZABOT01-LexJson.zip"
    documents = exported(bot, "en_US")
    assert faults(documents) == []
    assert documents["Manifest.json"]["metaData"] == {
        "schemaVersion": "1",
        "fileFormat": "LexJson",
        "resourceType": "BOT_LOCALE",
    }
    assert not any(path.endswith("Bot.json") for path in documents)
    (back,) = read_source(unzip(export_bot(bot, "en_US"), name)).bots
    assert (back.name, back.locales) == ("Pizza", bot.locales)


def test_keys_that_an_export_always_has_are_there_though_nothing_is_said() -> None:
    documents = exported(bot_of(v2()))
    assert documents[LOCALE]["version"] is None
    assert documents[f"{ROOT}/Intents/FallbackIntent/Intent.json"]["slotPriorities"] == []
    elicitation = documents[SLOT]["valueElicitationSetting"]
    assert isinstance(elicitation, dict)
    assert elicitation["waitAndContinueSpecification"] is None


@pytest.mark.parametrize(
    ("path", "keys", "value"),
    [
        ("Manifest.json", ["metaData", "resourceType"], "BOT_LOCALE"),
        ("Pizza/Bot.json", ["idleSessionTTLInSeconds"], 5),
        ("Pizza/Bot.json", ["dataPrivacy"], None),
        (LOCALE, ["nluConfidenceThreshold"], "0.4"),
        (INTENT, ["slotPriorities"], None),
        (INTENT, ["intentClosingSetting", "nextStep", "dialogAction", "type"], "Dance"),
        (INTENT, ["sampleUtterances"], [{"text": "I want a pizza"}]),
        (INTENT, ["outputContexts"], [{"name": "fed", "timeToLiveInSeconds": 1, "turnsToLive": 2}]),
        (SLOT, ["valueElicitationSetting", "slotConstraint"], "Needed"),
        (SLOT, ["obfuscationSetting", "obfuscationSettingType"], "DEFAULT_OBFUSCATION"),
        (SLOT_TYPE, ["valueSelectionSetting", "resolutionStrategy"], "FIRST"),
    ],
)
def test_the_checker_finds_what_amazon_lex_would_not_take(path: str, keys: list[str], value: object) -> None:
    documents = deepcopy(export_documents(bot_of(everything())))
    held: object = documents[path]
    for key in keys[:-1]:
        assert isinstance(held, dict)
        held = held[key]
    assert isinstance(held, dict)
    held[keys[-1]] = value
    assert any(fault.startswith((path, "holds")) for fault in faults(documents)), faults(documents)
