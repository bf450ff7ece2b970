"""What the answer of the dialog hook does: rules hook-14 to hook-26."""

import pytest

from services.lex.bots import ServedLocale
from services.lex.errors import DependencyFailed, HookFailed, HookTimedOut
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
    DIALOG,
    ENDS,
    HOOKED,
    ORDER,
    asked,
    branching,
    calling,
    capture,
    shop,
)


@pytest.mark.rule("hook-14")
async def test_delegate_takes_the_success_path() -> None:
    known = branching(("fn.IS_SET({Size})", "I see.", ENDS), default={"nextStep": step("ElicitSlot", slot="Count")})
    bot = calling(successResponse=words("Fine."), successConditional=known, successNextStep=step("EvaluateConditional"))
    assert await asked(FakeHook(), bot) == (["Fine.", "Count?"], "Count")
    assert await asked(FakeHook(), bot, "a big shirt please") == (["Fine.", "I see."], "Close")


@pytest.mark.rule("hook-14")
async def test_delegate_goes_on_with_the_slots_that_it_returns() -> None:
    slots: Document = {"Size": {"value": {"interpretedValue": "small"}}}
    turn = await Conversation(calling(), FakeHook(answer("Delegate", intent={"name": ORDER, "slots": slots}))).say(
        "2 big shirts please"
    )
    assert (values(turn), waits_for(turn)) == ({"Size": "small"}, "Count")  # a slot that is missing is empty


@pytest.mark.rule("hook-15")
async def test_delegate_without_a_success_path_goes_on_by_default() -> None:
    assert await asked(FakeHook()) == (["Size?"], "Size")
    assert await asked(FakeHook(), text="a big shirt please") == (["Count?"], "Count")


@pytest.mark.rule("hook-14")
async def test_delegate_to_another_intent_runs_that_intent_from_its_start() -> None:
    turn = await Conversation(calling(), FakeHook(answer("Delegate", intent={"name": "Greet"}))).say("i want a shirt")
    assert (said(turn), turn.overridden) == (["Hi."], True)


@pytest.mark.rule("hook-16")
async def test_elicit_slot_is_obeyed() -> None:
    assert await asked(FakeHook(answer("ElicitSlot", slot="Count"))) == (["Count?"], "Count")
    talk = Conversation(calling(), FakeHook(answer("ElicitSlot", slot="Size", intent={"name": "Wrap"})))
    turn = await talk.say("i want a shirt")
    assert (stands(turn)[0], waits_for(turn), turn.overridden) == ("Wrap", "Size", True)


@pytest.mark.rule("hook-16")
async def test_confirm_intent_is_obeyed() -> None:
    assert await asked(FakeHook(answer("ConfirmIntent", "Really?"))) == (["Really?"], "ConfirmIntent")
    turn = await Conversation(calling(), FakeHook(answer("ConfirmIntent", intent={"name": "Wrap"}))).say(
        "i want a shirt"
    )
    assert (stands(turn)[0], waits_for(turn)) == ("Wrap", "ConfirmIntent")


@pytest.mark.rule("hook-16")
async def test_elicit_intent_is_obeyed_and_drops_the_intent() -> None:
    talk = Conversation(calling(), FakeHook(answer("ElicitIntent", "What else?")))
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
        talk = Conversation(calling(), FakeHook(reply))
        assert said(await talk.say("i want a shirt")) == ["One.", "Two."]
        assert [message.content for message in talk.session.messages] == ["One.", "Two."]


@pytest.mark.rule("hook-18")
async def test_the_next_turn_goes_on_from_where_the_hook_has_led() -> None:
    talk = Conversation(calling(), FakeHook(answer("ElicitSlot", "How many?", slot="Count")))
    await talk.say("i want a shirt")
    turn = await talk.say("3")
    assert (values(turn), waits_for(turn)) == ({"Count": "3"}, "Size")
    known: Document = {"Size": {"value": {"interpretedValue": "small"}}}
    talk = Conversation(
        calling(), FakeHook(answer("ConfirmIntent", "Really?", intent={"name": "Wrap", "slots": known}))
    )
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
    talk = Conversation(calling(**PATHS), FakeHook(HookFailed("down")))
    turn = await talk.say("i want a shirt")
    assert (said(turn), waits_for(turn), stands(turn)[:2]) == (["Down."], "Close", (ORDER, "Failed"))
    branches = branching(("fn.IS_SET({Size})", "And I had heard {Size}.", ENDS))
    bot = calling(failureConditional=branches, failureNextStep=step("StartIntent", intent="Greet"))
    assert (await asked(FakeHook(HookFailed("down")), bot))[0] == ["Hi."]
    assert (await asked(FakeHook(HookFailed("down")), bot, "a big shirt please"))[0] == ["And I had heard large."]


@pytest.mark.rule("hook-20")
async def test_a_hook_that_delegates_as_failed_takes_the_failure_path() -> None:
    fails = answer("Delegate", intent={"name": ORDER, "state": "Failed"})
    talk = Conversation(calling(**PATHS), FakeHook(fails))
    turn = await talk.say("i want a shirt")
    assert (said(turn), stands(turn)[:2]) == (["Down."], (ORDER, "Failed"))
    with_message = answer("Delegate", "Out of order.", intent={"name": ORDER, "state": "Failed"})
    assert (await asked(FakeHook(with_message), calling(**PATHS)))[0] == ["Out of order."]


@pytest.mark.rule("hook-21")
async def test_a_hook_that_is_too_slow_takes_the_timeout_path() -> None:
    assert await asked(FakeHook(HookTimedOut()), calling(**PATHS)) == (["Slow.", "Count?"], "Count")
    only_failure = calling(failureResponse=words("Down."), failureNextStep=ENDS)
    assert await asked(FakeHook(HookTimedOut()), only_failure) == (["Down."], "Close")


SUNG: Document = {
    "sessionState": {"dialogAction": {"type": "ElicitSlot", "slotToElicit": "Size", "slotElicitationStyle": "Sung"}}
}


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
        (
            {
                "sessionState": {
                    "dialogAction": {"type": "ElicitSlot", "slotToElicit": "Size", "slotElicitationStyle": "Sung"}
                }
            },
            "slotElicitationStyle must be one of Default, SpellByLetter, SpellByWord",
        ),
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


@pytest.mark.rule("hook-27")
@pytest.mark.parametrize(("fault", "expected"), [(HookFailed("down"), "Down."), (HookTimedOut(), "Slow.")])
async def test_a_path_without_a_step_goes_on_by_the_default_flow(fault: Exception, expected: str) -> None:
    bot = calling(failureResponse=words("Down."), timeoutResponse=words("Slow."))
    assert await asked(FakeHook(fault), bot) == ([expected, "Size?"], "Size")
    talk = Conversation(bot, FakeHook(fault))
    assert stands(await talk.say("a big shirt please"))[:2] == (ORDER, "InProgress")


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
    assert await asked(FakeHook(reply), calling(**PATHS)) == (([None], "Size") if taken else (["Down."], "Close"))


@pytest.mark.rule("hook-23")
async def test_the_hooks_messages_take_the_place_of_those_configured() -> None:
    bot = calling(successResponse=words("Configured."))
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


@pytest.mark.rule("hook-14")
async def test_absent_session_attributes_stay_and_given_ones_replace() -> None:
    for given, expected in (({}, {"a": "1"}), ({"sessionAttributes": {"b": "2"}}, {"b": "2"})):
        talk = Conversation(calling(), FakeHook(answer("Delegate", **given)))
        await talk.say("i want a shirt", {"sessionAttributes": {"a": "1"}})
        assert talk.session.attributes == expected
