"""When the dialog hook is called, with what, and what its answer does: rules hook."""

import pytest

from services.lex.bots import ServedLocale
from tests.lex.conversation import (
    Conversation,
    Document,
    FakeHook,
    answer,
    hooked,
    said,
    stands,
    step,
    values,
    waits_for,
    words,
)
from tests.lex.rules.shop import (
    CALLS,
    CONFIRM,
    DIALOG,
    FULFILMENT,
    HOOKED,
    NOISE,
    ORDER,
    asked,
    calling,
    capture,
    shop,
)


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
    assert await asked(hook, calling(hooked() | off)) == (["Size?"], "Size")
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
@pytest.mark.parametrize(
    ("path", "next_slot"),
    [
        ({}, "Count"),
        ({"captureNextStep": step("ElicitSlot", slot="Count")}, "Count"),
        ({"captureNextStep": CALLS, "codeHook": hooked()}, "Count"),
        ({"captureNextStep": step("EndConversation")}, None),
    ],
    ids=["default flow", "next step", "another hook", "end"],
)
async def test_an_elicitation_hook_hears_what_is_asked_after_the_answer(path: Document, next_slot: str | None) -> None:
    hook = FakeHook()
    setting = {"elicitationCodeHook": {"enableCodeHookInvocation": True}} | path
    talk = Conversation(shop(capture(**setting), dialogCodeHook=HOOKED), hook)
    await talk.say("i want a shirt")
    await talk.say("large")
    proposed = hook.events[0].proposed_next_state
    action = proposed.dialog_action if proposed else None
    assert (action.slot_to_elicit if action else None) == next_slot


@pytest.mark.rule("hook-6")
async def test_an_elicitation_hook_hears_every_answer_that_does_not_fill_the_slot() -> None:
    hook = FakeHook()
    talk = Conversation(shop(ASKS, dialogCodeHook=HOOKED), hook)
    for text in ("i want a shirt", "3", NOISE, NOISE):
        await talk.say(text)
    assert heard(hook) == [("SizePrompt", "3"), ("SizePrompt", NOISE), ("SizePrompt", NOISE)]
    proposed = [event.proposed_next_state for event in hook.events]
    attempts = [state.prompt.attempt if state and state.prompt else None for state in proposed]
    assert attempts == ["Initial", "Retry1", None]  # the prompt has one retry: after it, nothing is asked any more


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
        await asked(hook, calling(hooked() | {"invocationLabel": label}))
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
    assert (values(turn), waits_for(turn), len(hook.events)) == ({"Size": "large"}, "Count", 2)
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
    bot = calling(hooked(successResponse=words("Fine."), successNextStep=step("ElicitSlot", slot="Count")) | off)
    hook = FakeHook()
    for bound in (hook, None):
        assert await asked(bound, bot) == (["Fine.", "Count?"], "Count")
    assert hook.events == []


@pytest.mark.rule("hook-3")
async def test_the_event_says_what_was_heard_and_what_would_come_next() -> None:
    hook = FakeHook()
    await Conversation(calling(), hook).say("a big shirt please", {"sessionAttributes": {"a": "1"}})
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
