"""Rules of dialog management (lex.md §7) that the other modules do not test. Where each rule is tested:

| rule | tests |
|---|---|
| expiry of contexts; merge of the request's state | here, `test_dialog_flow`; expiry of sessions: `test_sessions` |
| input contexts, threshold, fallback, ties | here, `test_dialog_flow` |
| elicited slot first, switch, misses, retries, failure path | `test_dialog_slots`, here |
| confirmation: yes, no, slot change, other intent, miss | `test_dialog_flow`, here |
| flow of an intent, conditions, steps, messages, loops | `test_dialog_flow`, `test_dialog_messages`, here |
| code hooks, their answers, fulfilment | `test_dialog_hooks`, here |
| composite slots, search intents | `test_dialog_messages` |
"""

import pytest

from services.lex.bots import ServedLocale
from services.lex.errors import DependencyFailed, HookFailed
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

GREET = intent("Greet", "good day to you", "greetings friend", intentClosingSetting={"closingResponse": words("Hi.")})
CONTEXT: Document = {"name": "bought", "timeToLiveInSeconds": 60, "turnsToLive": 1}


def shop(size: Document | None = None, **settings: Document) -> ServedLocale:
    order = intent(
        "OrderShirt",
        "i want a shirt",
        "a {Size} shirt please",
        slots=[slot("Size", "SizeType", **(size or {})), slot("Count", "AMAZON.Number")],
        dialogCodeHook={"enabled": True},
        **settings,
    )
    return served(order, GREET)


def state_of(talk: Conversation) -> tuple[str | None, str | None]:
    acting = talk.session.intent
    return (acting.name, acting.state) if acting else (None, None)


async def test_a_context_lives_for_as_many_turns_as_it_was_given() -> None:
    buy = intent("Buy", "i want to buy it", outputContexts=[CONTEXT], fulfillmentCodeHook={"enabled": False})
    back = intent("Return", "i want to give it back", inputContexts=[{"name": "bought"}])
    talk = Conversation(served(buy, back))
    await talk.say("i want to buy it")
    await talk.say("i want to give it back")
    assert state_of(talk)[0] == "Return"
    assert talk.session.contexts == []
    await talk.say("i want to give it back")
    assert state_of(talk)[0] == "FallbackIntent"


async def test_contexts_of_the_request_are_active_for_its_own_text_and_an_empty_list_clears_them() -> None:
    back = intent("Return", "i want to give it back", inputContexts=[{"name": "bought"}])
    given: Document = {
        "activeContexts": [{"name": "bought", "timeToLive": {"timeToLiveInSeconds": 60, "turnsToLive": 1}}]
    }
    talk = Conversation(served(back, GREET))
    await talk.say("i want to give it back", given)
    assert state_of(talk)[0] == "Return"
    await talk.say("i want to give it back", {"activeContexts": []})
    assert state_of(talk)[0] == "FallbackIntent"


async def test_contexts_open_with_the_fulfilment_even_when_another_intent_is_started_next() -> None:
    context: Document = {**CONTEXT, "turnsToLive": 5}
    buy = intent(
        "Buy",
        "buy {Size} now",
        slots=[slot("Size", "SizeType")],
        outputContexts=[context],
        intentClosingSetting={"nextStep": step("StartIntent", intent="Greet")},
    )
    talk = Conversation(served(buy, GREET))
    assert said(await talk.say("buy large now")) == ["Hi."]
    assert [(held.name, held.attributes) for held in talk.session.contexts] == [("bought", {"Size": "large"})]


async def test_a_default_value_comes_from_an_active_context_a_request_attribute_or_is_literal() -> None:
    defaults: Document = {
        "defaultValueSpecification": {
            "defaultValueList": [{"defaultValue": "#bought.Size"}, {"defaultValue": "<size>"}, {"defaultValue": "big"}]
        }
    }
    held: Document = {
        "activeContexts": [
            {
                "name": "bought",
                "timeToLive": {"timeToLiveInSeconds": 60, "turnsToLive": 1},
                "contextAttributes": {"Size": "small"},
            }
        ]
    }
    assert values(await Conversation(shop(defaults)).say("i want a shirt", held)) == {"Size": "small"}
    assert values(await Conversation(shop(defaults)).say("i want a shirt", size="large")) == {"Size": "large"}
    assert values(await Conversation(shop(defaults)).say("i want a shirt")) == {"Size": "big"}


async def test_dialog_action_and_intent_of_the_request_say_how_its_text_is_read() -> None:
    state: Document = {"dialogAction": {"type": "ElicitSlot", "slotToElicit": "Size"}, "intent": {"name": "OrderShirt"}}
    assert values(await Conversation(shop()).say("small", state)) == {"Size": "small"}


async def test_a_required_value_of_a_closed_type_beats_an_intent_that_is_only_likely() -> None:
    likely = intent("Large", "show me everything large", "large things in the shop")
    order = intent("OrderShirt", "i want a shirt", slots=[slot("Size", "SizeType"), slot("Count", "AMAZON.Number")])
    talk = Conversation(served(order, likely))
    await talk.say("i want a shirt")
    turn = await talk.say("large in the shop")
    assert values(turn) == {"Size": "large"}


async def test_a_switch_leaves_the_old_slots_behind_and_takes_those_in_the_text() -> None:
    send = intent("Send", "send {Count} parcels", slots=[slot("Count", "AMAZON.Number"), slot("Size", "SizeType")])
    order = intent("OrderShirt", "a {Size} shirt please", slots=[slot("Size", "SizeType"), slot("Note", "SizeType")])
    talk = Conversation(served(order, send))
    await talk.say("a large shirt please")
    turn = await talk.say("send 4 parcels")
    assert (values(turn), waits_for(turn)) == ({"Count": "4"}, "Size")
    assert turn.intent.confirmation_state == "None"


async def test_attempts_start_again_after_a_capture() -> None:
    talk = Conversation(shop())
    await talk.say("i want a shirt")
    await talk.say("purple elephants")
    await talk.say("large")
    assert said(await talk.say("purple elephants")) == ["Count again?"]
    assert talk.session.attempts == 1


CONFIRMATION: Document = {
    "promptSpecification": {**words("{Count} {Size}?"), "maxRetries": 1},
    "declinationResponse": words("Then which?"),
    "declinationNextStep": step("ElicitSlot", slot="Size", slots={"Size": {"value": {"interpretedValue": None}}}),
}


async def confirming(**more: Document) -> Conversation:
    talk = Conversation(shop(intentConfirmationSetting={**CONFIRMATION, **more}))
    await talk.say("a large shirt please")
    assert said(await talk.say("3")) == ["3 large?"]
    return talk


async def test_yes_but_with_another_value_changes_the_value_and_asks_again() -> None:
    talk = await confirming()
    turn = await talk.say("yes, but make it small")
    assert (said(turn), waits_for(turn)) == (["3 small?"], "ConfirmIntent")
    assert turn.intent.confirmation_state == "None"


async def test_an_intent_that_asks_again_after_a_refusal_is_in_progress_and_is_confirmed_again() -> None:
    talk = await confirming()
    turn = await talk.say("no")
    assert (said(turn), waits_for(turn)) == (["Then which?", "Size?"], "Size")
    assert (turn.intent.state, turn.intent.confirmation_state) == ("InProgress", "None")
    assert said(await talk.say("small")) == ["3 small?"]


async def test_a_missed_confirmation_prompts_again_up_to_its_retries() -> None:
    talk = await confirming()
    turn = await talk.say("purple elephants")
    assert (said(turn), talk.session.attempts) == (["3 large?"], 1)
    assert said(await talk.say("purple elephants")) == ["I did not get that."]


async def test_a_step_to_a_confirmation_that_is_switched_off_goes_on_to_the_fulfilment() -> None:
    off: Document = {"isActive": False, "promptSpecification": words("Sure?")}
    first: Document = {"nextStep": step("ConfirmIntent")}
    bot = shop(intentConfirmationSetting=off, initialResponseSetting=first, fulfillmentCodeHook={"enabled": False})
    talk = Conversation(bot)
    await talk.say("i want a shirt")
    assert state_of(talk) == ("OrderShirt", "Fulfilled")


async def test_what_a_step_sets_is_set_before_its_conditions_are_looked_at() -> None:
    branch: Document = {
        "name": "first",
        "condition": {"expressionString": '[count] = "0"'},
        "response": words("First."),
        "nextStep": step("EndConversation"),
    }
    setting: Document = {
        "nextStep": step("EvaluateConditional", sessionAttributes={"count": "0"}),
        "conditional": {"isActive": True, "conditionalBranches": [branch], "defaultBranch": {}},
    }
    assert said(await Conversation(shop(initialResponseSetting=setting)).say("i want a shirt")) == ["First."]


async def test_a_step_may_refer_to_slots_and_attributes_in_what_it_sets() -> None:
    given: Document = {"Size": {"value": {"interpretedValue": "{OrderShirt.Size}"}}}
    setting: Document = {
        "nextStep": step("StartIntent", intent="Wrap", sessionAttributes={"seen": "a {Size} one"}, slots=given)
    }
    wrap = intent("Wrap", "wrap it up", slots=[slot("Size", "SizeType"), slot("Count", "AMAZON.Number")])
    bot = shop(initialResponseSetting=setting)
    talk = Conversation(served(bot.intents["OrderShirt"], wrap))
    turn = await talk.say("a large shirt please")
    assert (values(turn), waits_for(turn)) == ({"Size": "large"}, "Count")
    assert talk.session.attributes == {"seen": "a large one"}


async def test_start_intent_of_the_same_intent_begins_it_with_empty_slots() -> None:
    again: Document = {"slotCaptureSetting": {"captureNextStep": step("StartIntent", intent="OrderShirt")}}
    talk = Conversation(shop(again, initialResponseSetting={"initialResponse": words("Welcome.")}))
    await talk.say("i want a shirt")
    turn = await talk.say("large")
    assert (said(turn), values(turn)) == (["Welcome.", "Size?"], {})


async def test_start_intent_may_suppress_the_initial_response() -> None:
    again = step("StartIntent", intent="OrderShirt", suppressNextMessage=True)
    talk = Conversation(
        shop(
            {"slotCaptureSetting": {"captureNextStep": again}}, initialResponseSetting={"initialResponse": words("Hi!")}
        )
    )
    await talk.say("i want a shirt")
    assert said(await talk.say("large")) == ["Size?"]


async def test_elicit_slot_may_be_in_another_intent() -> None:
    setting: Document = {"nextStep": step("ElicitSlot", slot="Size", intent="Wrap")}
    wrap = intent("Wrap", "wrap it up", slots=[slot("Size", "SizeType")])
    talk = Conversation(served(shop(initialResponseSetting=setting).intents["OrderShirt"], wrap))
    turn = await talk.say("i want a shirt")
    assert (turn.intent.name, waits_for(turn)) == ("Wrap", "Size")


async def test_close_intent_says_the_closing_response_and_end_conversation_leaves_the_state() -> None:
    closing: Document = {"closingResponse": words("Bye.")}
    for kind, expected in (("CloseIntent", ["Bye."]), ("EndConversation", [])):
        talk = Conversation(shop(initialResponseSetting={"nextStep": step(kind)}, intentClosingSetting=closing))
        assert said(await talk.say("i want a shirt")) == expected
        assert state_of(talk) == ("OrderShirt", "InProgress")


async def test_a_dialog_hook_that_answers_failed_takes_the_failure_path() -> None:
    setting: Document = {
        "nextStep": step("InvokeDialogCodeHook"),
        "codeHook": hooked(failureResponse=words("Try later."), failureNextStep=step("EndConversation")),
    }
    hook = FakeHook(answer("Delegate", intent={"name": "OrderShirt", "state": "Failed"}))
    talk = Conversation(shop(initialResponseSetting=setting), hook)
    assert said(await talk.say("i want a shirt")) == ["Try later."]
    assert state_of(talk) == ("OrderShirt", "Failed")


async def test_messages_that_come_with_delegate_replace_the_success_response() -> None:
    setting: Document = {
        "nextStep": step("InvokeDialogCodeHook"),
        "codeHook": hooked(successResponse=words("Configured.")),
    }
    talk = Conversation(shop(initialResponseSetting=setting), FakeHook(answer("Delegate", "From the hook.")))
    assert said(await talk.say("i want a shirt")) == ["From the hook.", "Size?"]


async def test_delegate_to_another_intent_runs_that_intent_from_its_start() -> None:
    setting: Document = {"nextStep": step("InvokeDialogCodeHook"), "codeHook": hooked()}
    talk = Conversation(shop(initialResponseSetting=setting), FakeHook(answer("Delegate", intent={"name": "Greet"})))
    turn = await talk.say("i want a shirt")
    assert (said(turn), turn.overridden) == (["Hi."], True)


async def test_a_hook_of_the_old_flow_hears_misses_and_confirmations_and_may_fill_the_slot() -> None:
    confirmation: Document = {"promptSpecification": {**words("Right?"), "maxRetries": 1}}
    slots: Document = {"Size": {"value": {"interpretedValue": "large"}}}
    hook = FakeHook(answer("Delegate"), answer("Delegate", intent={"name": "OrderShirt", "slots": slots}))
    talk = Conversation(shop(intentConfirmationSetting=confirmation), hook)
    await talk.say("i want a shirt")
    turn = await talk.say("purple elephants")
    assert (values(turn), waits_for(turn)) == ({"Size": "large"}, "Count")
    proposed = hook.events[1].proposed_next_state
    assert proposed is not None
    assert proposed.prompt is not None
    assert proposed.prompt.attempt == "Retry1"
    await talk.say("3")
    await talk.say("purple elephants")
    assert len(hook.events) == 4


async def test_a_failing_elicitation_hook_takes_the_capture_hooks_failure_path_or_is_a_dependency_failure() -> None:
    on: Document = {"elicitationCodeHook": {"enableCodeHookInvocation": True, "invocationLabel": "Asked"}}
    path = hooked(failureResponse=words("Down."), failureNextStep=step("EndConversation"))
    talk = Conversation(shop({"slotCaptureSetting": {**on, "codeHook": path}}), FakeHook(HookFailed("down")))
    await talk.say("i want a shirt")
    assert said(await talk.say("large")) == ["Down."]
    talk = Conversation(shop({"slotCaptureSetting": on}), FakeHook(HookFailed("down")))
    await talk.say("i want a shirt")
    with pytest.raises(DependencyFailed):
        await talk.say("large")


async def test_a_fulfilment_hook_may_ask_again() -> None:
    loop = answer("ElicitSlot", "How many really?", slot="Count")
    talk = Conversation(
        shop(fulfillmentCodeHook={"enabled": True}, initialResponseSetting={"nextStep": step("FulfillIntent")}),
        FakeHook(loop),
    )
    turn = await talk.say("i want a shirt")
    assert (said(turn), waits_for(turn), turn.intent.state) == (["How many really?"], "Count", "InProgress")


async def test_a_hook_may_ask_for_the_confirmation_of_another_intent() -> None:
    sure = intent("Sure", "are you sure", intentConfirmationSetting={"promptSpecification": words("Sure?")})
    setting: Document = {"nextStep": step("InvokeDialogCodeHook"), "codeHook": hooked()}
    bot = served(shop(initialResponseSetting=setting).intents["OrderShirt"], sure)
    talk = Conversation(bot, FakeHook(answer("ConfirmIntent", intent={"name": "Sure"})))
    turn = await talk.say("i want a shirt")
    assert (turn.intent.name, said(turn), waits_for(turn)) == ("Sure", ["Sure?"], "ConfirmIntent")


@pytest.mark.parametrize("state", ["Fulfilled", "Failed", "InProgress", "ReadyForFulfillment"])
async def test_close_ends_the_conversation_in_any_state(state: str) -> None:
    setting: Document = {"nextStep": step("InvokeDialogCodeHook"), "codeHook": hooked()}
    hook = FakeHook(answer("Close", intent={"name": "OrderShirt", "state": state}))
    talk = Conversation(shop(initialResponseSetting=setting), hook)
    assert waits_for(await talk.say("i want a shirt")) == "Close"
    assert state_of(talk) == ("OrderShirt", state)


async def test_yes_and_no_are_said_in_the_words_of_the_locale() -> None:
    order = intent("Pedido", "quiero una camisa", intentConfirmationSetting={"promptSpecification": words("¿Seguro?")})
    bot = served(order)
    spanish = bot.locale.model_copy(update={"identifier": "es_ES"})
    for text, expected in (("sí, claro", "Confirmed"), ("no", "Denied")):
        talk = Conversation(ServedLocale(bot.bot, spanish, bot.understanding))
        await talk.say("quiero una camisa")
        assert (await talk.say(text)).intent.confirmation_state == expected
