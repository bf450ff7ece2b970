"""The rules of confirmation, fulfilment, closing, steps, contexts and fallback."""

import pytest

from services.lex.bots import ServedLocale
from services.lex.errors import DependencyFailed, ValidationFailed
from tests.lex.conversation import (
    Conversation,
    Document,
    intent,
    said,
    served,
    slot,
    step,
    values,
    varied,
    waits_for,
    words,
)

GREET = intent("Greet", "good day to you", "greetings friend", intentClosingSetting={"closingResponse": words("Hi.")})


def shop(**more: Document) -> ServedLocale:
    confirmation: Document = {
        "promptSpecification": {**words("One {Size}, right?"), "maxRetries": 1},
        "declinationResponse": words("Then not."),
        **more.pop("confirmation", {}),
    }
    settings: dict[str, Document] = {
        "intentConfirmationSetting": confirmation,
        "intentClosingSetting": {"closingResponse": words("Bye.")},
        **more,
    }
    order = intent(
        "OrderShirt", "i want a shirt", "a {Size} shirt please", slots=[slot("Size", "SizeType")], **settings
    )
    return served(order, GREET)


async def confirming(**more: Document) -> Conversation:
    talk = Conversation(shop(**more))
    turn = await talk.say("a big shirt please")
    assert (waits_for(turn), said(turn)) == ("ConfirmIntent", ["One large, right?"])
    return talk


async def test_yes_confirms_and_goes_on_to_the_closing_response() -> None:
    talk = await confirming()
    turn = await talk.say("yes please")
    assert (said(turn), waits_for(turn)) == (["Bye."], "Close")
    assert talk.session.intent is not None
    assert talk.session.intent.confirmation_state == "Confirmed"
    assert talk.session.intent.state == "ReadyForFulfillment"  # no fulfilment is configured: the client does it


async def test_no_declines_and_ends_as_failed() -> None:
    talk = await confirming()
    turn = await talk.say("no thanks")
    assert (said(turn), waits_for(turn)) == (["Then not."], "Close")
    assert talk.session.intent is not None
    assert (talk.session.intent.confirmation_state, talk.session.intent.state) == ("Denied", "Failed")


async def test_a_new_slot_value_at_the_confirmation_is_taken_and_confirmed_again() -> None:
    talk = await confirming()
    turn = await talk.say("no, make it small")
    assert values(turn) == {"Size": "small"}
    assert (waits_for(turn), said(turn)) == ("ConfirmIntent", ["One small, right?"])


async def test_yes_with_the_same_value_is_a_yes() -> None:
    talk = await confirming()
    await talk.say("yes, the large one")
    assert talk.session.intent is not None
    assert talk.session.intent.confirmation_state == "Confirmed"


async def test_another_intent_at_the_confirmation_is_switched_to() -> None:
    talk = await confirming()
    assert said(await talk.say("greetings friend")) == ["Hi."]


async def test_a_confirmation_that_is_missed_too_often_falls_back() -> None:
    talk = await confirming()
    assert waits_for(await talk.say("purple elephants")) == "ConfirmIntent"
    assert said(await talk.say("purple elephants")) == ["I did not get that."]


async def test_a_confirmation_that_is_missed_too_often_takes_its_failure_path() -> None:
    talk = await confirming(
        confirmation={"failureResponse": words("Let us stop."), "failureNextStep": step("EndConversation")}
    )
    await talk.say("purple elephants")
    assert said(await talk.say("purple elephants")) == ["Let us stop."]


async def test_a_fulfilment_that_is_switched_off_counts_as_done() -> None:
    talk = await confirming(
        fulfillmentCodeHook={
            "enabled": False,
            "postFulfillmentStatusSpecification": {"successResponse": words("Done.")},
        }
    )
    turn = await talk.say("yes")
    assert said(turn) == ["Done.", "Bye."]
    assert talk.session.intent is not None
    assert talk.session.intent.state == "Fulfilled"


async def test_an_inactive_closing_response_is_not_sent() -> None:
    talk = await confirming(intentClosingSetting={"isActive": False, "closingResponse": words("Bye.")})
    assert said(await talk.say("yes")) == []


async def test_a_closing_step_may_wait_for_the_next_intent() -> None:
    talk = await confirming(
        intentClosingSetting={"closingResponse": words("What else?"), "nextStep": step("ElicitIntent")}
    )
    assert waits_for(await talk.say("yes")) == "ElicitIntent"
    assert said(await talk.say("greetings friend")) == ["Hi."]


async def test_text_below_the_threshold_falls_back_and_counts_as_missed() -> None:
    turn = await Conversation(shop()).say("quantum zebra orchestra")
    assert said(turn) == ["I did not get that."]
    assert turn.missed
    assert turn.session.interpretations[0].intent.name == "FallbackIntent"
    assert turn.session.interpretations[0].nlu_confidence is None


async def test_the_acting_intent_is_listed_first_and_the_fallback_second_without_a_score() -> None:
    turn = await Conversation(shop()).say("i want a shirt")
    names = [entry.intent.name for entry in turn.session.interpretations]
    assert names == ["OrderShirt", "FallbackIntent", "Greet"]
    assert turn.session.interpretations[1].nlu_confidence is None


async def test_initial_response_comes_before_the_first_prompt() -> None:
    talk = Conversation(shop(initialResponseSetting={"initialResponse": words("Welcome.")}))
    assert said(await talk.say("i want a shirt")) == ["Welcome.", "Size?"]


async def test_a_step_sets_attributes_and_slots() -> None:
    first = step("ElicitSlot", slot="Size", sessionAttributes={"seen": "yes"}, slots={})
    talk = Conversation(shop(initialResponseSetting={"nextStep": first}))
    await talk.say("i want a shirt")
    assert talk.session.attributes == {"seen": "yes"}
    given: Document = {"Size": {"value": {"interpretedValue": "small"}}}
    talk = Conversation(shop(initialResponseSetting={"nextStep": step("ElicitSlot", slot="Size", slots=given)}))
    assert values(await talk.say("i want a shirt")) == {"Size": "small"}


async def test_a_step_may_suppress_the_next_message() -> None:
    first = step("ElicitSlot", slot="Size", suppressNextMessage=True)
    setting: Document = {"initialResponse": words("Which size?"), "nextStep": first}
    assert said(await Conversation(shop(initialResponseSetting=setting)).say("i want a shirt")) == ["Which size?"]


async def test_the_first_true_branch_is_taken_else_the_default_branch() -> None:
    conditional: Document = {
        "isActive": True,
        "conditionalBranches": [
            {
                "name": "large",
                "condition": {"expressionString": '{Size} = "large"'},
                "response": words("Large is sold out."),
                "nextStep": step("EndConversation"),
            }
        ],
        "defaultBranch": {"nextStep": step("ElicitSlot", slot="Size")},
    }
    setting: Document = {"nextStep": step("EvaluateConditional"), "conditional": conditional}
    bot = shop(initialResponseSetting=setting)
    assert said(await Conversation(bot).say("a big shirt please")) == ["Large is sold out."]
    assert said(await Conversation(bot).say("i want a shirt")) == ["Size?"]


async def test_start_intent_begins_another_intent() -> None:
    bot = shop(initialResponseSetting={"nextStep": step("StartIntent", intent="Greet")})
    assert said(await Conversation(bot).say("i want a shirt")) == ["Hi."]


async def test_steps_that_lead_in_a_circle_are_given_up() -> None:
    bot = shop(initialResponseSetting={"nextStep": step("StartIntent", intent="OrderShirt")})
    with pytest.raises(DependencyFailed):
        await Conversation(bot).say("i want a shirt")


async def test_one_message_of_each_group_is_sent_and_one_without_its_value_is_passed_over() -> None:
    groups = words("a", "b")["messageGroupsList"]
    unfilled = varied("Hello [name]", "Hello you")["messageGroupsList"]
    assert isinstance(groups, list)
    assert isinstance(unfilled, list)
    setting: Document = {"initialResponse": {"messageGroupsList": [*groups, *unfilled]}}
    talk = Conversation(shop(initialResponseSetting=setting))
    assert said(await talk.say("i want a shirt")) == ["a", "b", "Hello you", "Size?"]


async def test_an_intent_waits_for_its_input_contexts_and_a_fulfilled_one_opens_its_own() -> None:
    first = intent(
        "Buy",
        "i want to buy it",
        outputContexts=[{"name": "bought", "timeToLiveInSeconds": 60, "turnsToLive": 2}],
        fulfillmentCodeHook={"enabled": False},
    )
    second = intent(
        "Return", "i want to give it back", inputContexts=[{"name": "bought"}], intentClosingSetting={
            "closingResponse": words("Returned.")
        },
    )  # fmt: skip
    talk = Conversation(served(first, second))
    assert said(await talk.say("i want to give it back")) == ["I did not get that."]
    await talk.say("i want to buy it")
    assert said(await talk.say("i want to give it back")) == ["Returned."]
    await talk.say("i want to buy it")
    talk.wait(61)
    assert said(await talk.say("i want to give it back")) == ["I did not get that."]


async def test_the_requests_state_overrides_the_session_field_by_field() -> None:
    talk = Conversation(shop())
    await talk.say("i want a shirt", {"sessionAttributes": {"a": "1"}})
    await talk.say("small", {"sessionAttributes": {"b": "2"}})
    assert talk.session.attributes == {"b": "2"}
    assert waits_for(await talk.say("yes")) == "Close"
    assert talk.session.attributes == {"b": "2"}


async def test_a_state_with_an_unknown_intent_or_slot_is_refused() -> None:
    talk = Conversation(shop())
    states: list[Document] = [
        {"intent": {"name": "Nothing"}},
        {"intent": {"name": "OrderShirt", "slots": {"Colour": None}}},
        {"dialogAction": {"type": "ElicitSlot", "slotToElicit": "Colour"}, "intent": {"name": "OrderShirt"}},
        {"dialogAction": {"type": "ConfirmIntent"}},
    ]
    for state in states:
        with pytest.raises(ValidationFailed):
            await talk.say("hello", state)


async def test_put_session_with_delegate_runs_the_flow_from_its_start() -> None:
    talk = Conversation(shop())
    turn = await talk.put({"dialogAction": {"type": "Delegate"}, "intent": {"name": "OrderShirt"}})
    assert (waits_for(turn), said(turn)) == ("Size", ["Size?"])


async def test_put_session_with_elicit_slot_sends_the_given_or_the_configured_prompt() -> None:
    talk = Conversation(shop())
    state: Document = {
        "dialogAction": {"type": "ElicitSlot", "slotToElicit": "Size"},
        "intent": {"name": "OrderShirt"},
    }
    assert said(await talk.put(state)) == ["Size?"]
    assert said(await talk.put(state, "How big?")) == ["How big?"]
    assert values(await talk.say("large")) == {"Size": "large"}
