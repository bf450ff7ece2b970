"""Importing exports of Amazon Lex V2 and dumps of its model API."""

from pathlib import Path

import pytest
from pydantic import JsonValue

from services.lex.definition.archive import unzip
from services.lex.definition.faults import DefinitionError
from services.lex.definition.model import BotDefinition
from services.lex.definition.reader import Reading, read, read_source
from tests.lex.exports import INTENT, LOCALE, SLOT, SLOT_TYPE, Document, said, unpacked, v2, zipped


def imported(documents: dict[str, Document], name: str = "Pizza-DRAFT-PIZZABOT01-LexJson.zip") -> Reading:
    return read_source(unzip(zipped(documents), name))


def bot_of(documents: dict[str, Document]) -> BotDefinition:
    (bot,) = imported(documents).bots
    return bot


def codes(documents: dict[str, Document]) -> list[tuple[str, str]]:
    return [(warning.code, warning.pointer) for warning in imported(documents).warnings]


PIZZA = bot_of(v2())


def test_a_zip_and_its_tree_are_the_same_bot(tmp_path: Path) -> None:
    archive = tmp_path / "Pizza-DRAFT-PIZZABOT01-LexJson.zip"
    archive.write_bytes(zipped(v2()))
    tree = unpacked(v2(), tmp_path / "tree")
    assert read(archive).bots == read(tree).bots == [PIZZA]
    assert read(archive).warnings == []


def test_a_bot_is_found_under_an_extra_folder_among_what_consoles_leave() -> None:
    documents: dict[str, Document | bytes] = {
        **v2(),
        "__MACOSX/Pizza/._Bot.json": b"\0\1",
        "Pizza/.DS_Store": b"",
        "Pizza/BotLocales/en_US/Intents/Order/ConversationFlow.json": b"not JSON",
        "Pizza/BotLocales/": b"",
    }
    assert read_source(unzip(zipped(documents, "download/"), "x.zip")).bots == [PIZZA]


def test_folders_may_be_called_anything() -> None:
    renamed = {path.replace("Pizza/", "Old name/").replace("/Order/", "/17/"): doc for path, doc in v2().items()}
    assert bot_of(renamed) == PIZZA


@pytest.mark.parametrize(
    ("archive", "strip", "name"),
    [
        ("whatever.zip", "", "Pizza"),
        ("Calzone-DRAFT-en_US-ABCDEFGHIJ-LexJson.zip", "Pizza/", "Calzone"),
        ("Calzone-2-en_US-ABCDEFGHIJ-LexJson.zip", "Pizza/BotLocales/", "Calzone"),
        ("calzone.zip", "Pizza/BotLocales/en_US/", "calzone"),
    ],
)
def test_a_locale_alone_makes_a_bot_named_for_folder_or_archive(archive: str, strip: str, name: str) -> None:
    documents = {path.removeprefix(strip): doc for path, doc in v2().items() if path != "Pizza/Bot.json"}
    (bot,) = imported(documents, archive).bots
    assert bot.name == name
    assert bot.locales == PIZZA.locales


def test_null_and_absent_mean_the_same() -> None:
    documents = v2()
    documents[INTENT] = {key: value for key, value in documents[INTENT].items() if value is not None}
    documents[SLOT] |= {"multipleValuesSetting": None, "subSlotSetting": None, "identifier": None}
    assert bot_of(documents) == PIZZA


def test_an_export_from_before_the_new_flow_has_the_old_one() -> None:
    documents = v2(initialResponseSetting=None)
    order = bot_of(documents).locales["en_US"].intents["Order"]
    assert order.old_flow
    assert not PIZZA.locales["en_US"].intents["Order"].old_flow


@pytest.mark.parametrize("groups", ["messageGroupsList", "messageGroupList", "messageGroups"])
def test_the_spellings_of_the_api_are_read(groups: str) -> None:
    documents = v2()
    documents[SLOT] = {
        "slotName": "Size",
        "slotTypeId": "Sizes",
        "obfuscationSetting": {"obfuscationSettingType": "DEFAULT_OBFUSCATION"},
        "slotValueElicitationSetting": {
            "slotConstraint": "Required",
            "promptSpecification": {
                groups: said("Which size?")["messageGroupsList"],
                "maxRetries": 2,
                "allowInterrupt": True,
            },
        },
    }
    documents[SLOT_TYPE] |= {"slotTypeName": "Sizes", "valueSelectionSetting": {"resolutionStrategy": "TopResolution"}}
    del documents[SLOT_TYPE]["name"]
    assert bot_of(documents) == PIZZA


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"kendraConfiguration": {"kendraIndex": "arn"}}, "kendra", "/kendraConfiguration"),
        ({"qnAIntentConfiguration": {"dataSourceConfiguration": {}}}, "qna", "/qnAIntentConfiguration"),
        ({"bedrockAgentIntentConfiguration": {"a": 1}}, "bedrock-agent", "/bedrockAgentIntentConfiguration"),
        ({"qInConnectIntentConfiguration": {"a": 1}}, "q-in-connect", "/qInConnectIntentConfiguration"),
        ({"parentIntentSignature": "AMAZON.ShuffleOnIntent"}, "built-in-intent", "/parentIntentSignature"),
        ({"parentIntentSignature": "AMAZON.NoIntent"}, "alexa-intent", "/parentIntentSignature"),
        ({"sampleUtterances": [{"utterance": "{Gone}"}]}, "placeholder", "/sampleUtterances/0/utterance"),
        ({"sampleUtterances": [{"utterance": "x" * 501}]}, "limit", "/sampleUtterances/0/utterance"),
        ({"sampleUtterances": [{"utterance": str(n)} for n in range(1501)]}, "limit", "/sampleUtterances"),
    ],
)
def test_a_warning_names_what_is_degraded_in_an_intent(changes: Document, code: str, pointer: str) -> None:
    warnings = imported(v2(**changes)).warnings
    assert [(warning.code, warning.pointer) for warning in warnings] == [(code, pointer)]
    assert warnings[0].file.endswith(INTENT)


def test_warnings_name_what_is_degraded_in_slots_and_slot_types() -> None:
    documents = v2()
    documents[SLOT] |= {"slotTypeName": "AMAZON.Airport"}
    assert codes(documents) == [("slot-type", "/slotTypeName")]
    documents[SLOT_TYPE] |= {"externalSourceSetting": {"grammarSlotTypeSetting": {"source": {"s3BucketName": "b"}}}}
    assert ("grammar", "/externalSourceSetting") in codes(documents)


def test_several_values_outside_the_one_locale_that_has_them_are_warned_of() -> None:
    documents = v2()
    documents[SLOT] |= {"multipleValuesSetting": {"allowMultipleValues": True}}
    assert codes(documents) == []
    documents[LOCALE] |= {"identifier": "es_ES"}
    assert codes(documents) == [("multiple-values", "/multipleValuesSetting")]


def test_a_custom_vocabulary_is_kept_and_warned_of() -> None:
    documents = v2()
    path = "Pizza/BotLocales/en_US/CustomVocabulary/CustomVocabulary.json"
    documents[path] = {"customVocabularyItems": [{"phrase": "calzone", "weight": None}]}
    (bot,) = imported(documents).bots
    assert bot.locales["en_US"].custom_vocabulary == {"customVocabularyItems": [{"phrase": "calzone"}]}
    assert codes(documents) == [("custom-vocabulary", "")]


def test_steps_that_lead_in_a_circle_or_nowhere_are_tolerated() -> None:
    step: JsonValue = {"dialogAction": {"type": "StartIntent"}, "intent": {"name": "Order"}}
    lost: JsonValue = {"dialogAction": {"type": "ElicitSlot", "slotToElicit": "Gone"}}
    assert codes(v2(initialResponseSetting={"nextStep": step})) == []
    assert codes(v2(initialResponseSetting={"nextStep": lost})) == [
        ("step", "/initialResponseSetting/nextStep/dialogAction/slotToElicit")
    ]


def test_a_slot_of_a_type_that_is_not_there_is_refused() -> None:
    documents = v2()
    documents[SLOT] |= {"slotTypeName": "Gone"}
    with pytest.raises(DefinitionError, match=r"Size/Slot\.json: /slotTypeName: the locale has no such slot type"):
        imported(documents)


@pytest.mark.parametrize("path", [INTENT, SLOT, SLOT_TYPE])
def test_two_of_one_name_are_refused(path: str) -> None:
    folder, leaf = path.rsplit("/", 2)[0], path.rsplit("/", 1)[1]
    documents = v2() | {f"{folder}/Twin/{leaf}": v2(slotPriorities=None)[path]}
    with pytest.raises(DefinitionError, match=r"/name: another .* is called"):
        imported(documents)


def test_a_name_that_leads_elsewhere_is_refused() -> None:
    with pytest.raises(DefinitionError, match=r"Intent\.json: /name: "):
        imported(v2(name="../../escape"))


API: dict[str, Document] = {
    "bot.json": {"botId": "PIZZABOT01", "botName": "Pizza", "idleSessionTTLInSeconds": 600, "ResponseMetadata": {}},
    "en_US/describe-intent-Order.json": {
        "intentId": "INTENT0001",
        "intentName": "Order",
        "sampleUtterances": [{"utterance": "a {Size} pizza"}],
        "slotPriorities": [{"slotId": "SLOT000001", "priority": 1}, {"slotId": "SLOT000009", "priority": 2}],
        "localeId": "en_US",
        "creationDateTime": "2023-01-01T00:00:00",
    },
    "en_US/list-slots.json": {
        "localeId": "en_US",
        "intentId": "INTENT0001",
        "slotSummaries": [
            {
                "slotId": "SLOT000001",
                "slotName": "Size",
                "slotConstraint": "Required",
                "slotTypeId": "TYPE000001",
                "valueElicitationPromptSpecification": {
                    "messageGroups": said("Which size?")["messageGroupsList"],
                    "maxRetries": 1,
                },
            }
        ],
    },
    "en_US/types.json": {
        "localeId": "en_US",
        "slotTypeSummaries": [{"slotTypeId": "TYPE000001", "slotTypeName": "Sizes"}],
    },
    "en_US/type.json": {
        "slotTypeId": "TYPE000001",
        "slotTypeName": "Sizes",
        "localeId": "en_US",
        "slotTypeValues": [{"sampleValue": {"value": "small"}}],
    },
}


def test_dumps_of_the_model_api_are_read_as_far_as_they_go(tmp_path: Path) -> None:
    for source in (unpacked(API, tmp_path / "dump"), tmp_path / "dump.zip"):
        if source.suffix:
            source.write_bytes(zipped(API))
        reading = read(source)
        (bot,) = reading.bots
        intent = bot.locales["en_US"].intents["Order"]
        slot = intent.slots["Size"]
        assert (bot.name, bot.identifier, bot.idle_session_ttl_in_seconds) == ("Pizza", "PIZZABOT01", 600)
        assert slot.slot_type_name == "Sizes"
        assert slot.elicitation.prompt_specification is not None
        assert slot.elicitation.prompt_specification.max_retries == 1
        assert [value.sample_value.value for value in bot.locales["en_US"].slot_types["Sizes"].slot_type_values] == [
            "small"
        ]
        assert [warning.code for warning in reading.warnings] == ["slot-missing"]
