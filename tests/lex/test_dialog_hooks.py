"""The rules of the code hook: when it is called, with what, and how its answers are obeyed."""

import pytest

from services.lex.bots import ServedLocale
from services.lex.errors import DependencyFailed, HookFailed, HookTimedOut
from tests.lex.conversation import (
    Conversation,
    Document,
    FakeHook,
    answer,
    hooked,
    intent,
    said,
    served,
    slot,
    step,
    values,
    waits_for,
    words,
)

GREET = intent("Greet", "good day to you", "greetings friend", slots=[slot("Size", "SizeType")])
ORDER = "OrderShirt"


def shop(**outcomes: Document) -> ServedLocale:
    """Every hook of the flow on; the outcomes are those of the first."""
    capture: Document = {"captureNextStep": step("InvokeDialogCodeHook"), "codeHook": hooked()}
    order = intent(
        ORDER,
        "i want a shirt",
        "a {Size} shirt please",
        slots=[slot("Size", "SizeType", slotCaptureSetting=capture), slot("Count", "AMAZON.Number")],
        dialogCodeHook={"enabled": True},
        initialResponseSetting={"nextStep": step("InvokeDialogCodeHook"), "codeHook": hooked(**outcomes)},
        intentConfirmationSetting={"promptSpecification": {**words("Right?"), "maxRetries": 1}},
        fulfillmentCodeHook={
            "enabled": True,
            "postFulfillmentStatusSpecification": {
                "successResponse": words("Done."),
                "failureResponse": words("Failed."),
                "timeoutResponse": words("Too slow."),
            },
        },
        intentClosingSetting={"closingResponse": words("Bye.")},
    )
    return served(order, GREET)


async def test_the_hook_is_called_at_the_start_after_a_capture_and_for_the_fulfilment() -> None:
    hook = FakeHook()
    talk = Conversation(shop(), hook)
    await talk.say("i want a shirt")
    await talk.say("large")
    await talk.say("3")
    turn = await talk.say("yes")
    assert hook.sources == ["DialogCodeHook", "DialogCodeHook", "FulfillmentCodeHook"]
    assert said(turn) == ["Done.", "Bye."]
    assert talk.session.intent is not None
    assert talk.session.intent.state == "Fulfilled"


async def test_the_event_says_what_was_heard_and_what_would_come_next() -> None:
    hook = FakeHook()
    await Conversation(shop(), hook).say("a big shirt please", {"sessionAttributes": {"a": "1"}})
    event = hook.events[0]
    assert event.bot.id == "SHOPBOT001"
    assert event.input_transcript == "a big shirt please"
    assert event.session_state.session_attributes == {"a": "1"}
    acting = event.session_state.intent
    assert acting is not None
    assert (acting.state, acting.confirmation_state) == ("InProgress", "None")
    assert acting.slots.keys() == {"Size", "Count"}
    assert acting.slots["Count"] is None
    assert event.interpretations[0].intent.name == ORDER
    assert isinstance(event.interpretations[0].nlu_confidence, float)
    proposed = event.proposed_next_state
    assert proposed is not None
    assert proposed.dialog_action is not None
    assert proposed.dialog_action.slot_to_elicit == "Count"


async def test_the_hook_is_not_called_twice_about_the_same() -> None:
    hook = FakeHook()
    await Conversation(shop(successNextStep=step("ElicitSlot", slot="Size")), hook).say("a big shirt please")
    assert hook.sources == ["DialogCodeHook"]


async def test_a_fulfilment_hook_is_called_ready_for_fulfillment() -> None:
    hook = FakeHook()
    talk = Conversation(shop(), hook)
    await talk.put({"dialogAction": {"type": "ConfirmIntent"}, "intent": {"name": ORDER}})
    await talk.say("yes")
    acting = hook.events[0].session_state.intent
    assert acting is not None
    assert (acting.state, acting.confirmation_state) == ("ReadyForFulfillment", "Confirmed")


async def test_delegate_takes_over_the_returned_slots() -> None:
    slots: Document = {"Size": {"value": {"interpretedValue": "small"}}}
    hook = FakeHook(answer("Delegate", intent={"name": ORDER, "slots": slots}))
    turn = await Conversation(shop(), hook).say("i want a shirt")
    assert values(turn) == {"Size": "small"}
    assert waits_for(turn) == "Count"


async def test_elicit_slot_prompts_with_the_hooks_message_or_the_slots_own() -> None:
    for texts, expected in ((("How many?",), ["How many?"]), ((), ["Count?"])):
        hook = FakeHook(answer("ElicitSlot", *texts, slot="Count"))
        turn = await Conversation(shop(), hook).say("i want a shirt")
        assert (waits_for(turn), said(turn)) == ("Count", expected)


async def test_elicit_slot_of_another_intent_switches_to_it() -> None:
    hook = FakeHook(answer("ElicitSlot", slot="Size", intent={"name": "Greet"}))
    talk = Conversation(shop(), hook)
    turn = await talk.say("i want a shirt")
    assert talk.session.intent is not None
    assert (talk.session.intent.name, waits_for(turn)) == ("Greet", "Size")
    assert turn.overridden


async def test_confirm_intent_asks_with_the_hooks_message() -> None:
    hook = FakeHook(answer("ConfirmIntent", "Really?"))
    turn = await Conversation(shop(), hook).say("i want a shirt")
    assert (waits_for(turn), said(turn)) == ("ConfirmIntent", ["Really?"])


async def test_elicit_intent_drops_the_intent() -> None:
    talk = Conversation(shop(), FakeHook(answer("ElicitIntent", "What else?")))
    turn = await talk.say("i want a shirt")
    assert (waits_for(turn), said(turn)) == ("ElicitIntent", ["What else?"])
    assert talk.session.intent is None


async def test_close_ends_with_the_hooks_state() -> None:
    hook = FakeHook(answer("Close", "Locked.", intent={"name": ORDER, "state": "Failed"}))
    talk = Conversation(shop(), hook)
    turn = await talk.say("i want a shirt")
    assert (waits_for(turn), said(turn)) == ("Close", ["Locked."])
    assert talk.session.intent is not None
    assert talk.session.intent.state == "Failed"


async def test_absent_session_attributes_stay_and_given_ones_replace() -> None:
    hook = FakeHook(answer("Delegate"), answer("Delegate", sessionAttributes={"b": "2"}))
    talk = Conversation(shop(), hook)
    await talk.say("i want a shirt", {"sessionAttributes": {"a": "1"}})
    assert talk.session.attributes == {"a": "1"}
    await talk.say("small")
    assert talk.session.attributes == {"b": "2"}


async def test_messages_of_the_fulfilment_hook_win_over_the_configured_ones() -> None:
    closed = answer("Close", "Order 7 is on its way.", intent={"name": ORDER, "state": "Fulfilled"})
    talk = Conversation(shop(), FakeHook(closed))
    await talk.put({"dialogAction": {"type": "ConfirmIntent"}, "intent": {"name": ORDER}})
    assert said(await talk.say("yes")) == ["Order 7 is on its way.", "Bye."]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (HookFailed("down"), "Failed."),
        (HookTimedOut(), "Too slow."),
        (answer("Close", intent={"name": ORDER, "state": "Failed"}), "Failed."),
    ],
)
async def test_a_failed_fulfilment_takes_its_failure_path(fault: Document | Exception, expected: str) -> None:
    talk = Conversation(shop(), FakeHook(fault))
    await talk.put({"dialogAction": {"type": "ConfirmIntent"}, "intent": {"name": ORDER}})
    assert said(await talk.say("yes")) == [expected, "Bye."]
    assert talk.session.intent is not None
    assert talk.session.intent.state == "Failed"


async def test_a_failed_dialog_hook_takes_its_failure_path() -> None:
    bot = shop(failureResponse=words("Try later."), failureNextStep=step("EndConversation"))
    talk = Conversation(bot, FakeHook(HookFailed("down")))
    assert said(await talk.say("i want a shirt")) == ["Try later."]


async def test_a_failed_dialog_hook_without_a_path_is_a_dependency_failure() -> None:
    with pytest.raises(DependencyFailed):
        await Conversation(shop(), FakeHook(HookFailed("down"))).say("i want a shirt")


@pytest.mark.parametrize(
    "bad",
    [
        {"sessionState": {}},
        answer("ElicitSlot", slot="Colour"),
        answer("ElicitIntent"),
        answer("Close", intent={"name": ORDER}),
        answer("Delegate", intent={"name": "Nothing"}),
        answer("Delegate", intent={"name": ORDER, "slots": {"Colour": None}}),
        answer("ElicitSlot", "x" * 1025, slot="Size"),
    ],
)
async def test_an_answer_that_lex_would_refuse_counts_as_a_failure(bad: Document) -> None:
    with pytest.raises(DependencyFailed):
        await Conversation(shop(), FakeHook(bad)).say("i want a shirt")


async def test_without_a_bound_hook_the_flow_goes_on_and_the_client_fulfils() -> None:
    talk = Conversation(shop())
    await talk.say("a big shirt please")
    await talk.say("3")
    await talk.say("yes")
    assert talk.session.intent is not None
    assert talk.session.intent.state == "ReadyForFulfillment"


async def test_a_switched_off_dialog_hook_is_not_called() -> None:
    quiet = intent(
        ORDER,
        "i want a shirt",
        slots=[slot("Size", "SizeType")],
        initialResponseSetting={"nextStep": step("InvokeDialogCodeHook"), "codeHook": hooked()},
    )
    hook = FakeHook()
    assert waits_for(await Conversation(served(quiet, GREET), hook).say("i want a shirt")) == "Size"
    assert hook.events == []


async def test_an_elicitation_hook_hears_every_answer_with_its_label() -> None:
    capture: Document = {"elicitationCodeHook": {"enableCodeHookInvocation": True, "invocationLabel": "SizePrompt"}}
    order = intent(
        ORDER,
        "i want a shirt",
        slots=[slot("Size", "SizeType", slotCaptureSetting=capture)],
        dialogCodeHook={"enabled": True},
    )
    hook = FakeHook()
    talk = Conversation(served(order, GREET), hook)
    await talk.say("i want a shirt")
    await talk.say("purple elephants")
    await talk.say("small")
    assert [event.invocation_label for event in hook.events] == ["SizePrompt", "SizePrompt"]


async def test_a_bot_from_before_2022_is_asked_on_every_turn() -> None:
    order = intent(
        ORDER, "i want a shirt", slots=[slot("Size", "SizeType", retries=2)], dialogCodeHook={"enabled": True}
    )
    hook = FakeHook()
    talk = Conversation(served(order, GREET), hook)
    await talk.say("i want a shirt")
    await talk.say("purple elephants")
    await talk.say("small")
    assert hook.sources == ["DialogCodeHook"] * 3


async def test_the_fallback_intent_runs_its_hook() -> None:
    closed = answer("Close", "Ask me about shirts.", intent={"name": "FallbackIntent", "state": "Fulfilled"})
    fallback = intent(
        "FallbackIntent", parentIntentSignature="AMAZON.FallbackIntent", fulfillmentCodeHook={"enabled": True}
    )
    bot = shop()
    bot.locale.intents["FallbackIntent"] = fallback
    assert said(await Conversation(bot, FakeHook(closed)).say("quantum zebra orchestra")) == ["Ask me about shirts."]
