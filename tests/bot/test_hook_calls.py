"""Calls of the code hook in both formats, and in none."""

import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bot.hook_calls import Document, read_call
from shared.errors import MalformedRequest
from shared.schemas.lex import Button, CodeHookResponse, DialogAction, ImageResponseCard, Intent, Message, SessionState
from tests.bot.conversation import Conversation, event_document

V1: Document = {
    "messageVersion": "1.0",
    "invocationSource": "DialogCodeHook",
    "userId": "user-1",
    "sessionAttributes": {"theirs": "kept"},
    "requestAttributes": {"x-amz-lex:channel-type": "Twilio-SMS"},
    "bot": {"name": "OmniLex", "alias": "PROD", "version": "7"},
    "outputDialogMode": "Text",
    "currentIntent": {
        "name": "MakePayment",
        "slots": {"Payee": "City Power", "Amount": None},
        "slotDetails": {"Payee": {"originalValue": "city power", "resolutions": [{"value": "City Power"}]}},
        "confirmationStatus": "None",
        "nluIntentConfidenceScore": 0.88,
    },
    "alternativeIntents": [{"name": "FAQ", "slots": {}, "confirmationStatus": "None"}],
    "inputTranscript": "pay city power",
    "recentIntentSummaryView": [{"intentName": "FAQ", "slots": {}}],
    "sentimentResponse": {"sentimentLabel": "NEUTRAL", "sentimentScore": "{Positive: 0.02}"},
    "futureField": 1,
}


def body(document: object) -> bytes:
    return json.dumps(document).encode()


def without(name: str) -> Document:
    document = deepcopy(V1)
    del document[name]
    return document


def test_a_v1_event_is_read_as_the_same_turn() -> None:
    call = read_call(body(V1))
    event = call.event
    assert (call.version, event.session_id, event.input_transcript) == ("v1", "user-1", "pay city power")
    intent = event.session_state.intent
    assert intent is not None
    assert intent.name == "MakePayment"
    payee = intent.slots["Payee"]
    assert payee is not None
    assert payee.value is not None
    assert (payee.value.original_value, payee.value.interpreted_value, payee.value.resolved_values) == (
        "city power",
        "City Power",
        ["City Power"],
    )
    assert intent.slots["Amount"] is None
    assert event.session_state.session_attributes == {"theirs": "kept"}
    assert [choice.intent.name for choice in event.interpretations] == ["MakePayment", "FAQ"]


@pytest.mark.parametrize("missing", ["sessionAttributes", "requestAttributes", "alternativeIntents", "inputTranscript"])
def test_what_amazon_leaves_out_may_be_missing(missing: str) -> None:
    assert read_call(body(without(missing))).version == "v1"
    assert read_call(body({**V1, missing: None if missing != "inputTranscript" else ""})).version == "v1"


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"{",
        b"\xff\xfe",
        b'"text"',
        b"[" * 5000,
        body(without("currentIntent")),
        body(without("userId")),
        body(without("invocationSource")),
        body({**V1, "invocationSource": "Other"}),
        body({**V1, "currentIntent": None}),
        body({**V1, "currentIntent": {"slots": {}}}),
        body({**V1, "currentIntent": "MakePayment"}),
        body({**V1, "sessionAttributes": {"a": {"b": 1}}}),
        body({**V1, "userId": ""}),
        body({**event_document({"name": "Help", "slots": {}}, "help"), "sessionId": " "}),
        body({**event_document({"name": "Help", "slots": {}}, "help"), "sessionState": None}),
        body({**event_document({"name": "Help", "slots": {}}, "help"), "bot": None}),
        body(event_document({"name": "Help", "slots": {f"s{n}": None for n in range(101)}}, "help")),
        body({**V1, "inputTranscript": "x" * 70_000}),
    ],
)
def test_what_is_no_event_is_refused_without_repeating_it(garbage: bytes) -> None:
    with pytest.raises(MalformedRequest) as refused:
        read_call(garbage)
    assert "user-1" not in refused.value.detail


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(name=st.sampled_from(sorted(V1)), value=json_values)
def test_a_mutated_event_is_read_or_refused(name: str, value: object) -> None:
    try:
        read_call(body({**V1, name: value}))
    except MalformedRequest:
        return


async def test_an_answer_goes_out_in_the_format_the_question_came_in() -> None:
    bot = Conversation().bot
    answer = await bot.answer(read_call(body(V1)))
    assert answer["dialogAction"] == {
        "type": "ElicitSlot",
        "intentName": "VerifyIdentity",
        "slots": {"PhoneNumber": None, "Pin": None, "CustomerNumber": None},
        "slotToElicit": "PhoneNumber",
        "message": {
            "contentType": "PlainText",
            "content": "First I need to check who you are. What is the phone number on your account?",
        },
    }
    attributes = answer["sessionAttributes"]
    assert isinstance(attributes, dict)
    assert attributes["theirs"] == "kept"
    assert "sessionState" not in answer


async def test_a_whole_payment_by_v1_events() -> None:
    lex = Conversation()
    event = deepcopy(V1)

    async def turn(name: str, slots: dict[str, str | None], said: str, confirmation: str = "None") -> Document:
        held: Document = dict(slots)
        event["currentIntent"] = {"name": name, "slots": held, "confirmationStatus": confirmation}
        event["inputTranscript"] = said
        answer = await lex.bot.answer(read_call(body(event)))
        event["sessionAttributes"] = answer["sessionAttributes"]
        action = answer["dialogAction"]
        assert isinstance(action, dict)
        return action

    event["requestAttributes"] = {"omnilex:channel": "web"}
    await turn("MakePayment", {"Payee": "City Power", "Amount": "25"}, "pay city power 25")
    await turn("VerifyIdentity", {"PhoneNumber": "5555550190"}, "555 555 0190")
    asked = await turn("VerifyIdentity", {"PhoneNumber": "5555550190", "Pin": "2468"}, "2468")
    assert (asked["type"], asked["intentName"]) == ("ConfirmIntent", "MakePayment")
    assert asked["slots"] == {"Payee": "City Power", "Amount": "25", "FromAccount": None, "PayDate": None}
    card = asked["responseCard"]
    assert isinstance(card, dict)
    assert card["contentType"] == "application/vnd.amazonaws.card.generic"
    done = await turn("MakePayment", {"Payee": "City Power", "Amount": "25"}, "yes", "Confirmed")
    assert (done["type"], done["fulfillmentState"]) == ("Close", "Fulfilled")
    assert len(lex.accounts.orders) == 1


def test_what_v1_limits_is_kept_within_its_limits() -> None:
    answer = CodeHookResponse(
        session_state=SessionState(
            dialog_action=DialogAction(type="Close"), intent=Intent(name="FAQ", state="Failed", slots={})
        ),
        messages=[
            *(Message(content_type="PlainText", content="word " * 150) for _ in range(2)),
            Message(
                content_type="ImageResponseCard",
                image_response_card=ImageResponseCard(
                    title="T", buttons=[Button(text="a very long button", value="v")]
                ),
            ),
        ],
    )
    action = read_call(body(V1)).written(answer)["dialogAction"]
    assert isinstance(action, dict)
    message, card = action["message"], action["responseCard"]
    assert isinstance(message, dict)
    assert len(str(message["content"])) <= 1000
    assert str(message["content"]).endswith("word…")
    assert "a very long but" in json.dumps(card)
    assert "button" not in json.dumps(card).replace('"buttons"', "")


async def test_a_v1_voice_is_answered_in_ssml() -> None:
    answer = await Conversation().bot.answer(read_call(body({**V1, "outputDialogMode": "Voice"})))
    action = answer["dialogAction"]
    assert isinstance(action, dict)
    message = action["message"]
    assert isinstance(message, dict)
    assert message["contentType"] == "SSML"
    assert str(message["content"]).count("<speak>") == 1
