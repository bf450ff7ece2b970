"""How the answer to a slot's prompt is read: rules turn-3."""

import pytest

from services.lex.bots import ServedLocale
from tests.lex.conversation import (
    SIZES,
    Conversation,
    Document,
    FakeHook,
    enumeration,
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
from tests.lex.rules.shop import CONFIRM, GREET, HOOKED, NOISE, ORDER, capture, shop

COLOURS = enumeration("Colour", {"red": [], "green": []}, "ORIGINAL_VALUE")


async def asked(bot: ServedLocale | None = None, hook: FakeHook | None = None) -> Conversation:
    """The shop has just asked for the size."""
    talk = Conversation(bot or shop(), hook)
    assert waits_for(await talk.say("i want a shirt")) == "Size"
    return talk


def painting(**more: Document) -> ServedLocale:
    """A shop that paints: in any colour, this slot type being open."""
    paint = intent("Paint", "paint my house", slots=[slot("Tone", "Colour", **more), slot("Count", "AMAZON.Number")])
    return served(paint, GREET, types=(SIZES, COLOURS))


@pytest.mark.rule("turn-3a")
@pytest.mark.parametrize(("text", "value"), [("large", "large"), ("a big shirt", "large"), ("Very big.", "large")])
async def test_the_elicited_slot_is_tried_first_by_its_type(text: str, value: str) -> None:
    turn = await (await asked()).say(text)
    assert (values(turn), waits_for(turn)) == ({"Size": value}, "Count")


@pytest.mark.rule("turn-3a")
async def test_an_unlisted_value_fills_a_slot_of_an_open_type_only() -> None:
    for kind, expected in (("ORIGINAL_VALUE", {"City": "Ogdenville"}), ("TOP_RESOLUTION", {})):
        cities = enumeration("CityName", {"Springfield": [], "Shelbyville": []}, kind)
        talk = Conversation(
            served(intent("Go", "i want to go", slots=[slot("City", "CityName")]), GREET, types=(cities,))
        )
        await talk.say("i want to go")
        assert values(await talk.say("Ogdenville")) == expected


@pytest.mark.rule("turn-3b")
async def test_the_value_may_stand_in_one_of_the_slots_own_sample_utterances() -> None:
    for samples, value in (([{"utterance": "paint it in {Tone}"}], "mauve"), ([], "paint it in mauve")):
        talk = Conversation(painting(sampleUtterances=samples))
        await talk.say("paint my house")
        assert values(await talk.say("paint it in mauve")) == {"Tone": value}


@pytest.mark.rule("turn-3c")
async def test_an_answer_may_fill_other_slots_of_the_intent_too() -> None:
    turn = await (await asked()).say("3 of the small ones")
    assert values(turn) == {"Size": "small", "Count": "3"}


@pytest.mark.rule("turn-3d")
async def test_an_answer_may_change_other_slots_of_the_intent() -> None:
    talk = Conversation(shop())
    first = await talk.say("give me 4 shirts", {"dialogAction": {"type": "ElicitSlot", "slotToElicit": "Size"},
                                                "intent": {"name": ORDER}})  # fmt: skip
    assert (values(first), waits_for(first)) == ({"Count": "4"}, "Size")
    assert values(await talk.say("large, and make it 3 of them")) == {"Size": "large", "Count": "3"}


@pytest.mark.rule("turn-3e")
async def test_while_the_slot_resolves_the_conversation_stays_in_its_intent() -> None:
    likely = intent("Large", "show me everything large", "large things in the shop")
    talk = await asked(served(shop().intents[ORDER], likely))
    turn = await talk.say("large in the shop")
    assert any(other.intent == "Large" and other.confidence >= 0.4 for other in turn.candidates)
    assert (stands(turn)[0], values(turn)) == (ORDER, {"Size": "large"})


@pytest.mark.rule("turn-3f")
@pytest.mark.parametrize("text", ["greetings friend", "good day to you my dear"])
async def test_an_answer_that_does_not_resolve_may_switch_to_another_intent(text: str) -> None:
    turn = await (await asked()).say(text)
    assert (stands(turn)[0], said(turn), waits_for(turn)) == ("Greet", ["Hi."], "Close")


@pytest.mark.rule("turn-3g")
@pytest.mark.parametrize(("switch", "expected"), [("DISABLE", "Size"), ("disable", "Size"), ("ENABLE", "Close")])
async def test_the_intent_is_not_switched_when_the_request_forbids_it(switch: str, expected: str) -> None:
    turn = await (await asked()).say("greetings friend", None, x_amz_lex__intent_switch=switch)
    assert waits_for(turn) == expected


SEND = intent(
    "Send",
    "send {Count} parcels",
    slots=[
        slot("Count", "AMAZON.Number"),
        slot("Size", "SizeType"),
        slot("By", "SizeType", defaultValueSpecification={"defaultValueList": [{"defaultValue": "small"}]}),
    ],
)


async def switched() -> Conversation:
    """From an order in which the size is known and confirmed to be sent parcels."""
    talk = Conversation(served(shop(intentConfirmationSetting=CONFIRM).intents[ORDER], SEND))
    assert waits_for(await talk.say("2 large shirts please")) == "ConfirmIntent"
    await talk.say("send 4 parcels")
    return talk


@pytest.mark.rule("turn-3h")
async def test_the_new_intent_has_the_slots_in_the_text_and_none_of_the_old_one() -> None:
    talk = await switched()
    acting = talk.session.intent
    assert acting is not None
    assert acting.name == "Send"
    assert acting.slots["Size"] is None
    assert acting.slots["Count"] is not None
    assert acting.slots["Count"].value is not None
    assert acting.slots["Count"].value.interpreted_value == "4"


@pytest.mark.rule("turn-3i")
async def test_the_new_intent_has_its_default_values() -> None:
    acting = (await switched()).session.intent
    assert acting is not None
    assert acting.slots["By"] is not None
    assert acting.slots["By"].value is not None
    assert acting.slots["By"].value.interpreted_value == "small"


@pytest.mark.rule("turn-3j")
async def test_nothing_of_the_new_intent_is_confirmed() -> None:
    talk = await asked(shop(intentConfirmationSetting=CONFIRM))
    state: Document = {
        "dialogAction": {"type": "ElicitSlot", "slotToElicit": "Size"},
        "intent": {"name": ORDER, "confirmationState": "Confirmed"},
    }
    turn = await talk.say("greetings friend", state)
    assert stands(turn) == ("Greet", "ReadyForFulfillment", "None")


@pytest.mark.rule("turn-3k")
async def test_whoever_comes_back_to_the_old_intent_begins_anew() -> None:
    talk = await asked()
    await talk.say("large")
    assert stands(await talk.say("greetings friend"))[0] == "Greet"
    turn = await talk.say("i want a shirt")
    assert (values(turn), waits_for(turn)) == ({}, "Size")


@pytest.mark.rule("turn-3l")
async def test_an_answer_that_is_neither_is_a_miss_and_counted() -> None:
    talk = await asked(shop({"promptSpecification": {**words("Size?"), "maxRetries": 3}}))
    for misses in (1, 2, 3):
        await talk.say(NOISE)
        assert talk.session.attempts == misses
    await talk.say("large")
    assert talk.session.attempts == 0
    await talk.say(NOISE)
    assert talk.session.attempts == 1


@pytest.mark.rule("turn-3m")
async def test_up_to_the_retries_a_miss_asks_for_the_same_slot_again() -> None:
    prompt: Document = {**words("Size?"), "maxRetries": 2}
    talk = await asked(shop({"promptSpecification": prompt}))
    for _ in range(2):
        turn = await talk.say(NOISE)
        action = turn.session.dialog_action
        assert action is not None
        assert (action.type, action.slot_to_elicit, said(turn)) == ("ElicitSlot", "Size", ["Size?"])
    assert waits_for(await talk.say(NOISE)) == "Close"


@pytest.mark.rule("turn-3m")
async def test_an_ordered_prompt_goes_on_to_its_next_variation() -> None:
    assert said(await (await asked()).say(NOISE)) == ["Size again?"]


@pytest.mark.rule("turn-3n")
async def test_the_hook_is_told_which_attempt_the_prompt_is() -> None:
    hook = FakeHook()
    talk = await asked(shop({"promptSpecification": {**words("Size?"), "maxRetries": 2}}, dialogCodeHook=HOOKED), hook)
    await talk.say(NOISE)
    await talk.say(NOISE)
    await talk.say("large")
    prompts = [
        (event.proposed_next_state.dialog_action.slot_to_elicit, event.proposed_next_state.prompt.attempt)
        for event in hook.events
        if event.proposed_next_state
    ]
    assert prompts == [("Size", "Initial"), ("Size", "Retry1"), ("Size", "Retry2"), ("Count", "Initial")]


@pytest.mark.rule("turn-3o")
async def test_beyond_the_retries_the_failure_path_is_taken() -> None:
    failing = capture(failureResponse=words("No size, no shirt."), failureNextStep=step("EndConversation"))
    talk = await asked(shop(failing))
    assert waits_for(await talk.say(NOISE)) == "Size"
    turn = await talk.say(NOISE)
    assert (said(turn), waits_for(turn), stands(turn)[:2]) == (["No size, no shirt."], "Close", (ORDER, "Failed"))


@pytest.mark.rule("turn-3p")
async def test_a_sample_utterance_of_another_intent_beats_an_open_value() -> None:
    talk = Conversation(painting())
    await talk.say("paint my house")
    assert stands(await talk.say("good day to you"))[0] == "Greet"
    talk = Conversation(painting())
    await talk.say("paint my house")
    assert values(await talk.say("ocean blue")) == {"Tone": "ocean blue"}


@pytest.mark.rule("turn-3p")
async def test_repeating_the_request_is_no_open_value() -> None:
    talk = Conversation(painting())
    await talk.say("paint my house")
    turn = await talk.say("Paint my house!")
    assert (values(turn), waits_for(turn)) == ({}, "Tone")


def notes() -> ServedLocale:
    return served(intent("TakeNote", "take a note please", slots=[slot("Body", "AMAZON.FreeFormInput")]), GREET)


@pytest.mark.rule("turn-3q")
async def test_free_form_input_never_switches() -> None:
    talk = Conversation(notes())
    await talk.say("take a note please")
    turn = await talk.say("greetings friend")
    assert (stands(turn)[0], values(turn)) == ("TakeNote", {"Body": "greetings friend"})


@pytest.mark.rule("turn-3r")
@pytest.mark.parametrize("text", [NOISE, "?!", "take a note please", "42"])
async def test_free_form_input_is_never_missed(text: str) -> None:
    talk = Conversation(notes())
    await talk.say("take a note please")
    turn = await talk.say(text)
    assert (values(turn), waits_for(turn), talk.session.attempts) == ({"Body": text}, "Close", 0)


@pytest.mark.rule("turn-3s")
async def test_a_value_of_a_closed_type_beats_an_intent_that_is_only_likely() -> None:
    likely = intent("Large", "show me everything large", "large things in the shop")
    talk = await asked(served(shop().intents[ORDER], likely))
    assert stands(await talk.say("large in the shop"))[0] == ORDER
    talk = await asked(served(shop().intents[ORDER], likely))
    assert stands(await talk.say("large things in the shop"))[0] == "Large"  # its own sample utterance


@pytest.mark.rule("turn-3t")
async def test_a_value_of_a_built_in_type_beats_an_intent_that_is_only_likely() -> None:
    likely = intent("Tables", "reserve a table for 3 people", "a table for 2 people")
    talk = await asked(served(shop().intents[ORDER], likely))
    await talk.say("large")
    turn = await talk.say("for 4 people")
    assert any(other.intent == "Tables" and other.confidence >= 0.4 for other in turn.candidates)
    assert (stands(turn)[0], values(turn)) == (ORDER, {"Size": "large", "Count": "4"})


@pytest.mark.rule("turn-3u")
async def test_an_intent_less_likely_than_the_one_going_on_does_not_take_over() -> None:
    gift = intent("Gift", "i want a shirt as a gift")
    talk = await asked(served(shop().intents[ORDER], gift, threshold=0.0))
    turn = await talk.say("i want a shirt")
    assert [other.intent for other in turn.candidates] == [ORDER, "Gift"]  # both of them reach the threshold
    assert (stands(turn)[0], waits_for(turn), talk.session.attempts) == (ORDER, "Size", 1)


@pytest.mark.rule("turn-3v")
async def test_an_answer_that_fills_only_another_slot_is_no_miss_and_the_question_stands() -> None:
    talk = await asked()
    await talk.say(NOISE)
    turn = await talk.say("3")
    assert (values(turn), waits_for(turn), talk.session.attempts) == ({"Count": "3"}, "Size", 1)
    turn = await talk.say("large")
    assert (values(turn), waits_for(turn)) == ({"Size": "large", "Count": "3"}, "Close")
