"""Lex V1's events and answers against V2's: what exists in both comes through whole, both ways."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from services.lex.v1_events import v1_event, v2_answer
from shared.schemas.lex import CodeHookEvent, CodeHookResponse

NAMES = st.text("abcXYZ", min_size=1, max_size=6)
TEXTS = st.text(min_size=1, max_size=20)
SCALARS = st.builds(
    lambda original, interpreted, resolved: {
        "shape": "Scalar",
        "value": {"originalValue": original, "interpretedValue": interpreted, "resolvedValues": resolved},
    },
    TEXTS,
    TEXTS,
    st.lists(TEXTS, max_size=3),
)
SLOTS = st.dictionaries(NAMES, st.none() | SCALARS, max_size=4)
ATTRIBUTES = st.dictionaries(NAMES, TEXTS, max_size=3)
CONTEXTS = st.lists(
    st.builds(
        lambda name, seconds, turns, held: {
            "name": name,
            "timeToLive": {"timeToLiveInSeconds": seconds, "turnsToLive": turns},
            "contextAttributes": held,
        },
        NAMES,
        st.integers(5, 86400),
        st.integers(1, 20),
        ATTRIBUTES,
    ),
    max_size=2,
)


def document(
    slots: dict[str, JsonValue],
    attributes: dict[str, str],
    contexts: list[JsonValue],
    source: str = "DialogCodeHook",
) -> dict[str, JsonValue]:
    intent: dict[str, JsonValue] = {"name": "Order", "state": "InProgress", "slots": slots, "confirmationState": "None"}
    return {
        "messageVersion": "1.0",
        "invocationSource": source,
        "sessionId": "web:1",
        "inputTranscript": "a big shirt",
        "bot": {"id": "B", "name": "Shop", "aliasId": "T", "aliasName": "Live", "localeId": "en_US", "version": "7"},
        "interpretations": [
            {"intent": intent, "nluConfidence": 0.9},
            {"intent": {"name": "FallbackIntent", "slots": {}}},
            {"intent": {"name": "Greet", "slots": {}}, "nluConfidence": {"score": 0.3}},
        ],
        "sessionState": {"intent": intent, "sessionAttributes": attributes, "activeContexts": contexts},
    }


def event(**more: object) -> CodeHookEvent:
    given = {"slots": {}, "attributes": {}, "contexts": []} | more
    return CodeHookEvent.model_validate(document(**given))


@given(SLOTS, ATTRIBUTES, CONTEXTS)
def test_the_v1_event_holds_what_the_v2_event_says(
    slots: dict[str, JsonValue], attributes: dict[str, str], contexts: list[JsonValue]
) -> None:
    old = v1_event(event(slots=slots, attributes=attributes, contexts=contexts))
    assert (old["userId"], old["inputTranscript"], old["outputDialogMode"]) == ("web:1", "a big shirt", "Text")
    assert old["bot"] == {"name": "Shop", "alias": "Live", "version": "7"}
    assert old["sessionAttributes"] == attributes
    current = old["currentIntent"]
    assert isinstance(current, dict)
    assert (current["name"], current["nluIntentConfidenceScore"], current["confirmationStatus"]) == (
        "Order",
        0.9,
        "None",
    )
    for name, slot in slots.items():
        assert isinstance(current["slots"], dict)
        assert isinstance(current["slotDetails"], dict)
        if not isinstance(slot, dict):
            assert (current["slots"][name], current["slotDetails"][name]) == (None, None)
            continue
        value = slot["value"]
        assert isinstance(value, dict)
        assert current["slots"][name] == value["interpretedValue"]
        resolutions = [{"value": item} for item in value["resolvedValues"]]
        assert current["slotDetails"][name] == {"originalValue": value["originalValue"], "resolutions": resolutions}
    others = old["alternativeIntents"]
    assert isinstance(others, list)
    assert [(item["name"], item["nluIntentConfidenceScore"]) for item in others if isinstance(item, dict)] == [
        ("FallbackIntent", None),
        ("Greet", 0.3),
    ]
    active = old["activeContexts"]
    assert isinstance(active, list)
    assert len(active) == len(contexts)


@given(SLOTS, ATTRIBUTES, CONTEXTS)
def test_a_v1_handler_that_changes_nothing_gives_back_what_it_got(
    slots: dict[str, JsonValue], attributes: dict[str, str], contexts: list[JsonValue]
) -> None:
    asked = event(slots=slots, attributes=attributes, contexts=contexts)
    old = v1_event(asked)
    current = old["currentIntent"]
    assert isinstance(current, dict)
    answer = {
        "sessionAttributes": old["sessionAttributes"],
        "activeContexts": old["activeContexts"],
        "dialogAction": {"type": "Delegate", "slots": current["slots"]},
    }
    new = CodeHookResponse.model_validate(v2_answer(answer, asked)).session_state
    assert new.intent is not None
    assert asked.session_state.intent is not None
    assert new.intent.slots == asked.session_state.intent.slots
    assert new.session_attributes == attributes
    assert new.active_contexts == asked.session_state.active_contexts


@given(
    st.sampled_from(["Close", "ConfirmIntent", "Delegate", "ElicitSlot", "ElicitIntent"]),
    st.sampled_from(["Fulfilled", "Failed"]),
    st.dictionaries(NAMES, st.none() | TEXTS, max_size=4),
    st.sampled_from(["PlainText", "SSML", "CustomPayload"]),
    TEXTS,
)
def test_every_v1_action_becomes_its_v2_action(
    kind: str, state: Literal["Fulfilled", "Failed"], slots: dict[str, str | None], content_type: str, text: str
) -> None:
    action: dict[str, JsonValue] = {"type": kind, "message": {"contentType": content_type, "content": text}}
    if kind == "Close":
        action["fulfillmentState"] = state
    if kind in ("ConfirmIntent", "Delegate", "ElicitSlot"):
        action["slots"] = dict(slots)
    if kind in ("ConfirmIntent", "ElicitSlot"):
        action["intentName"] = "Order"
    if kind == "ElicitSlot":
        action["slotToElicit"] = "Size"
    held: JsonValue = {"value": {"interpretedValue": "small"}}
    new = CodeHookResponse.model_validate(v2_answer({"dialogAction": action}, event(slots={"Size": held})))
    got = new.session_state
    assert got.dialog_action is not None
    assert (got.dialog_action.type, got.dialog_action.slot_to_elicit) == (
        kind,
        "Size" if kind == "ElicitSlot" else None,
    )
    assert got.session_attributes is None
    assert [(m.content_type, m.content) for m in new.messages or []] == [(content_type, text)]
    if kind == "ElicitIntent":
        assert got.intent is None
        return
    assert got.intent is not None
    assert (got.intent.name, got.intent.state) == ("Order", state if kind == "Close" else None)
    values = {n: s.value.interpreted_value if s and s.value else None for n, s in got.intent.slots.items()}
    assert values == ({"Size": "small"} if kind == "Close" else slots)


def test_each_attachment_of_a_response_card_becomes_a_card() -> None:
    attachment: JsonValue = {
        "title": "Sizes", "subTitle": "Choose", "imageUrl": "https://x/y.png", "attachmentLinkUrl": "https://x",
        "buttons": [{"text": "Small", "value": "small"}],
    }  # fmt: skip
    card: JsonValue = {"version": 1, "contentType": "application/vnd.amazonaws.card.generic",
                       "genericAttachments": [attachment, {"title": "More"}]}  # fmt: skip
    answer: dict[str, JsonValue] = {"dialogAction": {"type": "ElicitIntent", "responseCard": card}}
    cards = [m.image_response_card for m in CodeHookResponse.model_validate(v2_answer(answer, event())).messages or []]
    assert [(c.title, c.subtitle, c.image_url) for c in cards if c] == [
        ("Sizes", "Choose", "https://x/y.png"),
        ("More", None, None),
    ]


@pytest.mark.parametrize(
    "action",
    [
        {"type": "Close"},
        {"type": "ElicitSlot", "intentName": "Order", "slots": {}},
        {"type": "ElicitSlot", "slots": {}, "slotToElicit": "Size"},
        {"type": "ConfirmIntent", "intentName": "Order"},
        {"type": "Delegate"},
        {"type": "Dance"},
        {"type": "ElicitIntent", "message": "hi"},
    ],
)
def test_what_v1_would_refuse_is_refused(action: dict[str, JsonValue]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        v2_answer({"dialogAction": action}, event())


def test_delegate_from_fulfilment_that_changes_nothing_is_an_error() -> None:
    asked = event(slots={"Size": None}, source="FulfillmentCodeHook")
    with pytest.raises(ValueError, match="changes nothing"):
        v2_answer({"dialogAction": {"type": "Delegate", "slots": {"Size": None}}}, asked)
    v2_answer({"dialogAction": {"type": "Delegate", "slots": {"Size": "small"}}}, asked)
