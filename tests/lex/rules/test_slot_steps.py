"""What follows the capture of a slot, or its failure: rules slot."""

import pytest

from services.lex.bots import ServedLocale
from services.lex.definition.model import SlotDefinition
from tests.lex.conversation import (
    SIZES,
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
    waits_for,
    words,
)
from tests.lex.rules.shop import CONFIRM, ENDS, GREET, HOOKED, NOISE, ORDER, branching, capture, order, shop


async def answered(text: str, bot: ServedLocale, hook: FakeHook | None = None) -> tuple[list[str | None], str | None]:
    """What the bot says to the answer for the size, and what it then waits for."""
    talk = Conversation(bot, hook)
    assert waits_for(await talk.say("i want a shirt")) == "Size"
    turn = await talk.say(text)
    return said(turn), waits_for(turn)


@pytest.mark.rule("slot-1")
async def test_a_captured_slots_response_is_sent() -> None:
    heard = await answered("small", shop(capture(captureResponse=words("Good choice: {Size}."))))
    assert heard == (["Good choice: small.", "Count?"], "Count")


@pytest.mark.rule("slot-2")
@pytest.mark.parametrize(("text", "expected"), [("large", "Close"), ("small", "Count")])
async def test_its_conditional_decides_before_its_next_step(text: str, expected: str) -> None:
    sold_out = branching(
        ('{Size} = "large"', "Sold out.", ENDS), default={"nextStep": step("ElicitSlot", slot="Count")}
    )
    setting = capture(
        captureResponse=words("Ah."), captureConditional=sold_out, captureNextStep=step("EvaluateConditional")
    )
    heard = await answered(text, shop(setting))
    assert heard == (["Ah.", "Sold out."] if text == "large" else ["Ah.", "Count?"], expected)
    setting = capture(captureConditional=sold_out, captureNextStep=step("CloseIntent"))  # active: no step needed
    assert (await answered(text, shop(setting)))[1] == expected


@pytest.mark.rule("slot-3")
async def test_its_hook_is_called_when_that_is_its_next_step() -> None:
    for following, calls in ((step("InvokeDialogCodeHook"), 1), (None, 0)):
        hook = FakeHook()
        setting = capture(captureNextStep=following, codeHook=hooked(successResponse=words("Checked.")))
        heard = await answered("small", shop(setting, dialogCodeHook=HOOKED), hook)
        assert (heard, len(hook.events)) == ((["Checked."] * calls + ["Count?"], "Count"), calls)


@pytest.mark.rule("slot-4")
async def test_else_its_next_step_is_taken() -> None:
    heard = await answered("small", shop(capture(captureResponse=words("Good."), captureNextStep=ENDS)))
    assert heard == (["Good."], "Close")


@pytest.mark.rule("slot-5")
async def test_without_a_step_the_next_empty_required_slot_by_priority_is_asked_for() -> None:
    fields = [slot(name, "SizeType") for name in ("First", "Second", "Third")]
    form = intent("Form", "fill in the form", slots=fields)
    talk = Conversation(served(form))
    state: Document = {"Second": {"value": {"interpretedValue": "large"}}}
    asked = await talk.put({"dialogAction": {"type": "Delegate"}, "intent": {"name": "Form", "slots": state}})
    assert waits_for(asked) == "First"
    assert waits_for(await talk.say("small")) == "Third"
    assert waits_for(await talk.say("small")) == "Close"


def acknowledging(**count: Document) -> ServedLocale:
    """The shop repeats what it has understood, slot by slot."""
    return shop(
        capture(captureResponse=words("Size {Size}.")),
        capture(captureResponse=words("{Count} of them."), **count),
        intentConfirmationSetting=CONFIRM,
    )


@pytest.mark.rule("slot-6")
async def test_every_slot_that_one_text_fills_answers_on_its_own_path() -> None:
    turn = await Conversation(acknowledging()).say("2 big shirts please")
    assert said(turn) == ["Size large.", "2 of them.", "2 large?"]
    talk = Conversation(acknowledging())
    await talk.say("i want a shirt")
    assert said(await talk.say("3 of the small ones")) == ["Size small.", "3 of them.", "3 small?"]


@pytest.mark.rule("slot-6")
async def test_the_slot_that_was_asked_for_comes_first() -> None:
    talk = Conversation(acknowledging())
    state: Document = {"dialogAction": {"type": "ElicitSlot", "slotToElicit": "Count"}, "intent": {"name": ORDER}}
    assert said(await talk.say("3 of the small ones", state)) == ["3 of them.", "Size small.", "3 small?"]


@pytest.mark.rule("slot-6")
async def test_every_hook_and_conditional_of_the_captured_slots_has_its_say() -> None:
    hook = FakeHook()
    label = [{**hooked(), "invocationLabel": name} for name in ("size", "count")]
    few = branching(("{Count} > 100", "So many?", ENDS))
    bot = shop(
        capture(captureNextStep=step("InvokeDialogCodeHook"), codeHook=label[0]),
        capture(captureConditional=few, captureNextStep=step("InvokeDialogCodeHook"), codeHook=label[1]),
        dialogCodeHook=HOOKED,
    )
    assert waits_for(await Conversation(bot, hook).say("2 big shirts please")) == "Close"
    assert [event.invocation_label for event in hook.events] == ["size", "count"]
    assert said(await Conversation(bot, FakeHook()).say("200 big shirts please")) == ["So many?"]


@pytest.mark.rule("slot-6")
async def test_a_path_that_leads_away_leaves_the_other_slots_unanswered() -> None:
    bot = shop(
        capture(captureResponse=words("Size {Size}."), captureNextStep=ENDS),
        capture(captureResponse=words("{Count} of them.")),
    )
    turn = await Conversation(bot).say("2 big shirts please")
    assert (said(turn), waits_for(turn)) == (["Size large."], "Close")


@pytest.mark.rule("slot-6")
async def test_values_changed_at_the_confirmation_answer_too() -> None:
    talk = Conversation(acknowledging())
    await talk.say("2 big shirts please")
    assert said(await talk.say("no, 5 small ones")) == ["Size small.", "5 of them.", "5 small?"]
    assert said(await talk.say("no, 7 of them")) == ["7 of them.", "7 small?"]


@pytest.mark.rule("slot-7")
async def test_a_slot_whose_value_this_text_did_not_give_is_passed_in_silence() -> None:
    default: Document = {"defaultValueSpecification": {"defaultValueList": [{"defaultValue": "4"}]}}
    bot = shop(
        capture(captureResponse=words("Size {Size}."), captureNextStep=step("ElicitSlot", slot="Count")),
        capture(captureResponse=words("{Count} of them."), captureNextStep=step("ConfirmIntent")) | default,
        intentConfirmationSetting=CONFIRM,
    )
    talk = Conversation(bot)
    await talk.say("i want a shirt")
    assert said(await talk.say("small")) == ["Size small.", "4 small?"]


async def failed(bot: ServedLocale, hook: FakeHook | None = None) -> tuple[list[str | None], str | None, str | None]:
    """What the bot says to the last miss of the size, what it then waits for, and in which intent."""
    talk = Conversation(bot, hook)
    for text in ("i want a shirt", NOISE, NOISE):
        turn = await talk.say(text)
    return said(turn), waits_for(turn), stands(turn)[0]


@pytest.mark.rule("slot-8")
async def test_a_slot_that_failed_sends_its_failure_response() -> None:
    heard = await failed(shop(capture(failureResponse=words("No size, no shirt."), failureNextStep=ENDS)))
    assert heard == (["No size, no shirt."], "Close", ORDER)


@pytest.mark.rule("slot-9")
async def test_its_failure_conditional_decides_before_the_step() -> None:
    asks = branching(('$.inputTranscript CONTAINS "elephants"', "No elephants.", step("ElicitSlot", slot="Count")))
    setting = capture(failureResponse=words("Hm."), failureConditional=asks, failureNextStep=ENDS)
    assert await failed(shop(setting)) == (["Hm.", "No elephants.", "Count?"], "Count", ORDER)


@pytest.mark.rule("slot-10")
async def test_its_failure_step_is_taken() -> None:
    for following, expected in (
        (step("ElicitSlot", slot="Count"), (["Count?"], "Count", ORDER)),
        (step("StartIntent", intent="Greet"), (["Hi."], "Close", "Greet")),
        (step("StartIntent", intent="FallbackIntent"), (["I did not get that."], "Close", "FallbackIntent")),
    ):
        assert await failed(shop(capture(failureNextStep=following))) == expected


@pytest.mark.rule("slot-10")
async def test_a_failed_slot_may_call_its_hook() -> None:
    hook = FakeHook(answer("ElicitSlot", "Then how many?", slot="Count"))
    setting = capture(failureNextStep=step("InvokeDialogCodeHook"), codeHook=hooked())
    assert await failed(shop(setting, dialogCodeHook=HOOKED), hook) == (["Then how many?"], "Count", ORDER)


@pytest.mark.rule("slot-11")
async def test_without_any_the_fallback_intent_begins() -> None:
    for bot in (shop(), shop(capture(failureResponse=words("Hm.")))):
        heard, waits, name = await failed(bot)
        assert (heard[-1], waits, name) == ("I did not get that.", "Close", "FallbackIntent")


def with_note(**more: object) -> ServedLocale:
    """The shop takes a second size for a gift, but does not ask for it."""
    entry = order(**more)
    gift = SlotDefinition.model_validate(slot("Gift", "Wrapping", required=False))
    entry = entry.model_copy(update={"slots": {"Gift": gift, **entry.slots}})
    return served(entry, GREET, types=(SIZES, enumeration("Wrapping", {"paper": [], "cloth": []})))


@pytest.mark.rule("slot-12")
async def test_optional_slots_are_never_asked_for_by_the_default_flow() -> None:
    talk = Conversation(with_note())
    asked = [waits_for(await talk.say(text)) for text in ("i want a shirt", "large", "3")]
    assert asked == ["Size", "Count", "Close"]


@pytest.mark.rule("slot-13")
async def test_optional_slots_are_filled_from_what_is_said() -> None:
    turn = await Conversation(with_note()).say("a big shirt please in paper")
    assert (values(turn), waits_for(turn)) == ({"Gift": "paper", "Size": "large"}, "Count")


@pytest.mark.rule("slot-14")
async def test_a_hook_may_ask_for_an_optional_slot() -> None:
    hook = FakeHook(answer("ElicitSlot", "Wrapped in what?", slot="Gift"))
    talk = Conversation(with_note(dialogCodeHook=HOOKED), hook)
    turn = await talk.say("i want a shirt")
    assert (said(turn), waits_for(turn)) == (["Wrapped in what?"], "Gift")
    assert values(await talk.say("cloth")) == {"Gift": "cloth"}


@pytest.mark.rule("slot-15")
async def test_it_is_the_hook_that_says_how_to_go_on_from_there() -> None:
    hook = FakeHook(
        answer("ElicitSlot", "Wrapped in what?", slot="Gift"), answer("ElicitSlot", "And how many?", slot="Count")
    )
    talk = Conversation(with_note(dialogCodeHook=HOOKED), hook)
    await talk.say("i want a shirt")
    turn = await talk.say("cloth")
    assert (said(turn), waits_for(turn)) == (["And how many?"], "Count")


TOPPINGS = enumeration("Topping", {"onion": [], "pineapple": [], "ham": []})


def pizzeria() -> ServedLocale:
    many = {**slot("Toppings", "Topping"), "multipleValuesSetting": {"allowMultipleValues": True}}
    fruit = branching(
        ('{Toppings} CONTAINS "pineapple"', "Fruit on it.", None), ("fn.COUNT({Toppings}) > 1", "So much.", None)
    )
    many["valueElicitationSetting"] |= capture(captureResponse=words("{Toppings}."), captureConditional=fruit)
    pizza = intent(
        "Pizza",
        "i want a pizza",
        "a pizza with {Toppings}",
        slots=[many, slot("Size", "SizeType")],
        intentConfirmationSetting={"promptSpecification": words("{Size} with {Toppings}?")},
    )
    return served(pizza, GREET, types=(SIZES, TOPPINGS))


def toppings(talk: Conversation) -> list[str | None]:
    held = talk.session.intent.slots["Toppings"] if talk.session.intent else None
    assert held is not None
    assert held.shape == "List"
    return [entry.value.interpreted_value for entry in held.values or [] if entry.value]


@pytest.mark.rule("slot-16")
async def test_a_slot_of_several_values_is_a_list_through_a_whole_conversation() -> None:
    talk = Conversation(pizzeria())
    assert waits_for(await talk.say("i want a pizza")) == "Toppings"
    assert said(await talk.say("onion, pineapple and ham")) == ["onion, pineapple, ham.", "Fruit on it.", "Size?"]
    assert toppings(talk) == ["onion", "pineapple", "ham"]
    assert said(await talk.say("large")) == ["large with onion, pineapple, ham?"]
    assert said(await talk.say("no, with ham and onion")) == ["ham, onion.", "So much.", "large with ham, onion?"]
    turn = await talk.say("yes")
    assert (toppings(talk), stands(turn)) == (["ham", "onion"], ("Pizza", "ReadyForFulfillment", "Confirmed"))


@pytest.mark.rule("slot-16")
async def test_a_single_value_is_a_list_of_one() -> None:
    talk = Conversation(pizzeria())
    assert said(await talk.say("a pizza with ham")) == ["ham.", "Size?"]
    assert toppings(talk) == ["ham"]
