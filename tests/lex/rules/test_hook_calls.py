"""When the dialog hook is called, with what, and what its answer does: rules hook."""

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
    stands,
    step,
    values,
    waits_for,
    words,
)
from tests.lex.rules.shop import CONFIRM, ENDS, GREET, HOOKED, NOISE, ORDER, branching, capture, order, shop

CALLS = step("InvokeDialogCodeHook")
DIALOG, FULFILMENT = "DialogCodeHook", "FulfillmentCodeHook"
WRAP = intent("Wrap", "wrap it up", slots=[slot("Size", "SizeType")], intentConfirmationSetting=CONFIRM)


def first(call: Document | None = None, **outcomes: object) -> ServedLocale:
    """A shop whose orders begin with a call of the hook."""
    setting: Document = {"nextStep": CALLS, "codeHook": call or hooked(**outcomes)}
    return served(order(dialogCodeHook=HOOKED, initialResponseSetting=setting), GREET, WRAP)


async def asked(hook: FakeHook, bot: ServedLocale | None = None, text: str = "i want a shirt") -> tuple[object, ...]:
    """What the bot says after the hook's answer, and what it then waits for."""
    turn = await Conversation(bot or first(), hook).say(text)
    return said(turn), waits_for(turn)


@pytest.mark.rule("hook-1")
@pytest.mark.parametrize("switch", [{"enabled": False}, {}])
async def test_no_dialog_hook_is_called_in_an_intent_that_has_it_switched_off(switch: Document) -> None:
    hook = FakeHook()
    calling = capture(captureNextStep=CALLS, codeHook=hooked(), elicitationCodeHook={"enableCodeHookInvocation": True})
    confirmation = CONFIRM | {"elicitationCodeHook": {"enableCodeHookInvocation": True}}
    bot = shop(
        calling,
        dialogCodeHook=switch,
        initialResponseSetting={"nextStep": CALLS, "codeHook": hooked()},
        intentConfirmationSetting=confirmation,
    )
    talk = Conversation(bot, hook)
    for text in ("i want a shirt", "large", "3", "yes"):
        turn = await talk.say(text)
    assert (stands(turn)[2], hook.events) == ("Confirmed", [])


@pytest.mark.rule("hook-2")
@pytest.mark.parametrize("off", [{"enableCodeHookInvocation": False}, {"isActive": False}])
async def test_no_hook_is_called_at_a_point_that_has_it_switched_off(off: Document) -> None:
    hook = FakeHook()
    assert await asked(hook, first(hooked() | off)) == (["Size?"], "Size")
    talk = Conversation(
        shop(capture(elicitationCodeHook={"enableCodeHookInvocation": False}), dialogCodeHook=HOOKED), hook
    )
    await talk.say("i want a shirt")
    await talk.say("large")
    assert hook.events == []


@pytest.mark.rule("hook-3")
async def test_the_initial_response_may_call_it() -> None:
    hook = FakeHook()
    await asked(hook)
    assert hook.sources == [DIALOG]


@pytest.mark.rule("hook-4")
async def test_a_captured_slot_may_call_it() -> None:
    hook = FakeHook()
    talk = Conversation(shop(capture(captureNextStep=CALLS, codeHook=hooked()), dialogCodeHook=HOOKED), hook)
    await talk.say("i want a shirt")
    await talk.say(NOISE)
    assert hook.events == []
    await talk.say("large")
    await talk.say("3")
    assert hook.sources == [DIALOG]
    acting = hook.events[0].session_state.intent
    assert acting is not None
    assert acting.slots["Size"] is not None


ASKS = capture(elicitationCodeHook={"enableCodeHookInvocation": True, "invocationLabel": "SizePrompt"})


def heard(hook: FakeHook) -> list[tuple[str | None, str]]:
    return [(event.invocation_label, event.input_transcript) for event in hook.events]


@pytest.mark.rule("hook-5")
async def test_an_elicitation_hook_hears_an_answer_that_fills_the_slot() -> None:
    hook = FakeHook()
    talk = Conversation(shop(ASKS, dialogCodeHook=HOOKED), hook)
    await talk.say("i want a shirt")
    await talk.say("large")
    await talk.say("3")
    assert heard(hook) == [("SizePrompt", "large")]


@pytest.mark.rule("hook-6")
async def test_an_elicitation_hook_hears_every_answer_that_does_not_fill_the_slot() -> None:
    hook = FakeHook()
    talk = Conversation(shop(ASKS, dialogCodeHook=HOOKED), hook)
    for text in ("i want a shirt", "3", NOISE, NOISE):
        await talk.say(text)
    assert heard(hook) == [("SizePrompt", "3"), ("SizePrompt", NOISE), ("SizePrompt", NOISE)]
    proposed = [event.proposed_next_state for event in hook.events]
    attempts = [state.prompt.attempt for state in proposed if state and state.prompt]
    assert attempts == ["Initial", "Retry1", "Retry2"]


@pytest.mark.rule("hook-6")
async def test_an_elicitation_hook_may_fill_the_slot_that_was_missed() -> None:
    filled: Document = {"Size": {"value": {"interpretedValue": "large"}}}
    hook = FakeHook(answer("Delegate", intent={"name": ORDER, "slots": filled}))
    talk = Conversation(shop(ASKS, dialogCodeHook=HOOKED), hook)
    await talk.say("i want a shirt")
    turn = await talk.say(NOISE)
    assert (values(turn), waits_for(turn)) == ({"Size": "large"}, "Count")


@pytest.mark.rule("hook-7")
async def test_the_call_says_its_label() -> None:
    for label in ("Greeting", None):
        hook = FakeHook()
        await asked(hook, first(hooked() | {"invocationLabel": label}))
        assert [event.invocation_label for event in hook.events] == [label]


@pytest.mark.rule("hook-8")
@pytest.mark.parametrize(
    ("texts", "path", "confirmation"),
    [(["yes"], "confirmation", "Confirmed"), (["no"], "declination", "Denied"), ([NOISE, NOISE], "failure", "None")],
)
async def test_the_confirmation_may_call_it_after_yes_no_and_failure(
    texts: list[str], path: str, confirmation: str
) -> None:
    hook = FakeHook()
    setting = CONFIRM | {f"{path}NextStep": CALLS, "codeHook": hooked(successResponse=words("Checked."))}
    talk = Conversation(shop(intentConfirmationSetting=setting, dialogCodeHook=HOOKED), hook)
    await talk.say("2 big shirts please")
    for text in texts:
        turn = await talk.say(text)
    assert (said(turn)[0], hook.sources) == ("Checked.", [DIALOG])
    acting = hook.events[0].session_state.intent
    assert acting is not None
    assert (acting.state, acting.confirmation_state) == ("InProgress", confirmation)


@pytest.mark.rule("hook-9")
@pytest.mark.parametrize("text", ["yes", "no", NOISE, "make it small"])
async def test_a_confirmations_elicitation_hook_hears_every_answer(text: str) -> None:
    hook = FakeHook()
    told = {"enableCodeHookInvocation": True, "invocationLabel": "Sure"}
    setting = CONFIRM | {"elicitationCodeHook": told}
    talk = Conversation(shop(intentConfirmationSetting=setting, dialogCodeHook=HOOKED), hook)
    await talk.say("2 big shirts please")
    assert hook.events == []
    await talk.say(text)
    assert heard(hook) == [("Sure", text)]


@pytest.mark.rule("hook-9")
async def test_a_confirmations_elicitation_hook_may_decide() -> None:
    setting = CONFIRM | {"elicitationCodeHook": {"enableCodeHookInvocation": True}}
    for text in ("yes", "no", NOISE, "make it small"):
        hook = FakeHook(answer("ElicitSlot", "How many?", slot="Count"))
        talk = Conversation(shop(intentConfirmationSetting=setting, dialogCodeHook=HOOKED), hook)
        await talk.say("2 big shirts please")
        turn = await talk.say(text)
        assert (said(turn), waits_for(turn)) == (["How many?"], "Count")


def old(**settings: object) -> ServedLocale:
    """A shop as exports had it before August 2022."""
    return shop(dialogCodeHook=HOOKED, intentConfirmationSetting=CONFIRM, **settings)


@pytest.mark.rule("hook-10")
async def test_a_bot_of_the_old_flow_is_asked_on_every_turn_of_the_intent() -> None:
    hook = FakeHook()
    talk = Conversation(old(fulfillmentCodeHook={"enabled": True}), hook)
    texts = ["i want a shirt", NOISE, "large", "3", NOISE, "no, make it small"]
    for text in texts:
        await talk.say(text)
    assert [event.input_transcript for event in hook.events] == texts
    assert hook.sources == [DIALOG] * len(texts)
    await talk.say("yes")
    assert hook.sources[len(texts) :] == [DIALOG, FULFILMENT]
    await talk.say("greetings friend")
    assert len(hook.events) == len(texts) + 2  # another intent, without a hook


@pytest.mark.rule("hook-10")
async def test_a_hook_of_the_old_flow_hears_a_miss_and_may_fill_the_slot() -> None:
    slots: Document = {"Size": {"value": {"interpretedValue": "large"}}}
    hook = FakeHook(answer("Delegate"), answer("Delegate", intent={"name": ORDER, "slots": slots}))
    talk = Conversation(old(), hook)
    await talk.say("i want a shirt")
    turn = await talk.say(NOISE)
    assert (values(turn), waits_for(turn)) == ({"Size": "large"}, "Count")
    proposed = hook.events[1].proposed_next_state
    assert proposed is not None
    assert proposed.prompt is not None
    assert proposed.prompt.attempt == "Retry1"


@pytest.mark.rule("hook-3", "hook-4", "fulfilment-1")
async def test_the_hook_is_called_at_the_start_after_a_capture_and_for_the_fulfilment() -> None:
    hook = FakeHook()
    bot = shop(
        capture(captureNextStep=CALLS, codeHook=hooked()),
        dialogCodeHook=HOOKED,
        initialResponseSetting={"nextStep": CALLS, "codeHook": hooked()},
        intentConfirmationSetting=CONFIRM,
        fulfillmentCodeHook={"enabled": True},
    )
    talk = Conversation(bot, hook)
    for text in ("i want a shirt", "large", "3", "yes"):
        turn = await talk.say(text)
    assert (hook.sources, stands(turn)) == ([DIALOG, DIALOG, FULFILMENT], (ORDER, "Fulfilled", "Confirmed"))
    acting = hook.events[2].session_state.intent
    assert acting is not None
    assert (acting.state, acting.confirmation_state) == ("ReadyForFulfillment", "Confirmed")


@pytest.mark.rule("hook-11")
async def test_a_bot_of_the_old_flow_is_asked_with_the_slots_filled() -> None:
    hook = FakeHook()
    await Conversation(old(), hook).say("a big shirt please")
    acting = hook.events[0].session_state.intent
    assert acting is not None
    assert acting.slots["Size"] is not None
    assert acting.slots["Count"] is None


@pytest.mark.rule("hook-12")
async def test_a_bot_of_the_old_flow_is_asked_before_the_next_prompt() -> None:
    hook = FakeHook(answer("ElicitSlot", "From the hook.", slot="Count"), answer("Delegate"))
    talk = Conversation(old(), hook)
    turn = await talk.say("a big shirt please")
    assert (said(turn), waits_for(turn)) == (["From the hook."], "Count")
    proposed = hook.events[0].proposed_next_state
    assert proposed is not None
    assert proposed.dialog_action is not None
    assert (proposed.dialog_action.type, proposed.dialog_action.slot_to_elicit) == ("ElicitSlot", "Count")


@pytest.mark.rule("hook-13")
@pytest.mark.parametrize("off", [{"enableCodeHookInvocation": False}, {"isActive": False}])
async def test_a_hook_that_is_switched_off_counts_as_having_succeeded(off: Document) -> None:
    bot = first(hooked(successResponse=words("Fine."), successNextStep=step("ElicitSlot", slot="Count")) | off)
    hook = FakeHook()
    for bound in (hook, None):
        assert await asked(bound, bot) == (["Fine.", "Count?"], "Count")
    assert hook.events == []


@pytest.mark.rule("hook-14")
async def test_delegate_takes_the_success_path() -> None:
    known = branching(("fn.IS_SET({Size})", "I see.", ENDS), default={"nextStep": step("ElicitSlot", slot="Count")})
    bot = first(successResponse=words("Fine."), successConditional=known, successNextStep=step("EvaluateConditional"))
    assert await asked(FakeHook(), bot) == (["Fine.", "Count?"], "Count")
    assert await asked(FakeHook(), bot, "a big shirt please") == (["Fine.", "I see."], "Close")


@pytest.mark.rule("hook-14")
async def test_delegate_goes_on_with_the_slots_that_it_returns() -> None:
    slots: Document = {"Size": {"value": {"interpretedValue": "small"}}}
    turn = await Conversation(first(), FakeHook(answer("Delegate", intent={"name": ORDER, "slots": slots}))).say(
        "2 big shirts please"
    )
    assert (values(turn), waits_for(turn)) == ({"Size": "small"}, "Count")  # a slot that is missing is empty


@pytest.mark.rule("hook-15")
async def test_delegate_without_a_success_path_goes_on_by_default() -> None:
    assert await asked(FakeHook()) == (["Size?"], "Size")
    assert await asked(FakeHook(), text="a big shirt please") == (["Count?"], "Count")


@pytest.mark.rule("hook-14")
async def test_delegate_to_another_intent_runs_that_intent_from_its_start() -> None:
    turn = await Conversation(first(), FakeHook(answer("Delegate", intent={"name": "Greet"}))).say("i want a shirt")
    assert (said(turn), turn.overridden) == (["Hi."], True)


@pytest.mark.rule("hook-16")
async def test_elicit_slot_is_obeyed() -> None:
    assert await asked(FakeHook(answer("ElicitSlot", slot="Count"))) == (["Count?"], "Count")
    talk = Conversation(first(), FakeHook(answer("ElicitSlot", slot="Size", intent={"name": "Wrap"})))
    turn = await talk.say("i want a shirt")
    assert (stands(turn)[0], waits_for(turn), turn.overridden) == ("Wrap", "Size", True)


@pytest.mark.rule("hook-16")
async def test_confirm_intent_is_obeyed() -> None:
    assert await asked(FakeHook(answer("ConfirmIntent", "Really?"))) == (["Really?"], "ConfirmIntent")
    turn = await Conversation(first(), FakeHook(answer("ConfirmIntent", intent={"name": "Wrap"}))).say("i want a shirt")
    assert (stands(turn)[0], waits_for(turn)) == ("Wrap", "ConfirmIntent")


@pytest.mark.rule("hook-16")
async def test_elicit_intent_is_obeyed_and_drops_the_intent() -> None:
    talk = Conversation(first(), FakeHook(answer("ElicitIntent", "What else?")))
    turn = await talk.say("i want a shirt")
    assert (said(turn), waits_for(turn), talk.session.intent) == (["What else?"], "ElicitIntent", None)
    assert said(await talk.say("greetings friend")) == ["Hi."]


@pytest.mark.rule("hook-16")
@pytest.mark.parametrize("state", ["Fulfilled", "Failed", "InProgress", "ReadyForFulfillment"])
async def test_close_is_obeyed_in_any_state(state: str) -> None:
    closing = {"intentClosingSetting": {"closingResponse": words("Bye.")}}
    setting = {"nextStep": CALLS, "codeHook": hooked()}
    bot = shop(dialogCodeHook=HOOKED, initialResponseSetting=setting, **closing)
    talk = Conversation(bot, FakeHook(answer("Close", "Closed.", intent={"name": ORDER, "state": state})))
    turn = await talk.say("i want a shirt")
    assert (said(turn), waits_for(turn), stands(turn)[:2]) == (["Closed."], "Close", (ORDER, state))


@pytest.mark.rule("hook-17")
async def test_the_hooks_messages_are_sent_and_remembered() -> None:
    for reply in (
        answer("ElicitSlot", "One.", "Two.", slot="Size"),
        answer("ConfirmIntent", "One.", "Two."),
        answer("ElicitIntent", "One.", "Two."),
        answer("Close", "One.", "Two.", intent={"name": ORDER, "state": "Fulfilled"}),
    ):
        talk = Conversation(first(), FakeHook(reply))
        assert said(await talk.say("i want a shirt")) == ["One.", "Two."]
        assert [message.content for message in talk.session.messages] == ["One.", "Two."]


@pytest.mark.rule("hook-18")
async def test_the_next_turn_goes_on_from_where_the_hook_has_led() -> None:
    talk = Conversation(first(), FakeHook(answer("ElicitSlot", "How many?", slot="Count")))
    await talk.say("i want a shirt")
    turn = await talk.say("3")
    assert (values(turn), waits_for(turn)) == ({"Count": "3"}, "Size")
    known: Document = {"Size": {"value": {"interpretedValue": "small"}}}
    talk = Conversation(first(), FakeHook(answer("ConfirmIntent", "Really?", intent={"name": "Wrap", "slots": known})))
    await talk.say("i want a shirt")
    turn = await talk.say("yes")
    assert stands(turn) == ("Wrap", "ReadyForFulfillment", "Confirmed")


PATHS: Document = {
    "failureResponse": words("Down."),
    "failureNextStep": ENDS,
    "timeoutResponse": words("Slow."),
    "timeoutNextStep": step("ElicitSlot", slot="Count"),
}


@pytest.mark.rule("hook-19")
async def test_a_hook_that_raises_takes_the_failure_path() -> None:
    talk = Conversation(first(**PATHS), FakeHook(HookFailed("down")))
    turn = await talk.say("i want a shirt")
    assert (said(turn), waits_for(turn), stands(turn)[:2]) == (["Down."], "Close", (ORDER, "Failed"))
    branches = branching(("fn.IS_SET({Size})", "And I had heard {Size}.", ENDS))
    bot = first(failureConditional=branches, failureNextStep=step("StartIntent", intent="Greet"))
    assert (await asked(FakeHook(HookFailed("down")), bot))[0] == ["Hi."]
    assert (await asked(FakeHook(HookFailed("down")), bot, "a big shirt please"))[0] == ["And I had heard large."]


@pytest.mark.rule("hook-20")
async def test_a_hook_that_delegates_as_failed_takes_the_failure_path() -> None:
    fails = answer("Delegate", intent={"name": ORDER, "state": "Failed"})
    talk = Conversation(first(**PATHS), FakeHook(fails))
    turn = await talk.say("i want a shirt")
    assert (said(turn), stands(turn)[:2]) == (["Down."], (ORDER, "Failed"))
    with_message = answer("Delegate", "Out of order.", intent={"name": ORDER, "state": "Failed"})
    assert (await asked(FakeHook(with_message), first(**PATHS)))[0] == ["Out of order."]


@pytest.mark.rule("hook-21")
async def test_a_hook_that_is_too_slow_takes_the_timeout_path() -> None:
    assert await asked(FakeHook(HookTimedOut()), first(**PATHS)) == (["Slow.", "Count?"], "Count")
    only_failure = first(failureResponse=words("Down."), failureNextStep=ENDS)
    assert await asked(FakeHook(HookTimedOut()), only_failure) == (["Down."], "Close")


@pytest.mark.rule("hook-22")
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (HookFailed("Invalid Lambda Response: whatever it was"), "Invalid Lambda Response: whatever it was"),
        (HookTimedOut(), "Received error response from Lambda: Unhandled: it did not answer in time"),
        (answer("Delegate", intent={"name": ORDER, "state": "Failed"}), "Received error response from Lambda: Handled"),
        ({"sessionState": {}}, "invalid response from Lambda: sessionState.dialogAction is missing"),
        (answer("ElicitSlot", slot="Colour"), "ElicitSlot needs a slotToElicit that the intent has"),
        (answer("ElicitIntent"), "ElicitIntent needs a message"),
        (answer("Close", intent={"name": ORDER}), "Close needs the intent's state"),
        (answer("Delegate", intent={"name": "Nothing"}), "the bot has no such intent"),
        (answer("Delegate", intent={"name": ORDER, "slots": {"Colour": None}}), "the intent has no such slot"),
        (answer("ElicitSlot", "x" * 1025, slot="Size"), "the messages are not valid"),
        (answer("ElicitSlot", *["x"] * 11, slot="Size"), "more than 10 messages"),
    ],
)
async def test_without_a_path_the_request_fails_and_says_why(fault: Document | Exception, reason: str) -> None:
    with pytest.raises(DependencyFailed) as caught:
        await asked(FakeHook(fault))
    assert (caught.value.status, caught.value.kind) == (424, "DependencyFailedException")
    assert caught.value.message.endswith(reason)


@pytest.mark.rule("hook-22")
async def test_an_elicitation_hook_fails_by_the_paths_of_its_capture() -> None:
    on: Document = {"elicitationCodeHook": {"enableCodeHookInvocation": True, "invocationLabel": "Asked"}}
    talk = Conversation(
        shop(capture(**on, codeHook=hooked(**PATHS)), dialogCodeHook=HOOKED), FakeHook(HookFailed("down"))
    )
    await talk.say("i want a shirt")
    assert said(await talk.say("large")) == ["Down."]
    talk = Conversation(shop(capture(**on), dialogCodeHook=HOOKED), FakeHook(HookFailed("down")))
    await talk.say("i want a shirt")
    with pytest.raises(DependencyFailed):
        await talk.say("large")


CARD: Document = {"contentType": "ImageResponseCard", "imageResponseCard": {"title": "Sizes", "buttons": []}}


@pytest.mark.rule("hook-22")
@pytest.mark.parametrize(
    ("change", "taken"),
    [
        ({}, True),
        ({"buttons": [{"text": "Big", "value": "large"}] * 5}, True),
        ({"buttons": [{"text": "Big", "value": "large"}] * 6}, False),
        ({"buttons": [{"text": "x" * 51, "value": "large"}]}, False),
        ({"title": ""}, False),
        ({"title": "x" * 251}, False),
        ({"subtitle": "x" * 251}, False),
    ],
)
async def test_a_card_has_the_bounds_of_lex(change: Document, taken: bool) -> None:
    reply = answer("ElicitSlot", slot="Size")
    reply["messages"] = [CARD | {"imageResponseCard": {**CARD["imageResponseCard"], **change}}]
    assert await asked(FakeHook(reply), first(**PATHS)) == (([None], "Size") if taken else (["Down."], "Close"))


@pytest.mark.rule("hook-23")
async def test_the_hooks_messages_take_the_place_of_those_configured() -> None:
    bot = first(successResponse=words("Configured."))
    assert await asked(FakeHook(answer("Delegate", "From the hook.")), bot) == (["From the hook.", "Size?"], "Size")
    assert await asked(FakeHook(answer("Delegate")), bot) == (["Configured.", "Size?"], "Size")
    assert (await asked(FakeHook(answer("ElicitSlot", "How many?", slot="Count"))))[0] == ["How many?"]


@pytest.mark.rule("hook-24")
async def test_the_hook_is_not_called_twice_about_the_same_in_one_turn() -> None:
    for outcomes in ({}, {"successNextStep": step("ElicitSlot", slot="Size")}):
        hook = FakeHook()
        bot = shop(
            capture(captureNextStep=CALLS, codeHook=hooked()),
            dialogCodeHook=HOOKED,
            initialResponseSetting={"nextStep": CALLS, "codeHook": hooked(**outcomes)},
        )
        turn = await Conversation(bot, hook).say("a big shirt please")
        assert (waits_for(turn), hook.sources) == ("Count", [DIALOG])
    hook = FakeHook()
    both = {"elicitationCodeHook": {"enableCodeHookInvocation": True}, "codeHook": hooked(), "captureNextStep": CALLS}
    talk = Conversation(shop(capture(**both), dialogCodeHook=HOOKED), hook)
    await talk.say("i want a shirt")
    await talk.say("large")
    assert hook.sources == [DIALOG]


def fulfilling() -> ServedLocale:
    return shop(
        initialResponseSetting={"initialResponse": words("Welcome.")},
        fulfillmentCodeHook={
            "enabled": True,
            "postFulfillmentStatusSpecification": {
                "successResponse": words("Done."),
                "failureResponse": words("Failed."),
                "failureNextStep": ENDS,
            },
        },
        intentClosingSetting={"closingResponse": words("Bye.")},
    )


@pytest.mark.rule("hook-25")
async def test_after_fulfilment_the_hooks_messages_win_over_the_configured_ones() -> None:
    for state, expected in (("Fulfilled", ["Order 7.", "Bye."]), ("Failed", ["Order 7."])):
        hook = FakeHook(answer("Close", "Order 7.", intent={"name": ORDER, "state": state}))
        assert said(await Conversation(fulfilling(), hook).say("2 big shirts please"))[1:] == expected


@pytest.mark.rule("hook-26")
async def test_the_closing_response_follows_the_hooks_messages_when_the_path_leads_there() -> None:
    hook = FakeHook(answer("Delegate", "Order 7."))
    assert said(await Conversation(fulfilling(), hook).say("2 big shirts please"))[1:] == ["Order 7.", "Bye."]


@pytest.mark.rule("hook-3")
async def test_the_event_says_what_was_heard_and_what_would_come_next() -> None:
    hook = FakeHook()
    await Conversation(first(), hook).say("a big shirt please", {"sessionAttributes": {"a": "1"}})
    event = hook.events[0]
    assert (event.bot.id, event.input_transcript, event.input_mode) == ("SHOPBOT001", "a big shirt please", "Text")
    assert event.session_state.session_attributes == {"a": "1"}
    acting = event.session_state.intent
    assert acting is not None
    assert (acting.state, acting.confirmation_state, acting.slots.keys()) == ("InProgress", "None", {"Size", "Count"})
    assert acting.slots["Count"] is None
    assert event.interpretations[0].intent.name == ORDER
    assert isinstance(event.interpretations[0].nlu_confidence, float)
    proposed = event.proposed_next_state
    assert proposed is not None
    assert proposed.dialog_action is not None
    assert proposed.dialog_action.slot_to_elicit == "Count"


@pytest.mark.rule("hook-14")
async def test_absent_session_attributes_stay_and_given_ones_replace() -> None:
    for given, expected in (({}, {"a": "1"}), ({"sessionAttributes": {"b": "2"}}, {"b": "2"})):
        talk = Conversation(first(), FakeHook(answer("Delegate", **given)))
        await talk.say("i want a shirt", {"sessionAttributes": {"a": "1"}})
        assert talk.session.attributes == expected
