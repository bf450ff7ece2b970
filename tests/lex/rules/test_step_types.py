"""What each kind of next step does: rules step."""

import pytest

from services.lex.errors import DependencyFailed
from tests.lex.conversation import (
    Conversation,
    Document,
    FakeHook,
    answer,
    enumeration,
    hooked,
    intent,
    said,
    served,
    slot,
    stands,
    step,
    values,
    varied,
    waits_for,
    words,
)
from tests.lex.rules.shop import CONFIRM, ENDS, GREET, HOOKED, NOISE, ORDER, branching, capture, order, shop

WRAP = intent(
    "Wrap",
    "wrap it up",
    slots=[slot("Size", "SizeType"), slot("Count", "AMAZON.Number")],
    initialResponseSetting={"initialResponse": words("Wrapping.")},
    intentConfirmationSetting={"promptSpecification": words("Wrap it?")},
    intentClosingSetting={"closingResponse": words("Wrapped.")},
)


def first(next_step: Document, *others: object, **settings: object) -> Conversation:
    """A conversation with a shop whose orders begin with the step."""
    setting: Document = {"initialResponseSetting": {"nextStep": next_step}}
    return Conversation(served(order(**setting, **settings), GREET, WRAP, *others))


async def begun(next_step: Document, text: str = "i want a shirt", **settings: object) -> tuple[object, ...]:
    """What the bot says, what it waits for, and the acting intent."""
    turn = await first(next_step, **settings).say(text)
    return said(turn), waits_for(turn), stands(turn)[0]


@pytest.mark.rule("step-1")
async def test_start_intent_begins_another_intent_with_its_initial_response() -> None:
    assert await begun(step("StartIntent", intent="Wrap")) == (["Wrapping.", "Size?"], "Size", "Wrap")
    assert await begun(step("StartIntent", intent="Nothing")) == (["I did not get that."], "Close", "FallbackIntent")


@pytest.mark.rule("step-2")
async def test_start_intent_of_the_same_intent_begins_it_with_empty_slots() -> None:
    for name in (ORDER, None):
        again = capture(captureNextStep=step("StartIntent", intent=name))
        talk = Conversation(shop(again, initialResponseSetting={"initialResponse": words("Welcome.")}))
        await talk.say("i want a shirt")
        turn = await talk.say("large, 3 of them")
        assert (said(turn), values(turn), waits_for(turn)) == (["Welcome.", "Size?"], {}, "Size")


@pytest.mark.rule("step-3")
async def test_start_intent_in_silence_skips_the_initial_response_and_only_that() -> None:
    silent = step("StartIntent", intent="Wrap", suppressNextMessage=True)
    assert await begun(silent) == (["Size?"], "Size", "Wrap")
    silent = step("StartIntent", intent="Greet", suppressNextMessage=True)  # it has no initial response
    assert await begun(silent) == (["Hi."], "Close", "Greet")


@pytest.mark.rule("step-4")
async def test_elicit_slot_may_be_in_another_intent() -> None:
    given: Document = {"Size": {"value": {"interpretedValue": "small"}}}
    talk = first(step("ElicitSlot", slot="Count", intent="Wrap", slots=given))
    turn = await talk.say("i want a shirt")
    assert (said(turn), waits_for(turn), stands(turn)[0]) == (["Count?"], "Count", "Wrap")
    assert values(turn) == {"Size": "small"}
    assert said(await talk.say("3")) == ["Wrap it?"]


@pytest.mark.rule("step-5")
async def test_confirm_intent_asks_and_fulfill_intent_fulfils() -> None:
    done: Document = {"enabled": False, "postFulfillmentStatusSpecification": {"successResponse": words("Done.")}}
    settings = {"intentConfirmationSetting": CONFIRM, "fulfillmentCodeHook": done}
    text = "2 big shirts please"
    assert await begun(step("ConfirmIntent"), text, **settings) == (["2 large?"], "ConfirmIntent", ORDER)
    assert await begun(step("FulfillIntent"), text, **settings) == (["Done."], "Close", ORDER)
    assert await begun(step("ConfirmIntent", intent="Wrap"), text) == (["Wrap it?"], "ConfirmIntent", "Wrap")
    assert await begun(step("FulfillIntent", intent="Wrap"), text) == (["Wrapped."], "Close", "Wrap")
    off = settings | {"intentConfirmationSetting": CONFIRM | {"isActive": False}}
    assert await begun(step("ConfirmIntent"), text, **off) == (["Done."], "Close", ORDER)


BYE: Document = {"closingResponse": words("Bye.")}


@pytest.mark.rule("step-6")
async def test_close_intent_sends_the_closing_response() -> None:
    assert await begun(step("CloseIntent"), intentClosingSetting=BYE) == (["Bye."], "Close", ORDER)
    assert await begun(step("CloseIntent", intent="Wrap")) == (["Wrapped."], "Close", "Wrap")


@pytest.mark.rule("step-7")
async def test_end_conversation_closes_without_a_word() -> None:
    assert await begun(step("EndConversation"), intentClosingSetting=BYE) == ([], "Close", ORDER)


@pytest.mark.rule("step-8")
async def test_an_intent_whose_fulfilment_ran_ends_as_fulfilled() -> None:
    for hook in (FakeHook(), FakeHook(answer("Delegate"))):
        fulfilment = {"enabled": True, "postFulfillmentStatusSpecification": {"successNextStep": ENDS}}
        turn = await Conversation(shop(fulfillmentCodeHook=fulfilment), hook).say("2 big shirts please")
        assert (stands(turn)[1], waits_for(turn)) == ("Fulfilled", "Close")


@pytest.mark.rule("step-9")
async def test_an_intent_ends_as_failed_after_a_failure_path() -> None:
    for ending in (ENDS, step("ElicitIntent"), step("CloseIntent")):
        talk = Conversation(shop(capture(failureNextStep=ending)))
        for text in ("i want a shirt", NOISE, NOISE):
            turn = await talk.say(text)
        assert stands(turn)[:2] == (ORDER, "Failed")


@pytest.mark.rule("step-9")
async def test_a_failure_path_that_leads_on_has_not_failed_the_intent() -> None:
    talk = Conversation(shop(capture(failureNextStep=step("ElicitSlot", slot="Count"))))
    for text in ("i want a shirt", NOISE, NOISE):
        turn = await talk.say(text)
    assert (stands(turn)[:2], waits_for(turn)) == ((ORDER, "InProgress"), "Count")


@pytest.mark.rule("step-10")
async def test_else_an_intent_ends_as_it_was() -> None:
    turn = await first(step("EndConversation")).say("i want a shirt")
    assert stands(turn)[:2] == (ORDER, "InProgress")
    ready = shop(intentClosingSetting=BYE | {"nextStep": ENDS})
    assert stands(await Conversation(ready).say("2 big shirts please"))[1] == "ReadyForFulfillment"


@pytest.mark.rule("step-11")
async def test_session_attributes_of_a_step_are_merged() -> None:
    talk = first(step("ElicitSlot", slot="Size", sessionAttributes={"seen": "yes", "old": "new"}))
    await talk.say("i want a shirt", {"sessionAttributes": {"old": "old", "other": "1"}})
    assert talk.session.attributes == {"old": "new", "other": "1", "seen": "yes"}


@pytest.mark.rule("step-12")
async def test_slot_values_of_a_step_are_set() -> None:
    given: Document = {"Size": {"value": {"interpretedValue": "small"}}}
    talk = first(step("ElicitSlot", slot="Size", slots=given))
    turn = await talk.say("i want a shirt")
    assert (values(turn), waits_for(turn)) == ({"Size": "small"}, "Count")


@pytest.mark.rule("step-12")
async def test_several_values_of_a_step_are_set_as_a_list() -> None:
    listed: Document = {
        "Toppings": {
            "shape": "List",
            "values": [{"shape": "Scalar", "value": {"interpretedValue": text}} for text in ("ham", "[more]")],
        }
    }
    many = {**slot("Toppings", "Topping"), "multipleValuesSetting": {"allowMultipleValues": True}}
    setting: Document = {"nextStep": step("FulfillIntent", slots=listed)}
    pizza = intent("Pizza", "i want a pizza", slots=[many], initialResponseSetting=setting)
    bot = served(pizza, types=(enumeration("Topping", {"ham": [], "onion": []}),))
    turn = await Conversation(bot).say("i want a pizza", {"sessionAttributes": {"more": "onion"}})
    held = turn.intent.slots["Toppings"]
    assert held is not None
    assert [entry.value.interpreted_value for entry in held.values or [] if entry.value] == ["ham", "onion"]


@pytest.mark.rule("step-13")
@pytest.mark.parametrize("null", [{"value": {"interpretedValue": None}}, {"value": {}}, {}])
async def test_a_slot_value_of_null_clears_the_slot(null: Document) -> None:
    turn = await first(step("ElicitSlot", slot="Size", slots={"Size": null})).say("a big shirt please")
    assert (values(turn), waits_for(turn)) == ({}, "Size")


@pytest.mark.rule("step-14")
async def test_what_a_step_sets_may_refer_to_slots_attributes_and_the_transcript() -> None:
    attributes = {
        "slot": "a {Size} one", "own": "{OrderShirt.Size}", "session": "[name]!", "request": "((channel))",
        "heard": "$.inputTranscript", "mode": "$.inputMode", "literal": r"\{Size\}",
    }  # fmt: skip
    talk = first(step("ElicitSlot", slot="Count", sessionAttributes=attributes))
    await talk.say("a large shirt please", {"sessionAttributes": {"name": "Ann"}}, channel="web")
    assert talk.session.attributes == {
        "name": "Ann", "slot": "a large one", "own": "large", "session": "Ann!", "request": "web",
        "heard": "a large shirt please", "mode": "Text", "literal": "{Size}",
    }  # fmt: skip


@pytest.mark.rule("step-14")
async def test_a_step_carries_slots_into_the_intent_that_it_begins() -> None:
    given: Document = {"Size": {"value": {"interpretedValue": "{OrderShirt.Size}"}}}
    talk = first(step("StartIntent", intent="Wrap", slots=given))
    turn = await talk.say("a large shirt please")
    assert (values(turn), waits_for(turn), stands(turn)[0]) == ({"Size": "large"}, "Count", "Wrap")


@pytest.mark.rule("step-14")
async def test_where_the_reference_has_no_value_nothing_is_set() -> None:
    given: Document = {"Size": {"value": {"interpretedValue": "[size]"}}}
    attributes = {"kept": "[nobody]", "mode": "$.nothing"}
    talk = first(step("ElicitSlot", slot="Count", slots=given, sessionAttributes=attributes))
    turn = await talk.say("a large shirt please", {"sessionAttributes": {"kept": "old"}})
    assert (values(turn), talk.session.attributes) == ({"Size": "large"}, {"kept": "old"})


@pytest.mark.rule("step-15")
async def test_all_messages_on_the_way_are_sent_in_order() -> None:
    bot = shop(
        capture(captureResponse=words("Size."), captureConditional=branching(("{Count} > 1", "Two.", None))),
        capture(captureResponse=words("Count.")),
        initialResponseSetting={"initialResponse": words("Welcome.", "Hello.")},
        intentClosingSetting=BYE,
    )
    turn = await Conversation(bot).say("2 big shirts please")
    assert said(turn) == ["Welcome.", "Hello.", "Size.", "Two.", "Count.", "Bye."]


@pytest.mark.rule("step-16")
async def test_at_most_ten_messages_are_sent() -> None:
    bot = shop(
        initialResponseSetting={"initialResponse": words(*"abcdefg")},
        intentClosingSetting={"closingResponse": words(*"hijklmn")},
    )
    assert said(await Conversation(bot).say("2 big shirts please")) == list("abcdefghij")


def chain(length: int) -> Conversation:
    """Intents that start each other, one after the other."""
    intents = [
        intent(f"I{n}", *(["begin at once"] if n == 0 else []), initialResponseSetting={
            "nextStep": step("StartIntent", intent=f"I{n + 1}") if n + 1 < length else ENDS
        })
        for n in range(length)
    ]  # fmt: skip
    return Conversation(served(*intents))


@pytest.mark.rule("step-17")
async def test_a_turn_that_goes_round_in_circles_is_given_up() -> None:
    with pytest.raises(DependencyFailed) as caught:
        await first(step("StartIntent", intent=ORDER)).say("i want a shirt")
    assert "circle" in caught.value.message
    assert stands(await chain(45).say("begin at once"))[0] == "I44"
    with pytest.raises(DependencyFailed):
        await chain(55).say("begin at once")


@pytest.mark.rule("step-18")
async def test_the_next_prompt_may_be_suppressed() -> None:
    setting: Document = {
        "initialResponse": words("Which size?"),
        "nextStep": step("ElicitSlot", slot="Size", suppressNextMessage=True),
    }
    talk = Conversation(shop(initialResponseSetting=setting))
    turn = await talk.say("i want a shirt")
    assert (said(turn), waits_for(turn)) == (["Which size?"], "Size")
    assert said(await talk.say(NOISE)) == ["Size again?"]


@pytest.mark.rule("step-19")
async def test_the_next_response_may_be_suppressed_and_the_one_after_is_sent() -> None:
    talk = Conversation(
        shop(
            capture(captureResponse=words("Good.")),
            initialResponseSetting={"nextStep": step("ElicitSlot", slot="Size", suppressNextMessage=True)},
            intentClosingSetting=BYE,
        )
    )
    assert said(await talk.say("2 big shirts please")) == ["Bye."]
    closing = step("CloseIntent", suppressNextMessage=True)
    assert await begun(closing, intentClosingSetting=BYE) == ([], "Close", ORDER)


@pytest.mark.rule("step-20")
async def test_what_a_step_sets_is_set_before_its_conditions_are_evaluated() -> None:
    setting: Document = {
        "nextStep": step("EvaluateConditional", sessionAttributes={"count": "0"}),
        "conditional": branching(('[count] = "0"', "First.", ENDS), default={}),
    }
    assert said(await Conversation(shop(initialResponseSetting=setting)).say("i want a shirt")) == ["First."]


@pytest.mark.rule("step-15")
async def test_one_message_of_each_group_is_sent_and_one_without_its_value_is_passed_over() -> None:
    groups = [*words("a", "b")["messageGroupsList"], *varied("Hello [name]", "Hello you")["messageGroupsList"]]
    groups += words("[nobody]")["messageGroupsList"]  # no message of this group has its value: it is left out
    setting: Document = {"initialResponse": {"messageGroupsList": groups}}
    talk = Conversation(shop(initialResponseSetting=setting))
    assert said(await talk.say("i want a shirt")) == ["a", "b", "Hello you", "Size?"]


@pytest.mark.rule("step-11", "step-12")
async def test_a_step_after_the_hook_sets_values_too() -> None:
    following = step("ElicitSlot", slot="Count", sessionAttributes={"by": "hook"}, slots={"Size": {"value": {
        "interpretedValue": "small"
    }}})  # fmt: skip
    setting: Document = {"nextStep": step("InvokeDialogCodeHook"), "codeHook": hooked(successNextStep=following)}
    talk = Conversation(shop(initialResponseSetting=setting, dialogCodeHook=HOOKED), FakeHook())
    turn = await talk.say("i want a shirt")
    assert (values(turn), waits_for(turn), talk.session.attributes) == ({"Size": "small"}, "Count", {"by": "hook"})
