"""Importing exports of Amazon Lex V1."""

import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from services.lex.definition.faults import DefinitionError
from services.lex.definition.model import BotDefinition, IntentDefinition
from services.lex.definition.parts import Response
from services.lex.definition.reader import Reading, read
from tests.lex.exports import Document, v1_bot, v1_message, v1_said, zipped


def imported(document: Document, folder: Path) -> Reading:
    file = folder / "FlowerBot_Export.json"
    file.write_text(json.dumps(document))
    return read(file)


def bot_of(document: Document, folder: Path) -> BotDefinition:
    (bot,) = imported(document, folder).bots
    return bot


def order_of(document: Document, folder: Path) -> IntentDefinition:
    return bot_of(document, folder).locales["en_US"].intents["Order"]


def texts(response: Response | None) -> list[list[str]]:
    """The texts of each group."""
    assert response is not None
    groups = [(group.message, *group.variations) for group in response.message_groups]
    return [[message.message().content or "card" for message in group] for group in groups]


def test_a_v1_bot_keeps_its_head_and_its_locale(tmp_path: Path) -> None:
    bot = bot_of(v1_bot(), tmp_path)
    locale = bot.locales["en_US"]
    assert (bot.name, bot.version, bot.idle_session_ttl_in_seconds) == ("FlowerBot", "DRAFT", 600)
    assert (locale.nlu_confidence_threshold, locale.identifier) == (0.4, "en_US")
    assert locale.intents.keys() == {"Order", "FallbackIntent"}


def test_a_zip_and_the_file_in_it_are_the_same_bot(tmp_path: Path) -> None:
    archive = tmp_path / "FlowerBot_7_uuid_Bot_LEX_V1.zip"
    archive.write_bytes(zipped({"FlowerBot_Export.json": v1_bot()}))
    assert read(archive).bots == [bot_of(v1_bot(), tmp_path)]


def test_slots_and_types_become_those_of_v2(tmp_path: Path) -> None:
    kind, day = order_of(v1_bot(), tmp_path).slots.values()
    assert (kind.name, kind.slot_type_name, kind.obfuscated) == ("Kind", "Flowers", True)
    assert [sample.utterance for sample in kind.elicitation.sample_utterances] == ["some {Kind}"]
    assert (day.name, day.slot_type_name) == ("Day", "AMAZON.Date")
    assert kind.elicitation.prompt_specification is not None
    assert kind.elicitation.prompt_specification.max_retries == 3
    assert texts(kind.elicitation.prompt_specification) == [["Which flowers?", "What kind?"]]
    flowers = bot_of(v1_bot(), tmp_path).locales["en_US"].slot_types["Flowers"]
    assert flowers.value_selection_setting.resolution_strategy == "TOP_RESOLUTION"
    assert [value.value for value in flowers.slot_type_values[0].synonyms] == ["rose"]


def test_what_an_intent_says_is_said_at_the_same_points(tmp_path: Path) -> None:
    order = order_of(v1_bot(), tmp_path)
    assert order.intent_confirmation_setting is not None
    assert order.intent_closing_setting is not None
    assert texts(order.intent_confirmation_setting.prompt_specification) == [["{Kind} on {Day}?"]]
    assert texts(order.intent_confirmation_setting.declination_response) == [["Not ordered."]]
    assert texts(order.intent_closing_setting.closing_response) == [["Ordered."]]
    assert order.fulfillment_code_hook is None
    assert order.old_flow


def test_hooks_are_switched_on_and_named_in_warnings(tmp_path: Path) -> None:
    hook: JsonValue = {"uri": "arn:aws:lambda:x", "messageVersion": "1.0"}
    changes: Document = {
        "dialogCodeHook": hook,
        "fulfillmentActivity": {"type": "CodeHook", "codeHook": hook},
    }
    reading = imported(v1_bot(**changes), tmp_path)
    order = reading.bots[0].locales["en_US"].intents["Order"]
    assert order.dialog_code_hook.enabled
    assert order.fulfillment_code_hook is not None
    assert order.fulfillment_code_hook.enabled
    named = [warning.pointer for warning in reading.warnings if warning.code == "code-hook"]
    assert named == ["/resource/intents/0/dialogCodeHook/uri", "/resource/intents/0/fulfillmentActivity/codeHook/uri"]


def test_message_groups_and_cards_are_kept_apart(tmp_path: Path) -> None:
    card: Document = {
        "version": 1,
        "contentType": "application/vnd.amazonaws.card.generic",
        "genericAttachments": [
            {"title": "Flowers", "subTitle": "today", "imageUrl": None, "buttons": [{"text": "Yes", "value": "yes"}]}
        ],
    }
    statement: Document = {
        "messages": [v1_message("b", 2), v1_message("a1", 1), v1_message("a2", 1)],
        "responseCard": json.dumps(card),
    }
    closing = order_of(v1_bot(conclusionStatement=statement), tmp_path).intent_closing_setting
    assert closing is not None
    assert texts(closing.closing_response) == [["a1", "a2"], ["b"], ["card"]]
    assert closing.closing_response is not None
    shown = closing.closing_response.message_groups[2].message.image_response_card
    assert shown is not None
    assert (shown.title, shown.subtitle, [button.value for button in shown.buttons]) == ("Flowers", "today", ["yes"])


def test_more_variations_than_v2_takes_are_dropped_with_a_warning(tmp_path: Path) -> None:
    reading = imported(v1_bot(conclusionStatement=v1_said("a", "b", "c", "d", "e")), tmp_path)
    closing = reading.bots[0].locales["en_US"].intents["Order"].intent_closing_setting
    assert closing is not None
    assert texts(closing.closing_response) == [["a", "b", "c"]]
    assert "messages-dropped" in [warning.code for warning in reading.warnings]


def test_a_follow_up_waits_for_the_next_intent_and_hears_a_no(tmp_path: Path) -> None:
    follow_up: Document = {
        "prompt": {**v1_said("Anything else?"), "maxAttempts": 2},
        "rejectionStatement": v1_said("Goodbye then."),
    }
    bot = bot_of(v1_bot(conclusionStatement=None, followUpPrompt=follow_up), tmp_path)
    intents = bot.locales["en_US"].intents
    closing, no = intents["Order"].intent_closing_setting, intents["OrderFollowUpDeclined"]
    assert closing is not None
    assert closing.next_step is not None
    assert closing.next_step.dialog_action is not None
    assert closing.next_step.dialog_action.type == "ElicitIntent"
    assert [context.name for context in intents["Order"].output_contexts] == [no.input_contexts[0].name]
    assert "no" in [sample.utterance for sample in no.sample_utterances]


def test_clarification_asks_as_often_as_v1_and_then_gives_up(tmp_path: Path) -> None:
    setting = bot_of(v1_bot(), tmp_path).locales["en_US"].fallback.initial_response_setting
    assert setting is not None
    assert setting.conditional is not None
    branches = setting.conditional.conditional_branches
    assert [texts(branch.response) for branch in branches] == [[["Pardon?"]], [["Pardon?"]]]
    assert setting.conditional.default_branch is not None
    assert texts(setting.conditional.default_branch.response) == [["Goodbye."]]


@pytest.mark.parametrize(
    ("v1", "v2"),
    [
        ("AMAZON.NUMBER", "AMAZON.Number"),
        ("AMAZON.US_CITY", "AMAZON.City"),
        ("AMAZON.GB_FIRST_NAME", "AMAZON.FirstName"),
        ("AMAZON.PostalAddress", "AMAZON.StreetName"),
        ("AMAZON.EmailAddress", "AMAZON.EmailAddress"),
        ("AMAZON.FOUR_DIGIT_NUMBER", "FourDigitNumber"),
        ("AMAZON.Airport", ""),
    ],
)
def test_built_in_types_have_their_v2_names(tmp_path: Path, v1: str, v2: str) -> None:
    reading = imported(v1_bot(slots=[{"name": "It", "slotType": v1}]), tmp_path)
    locale = reading.bots[0].locales["en_US"]
    assert locale.intents["Order"].slots["It"].slot_type_name == v2
    assert ("alexa-slot-type" in [warning.code for warning in reading.warnings]) is (v2 == "")
    if v2 == "FourDigitNumber":
        regex = locale.slot_types[v2].value_selection_setting.regex_filter
        assert regex is not None
        assert regex.pattern == "[0-9]{4}"


def test_yes_and_no_become_intents_with_their_words(tmp_path: Path) -> None:
    order = order_of(v1_bot(parentIntentSignature="AMAZON.YesIntent", slots=[], sampleUtterances=[]), tmp_path)
    assert order.parent_intent_signature is None
    assert "yes" in [sample.utterance for sample in order.sample_utterances]


def test_dropped_versions_are_warned_of(tmp_path: Path) -> None:
    found = [warning.pointer for warning in imported(v1_bot(), tmp_path).warnings if warning.code == "version"]
    assert found == ["/resource/version", "/resource/intents/0/version"]


@pytest.mark.parametrize("wrapped", [True, False])
def test_one_intent_or_one_slot_type_makes_a_bot_named_for_it(tmp_path: Path, wrapped: bool) -> None:
    resource = v1_bot()["resource"]
    assert isinstance(resource, dict)
    for key, name in (("intents", "Order"), ("slotTypes", "Flowers")):
        parts = resource[key]
        assert isinstance(parts, list)
        part = parts[0]
        assert isinstance(part, dict)
        bot = bot_of({"resource": part} if wrapped else part, tmp_path)
        assert bot.name == name
        assert bot.locales["en_US"].fallback


def test_an_error_names_the_place_in_the_v1_file(tmp_path: Path) -> None:
    broken: JsonValue = {"messages": [{"contentType": "PlainText", "content": 7}]}
    with pytest.raises(
        DefinitionError, match=r"Export\.json: /resource/intents/0/rejectionStatement/messages/0/content"
    ):
        imported(v1_bot(rejectionStatement=broken), tmp_path)


def test_the_end_of_an_intent_clears_the_count_of_misses(tmp_path: Path) -> None:
    closing = order_of(v1_bot(), tmp_path).intent_closing_setting
    assert closing is not None
    assert closing.next_step is not None
    assert closing.next_step.session_attributes == {"clarifications": ""}
