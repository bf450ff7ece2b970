"""Exporting: what Amazon Lex's StartImport wants, and what comes back."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from services.lex.definition.archive import unzip
from services.lex.definition.documents import Documents
from services.lex.definition.export import export_bot, export_name
from services.lex.definition.imports import keep_bot
from services.lex.definition.model import BotDefinition
from services.lex.definition.reader import read, read_source
from services.lex.settings import LexSettings
from tests.lex.exports import INTENT, LOCALE, NO_STEP, SLOT, SLOT_TYPE, Document, said, unpacked, v1_bot, v2

ROOT = "Pizza/BotLocales/en_US"


def bot_of(documents: dict[str, Document]) -> BotDefinition:
    raw = {path: json.dumps(document).encode() for path, document in documents.items()}
    (bot,) = read_source(Documents("test", "test", raw)).bots
    return bot


def again(bot: BotDefinition) -> BotDefinition:
    (back,) = read_source(unzip(export_bot(bot), export_name(bot))).bots
    return back


def exported(bot: BotDefinition) -> dict[str, Document]:
    with zipfile.ZipFile(io.BytesIO(export_bot(bot))) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_the_projects_own_bot_comes_back_the_same() -> None:
    (bot,) = read(LexSettings().lex_bots_dir).bots
    assert again(bot) == bot


def test_a_converted_v1_bot_comes_back_the_same(tmp_path: Path) -> None:
    file = tmp_path / "bot.json"
    file.write_text(json.dumps(v1_bot()))
    (bot,) = read(file).bots
    assert again(bot) == bot


def test_the_same_bot_gives_the_same_bytes() -> None:
    bot = bot_of(v2())
    assert export_bot(bot) == export_bot(bot_of(dict(reversed(v2().items())))) == export_bot(again(bot))


def test_the_archive_is_laid_out_and_named_as_amazon_lex_does() -> None:
    bot = bot_of(v2())
    documents = exported(bot)
    assert export_name(bot) == "Pizza-DRAFT-PIZZABOT01-LexJson.zip"
    assert documents.keys() == v2().keys()
    assert list(documents) == sorted(documents)
    assert documents["Manifest.json"] == {
        "metaData": {"schemaVersion": "1", "fileFormat": "LexJson", "resourceType": "BOT"}
    }


def test_every_key_is_spelled_and_present_as_in_an_export_of_lex() -> None:
    documents = exported(bot_of(v2()))
    slot = documents[SLOT]
    assert slot["obfuscationSetting"] == {"obfuscationSettingType": "DefaultObfuscation"}
    assert slot["multipleValuesSetting"] is None
    elicitation = slot["valueElicitationSetting"]
    assert isinstance(elicitation, dict)
    assert elicitation["promptSpecification"] == {
        **said("Which size?"),
        "maxRetries": 2,
        "messageSelectionStrategy": "Random",
    }
    head = documents["Pizza/Bot.json"]
    assert {"name", "identifier", "version", "description", "dataPrivacy", "idleSessionTTLInSeconds"} <= head.keys()
    assert head["dataPrivacy"] == {"childDirected": False}
    assert documents[LOCALE]["nluConfidenceThreshold"] == 0.4
    assert documents[INTENT]["sampleUtterances"]
    assert documents[SLOT_TYPE]["parentSlotTypeSignature"] is None


def test_what_is_not_understood_survives() -> None:
    documents = v2()
    documents[f"{ROOT}/CustomVocabulary/CustomVocabulary.json"] = {"customVocabularyItems": [{"phrase": "calzone"}]}
    documents[LOCALE] |= {"voiceSettings": {"voiceId": "Joanna", "engine": "neural"}}
    back = exported(bot_of(documents))
    assert back[INTENT]["somethingNew"] == {"kept": [1, 2.5, True, "text"]}
    assert back[LOCALE]["voiceSettings"] == {"voiceId": "Joanna", "engine": "neural"}
    assert back[f"{ROOT}/CustomVocabulary/CustomVocabulary.json"] == {"customVocabularyItems": [{"phrase": "calzone"}]}


def test_names_that_no_file_system_takes_still_come_back() -> None:
    documents = v2()
    for number, name in enumerate(("a b", "a_b", "A B", "__x", ".y", "BotLocales", "node_modules", "ü")):
        documents[f"{ROOT}/Intents/{number}/Intent.json"] = {"name": name}
    bot = bot_of(documents)
    assert again(bot) == bot


def test_an_import_replaces_the_earlier_one_of_the_same_bot(tmp_path: Path) -> None:
    first = keep_bot(bot_of(v2()), tmp_path)
    changed = bot_of(v2(description="other"))
    second = keep_bot(changed, tmp_path)
    assert list(tmp_path.iterdir()) == [second]
    assert first != second
    assert read(second).bots == [changed]


def test_an_import_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "bots").write_text("a file where the folder should be")
    with pytest.raises(OSError, match="bots"):
        keep_bot(bot_of(v2()), tmp_path / "bots")
    assert [child.name for child in tmp_path.iterdir()] == ["bots"]


NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,12}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=20)
EXTRAS = st.dictionaries(
    st.from_regex(r"extra[A-Z][a-z]{1,5}", fullmatch=True),
    st.recursive(
        st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
        max_leaves=4,
    ),
    max_size=2,
)
STEPS = st.sampled_from(["EndConversation", "CloseIntent", "FulfillIntent", "ElicitIntent"]).map(
    lambda kind: (
        NO_STEP | {"dialogAction": {"type": kind, "suppressNextMessage": True}, "sessionAttributes": {"a": "b"}}
    )
)
MESSAGES = st.one_of(
    TEXTS.map(lambda text: {"plainTextMessage": {"value": text}}),
    TEXTS.map(lambda text: {"ssmlMessage": {"value": text}}),
    TEXTS.map(lambda text: {"imageResponseCard": {"title": text, "buttonsList": [{"text": text, "value": text}]}}),
)
RESPONSES = st.fixed_dictionaries(
    {
        "messageGroupsList": st.lists(
            st.fixed_dictionaries({"message": MESSAGES, "variations": st.none() | st.lists(MESSAGES, max_size=2)}),
            max_size=2,
        )
    },
    optional={"allowInterrupt": st.booleans()},
)
CONDITIONALS = st.fixed_dictionaries(
    {
        "isActive": st.booleans(),
        "conditionalBranches": st.lists(
            st.fixed_dictionaries(
                {"name": TEXTS, "condition": st.just({"expressionString": "[a]"}), "response": RESPONSES | st.none()}
            ),
            max_size=2,
        ),
        "defaultBranch": st.none() | st.fixed_dictionaries({"nextStep": STEPS}),
    }
)
INTENTS = st.fixed_dictionaries(
    {},
    optional={
        "description": TEXTS,
        "sampleUtterances": st.lists(TEXTS.map(lambda text: {"utterance": text}), max_size=3),
        "dialogCodeHook": st.booleans().map(lambda enabled: {"enabled": enabled}),
        "fulfillmentCodeHook": st.fixed_dictionaries(
            {"enabled": st.booleans()},
            optional={
                "postFulfillmentStatusSpecification": st.fixed_dictionaries({"successResponse": RESPONSES}),
                "fulfillmentUpdatesSpecification": st.just({"active": True, "timeoutInSeconds": 30}),
            },
        ),
        "initialResponseSetting": st.fixed_dictionaries({"conditional": CONDITIONALS, "nextStep": STEPS}),
        "intentClosingSetting": st.fixed_dictionaries({"closingResponse": RESPONSES, "nextStep": STEPS}),
        "outputContexts": st.just([{"name": "c", "timeToLiveInSeconds": 60, "turnsToLive": 2}]),
        "kendraConfiguration": st.just({}) | st.just({"kendraIndex": "arn"}),
    },
)


@st.composite
def definitions(draw: st.DrawFn) -> BotDefinition:
    documents: dict[str, Document] = {"b/Bot.json": {"name": draw(NAMES), **draw(EXTRAS)}}
    for locale in draw(st.lists(st.sampled_from(["en_US", "es_ES", "xx_YY"]), min_size=1, unique=True)):
        folder = f"b/BotLocales/{locale}"
        documents[f"{folder}/BotLocale.json"] = {"nluConfidenceThreshold": draw(st.floats(0, 1)), **draw(EXTRAS)}
        documents[f"{folder}/SlotTypes/T/SlotType.json"] = {
            "name": "T",
            "slotTypeValues": [{"sampleValue": {"value": text}} for text in draw(st.lists(TEXTS, max_size=3))],
            **draw(EXTRAS),
        }
        for name in draw(st.lists(NAMES, max_size=3, unique=True)):
            documents[f"{folder}/Intents/{name}/Intent.json"] = {"name": name, **draw(INTENTS), **draw(EXTRAS)}
            prompt: JsonValue = {**draw(RESPONSES), "maxRetries": draw(st.integers(0, 5))}
            documents[f"{folder}/Intents/{name}/Slots/S/Slot.json"] = {
                "name": "S",
                "slotTypeName": "T",
                "valueElicitationSetting": {"promptSpecification": prompt},
                **draw(EXTRAS),
            }
    return bot_of(documents)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(definitions())
def test_any_bot_comes_back_the_same(bot: BotDefinition) -> None:
    assert again(bot) == bot


def test_a_kept_import_is_the_bot_that_was_read(tmp_path: Path) -> None:
    (bot,) = read(unpacked(v2(), tmp_path / "tree")).bots
    assert read(keep_bot(bot, tmp_path / "bots")).bots == [bot]
