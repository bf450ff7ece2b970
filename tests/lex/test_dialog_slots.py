"""The rules of slot elicitation (Lex V2: first empty required slot by priority, retries, failure path, switches)."""

from services.lex.bots import ServedLocale
from tests.lex.conversation import (
    Conversation,
    Document,
    enumeration,
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


def shop(**size: Document) -> ServedLocale:
    order = intent(
        "OrderShirt",
        "i want a shirt",
        "order a {Size} shirt",
        "a {Size} shirt and {Count} of them",
        slots=[
            slot("Size", "SizeType", **size),
            slot("Count", "AMAZON.Number"),
            slot("Note", "SizeType", required=False),
        ],
        intentClosingSetting={"closingResponse": words("Ordered {Count} {Size}.")},
    )
    return served(order, GREET)


async def test_required_slots_are_asked_for_by_priority_and_optional_ones_never() -> None:
    talk = Conversation(shop())
    assert waits_for(await talk.say("i want a shirt")) == "Size"
    assert waits_for(await talk.say("large")) == "Count"
    turn = await talk.say("3")
    assert (waits_for(turn), said(turn)) == ("Close", ["Ordered 3 large."])


async def test_slots_in_the_first_utterance_are_not_asked_for() -> None:
    turn = await Conversation(shop()).say("order a big shirt")
    assert values(turn) == {"Size": "large"}
    assert waits_for(turn) == "Count"


async def test_an_answer_may_fill_other_slots_of_the_intent_too() -> None:
    talk = Conversation(shop())
    await talk.say("i want a shirt")
    assert values(await talk.say("3 of the small ones")) == {"Size": "small", "Count": "3"}


async def test_an_answer_that_fills_only_another_slot_is_no_miss_and_the_question_stands() -> None:
    talk = Conversation(shop())
    await talk.say("i want a shirt")
    turn = await talk.say("3")
    assert values(turn) == {"Count": "3"}
    assert waits_for(turn) == "Size"
    assert talk.session.attempts == 0


async def test_a_miss_prompts_again_with_the_next_variation() -> None:
    talk = Conversation(shop())
    await talk.say("i want a shirt")
    turn = await talk.say("purple elephants")
    assert (waits_for(turn), said(turn)) == ("Size", ["Size again?"])


async def test_after_the_last_retry_the_fallback_intent_takes_over() -> None:
    talk = Conversation(shop())
    await talk.say("i want a shirt")
    await talk.say("purple elephants")
    turn = await talk.say("purple elephants")
    assert talk.session.intent is not None
    assert talk.session.intent.name == "FallbackIntent"
    assert said(turn) == ["I did not get that."]


async def test_after_the_last_retry_the_configured_failure_path_is_taken() -> None:
    capture: Document = {
        "failureResponse": words("No size, no shirt."),
        "failureNextStep": step("EndConversation"),
    }
    talk = Conversation(shop(slotCaptureSetting=capture))
    await talk.say("i want a shirt")
    await talk.say("purple elephants")
    turn = await talk.say("purple elephants")
    assert said(turn) == ["No size, no shirt."]
    assert talk.session.intent is not None
    assert talk.session.intent.state == "Failed"


async def test_another_intent_is_switched_to_and_the_old_one_dropped() -> None:
    talk = Conversation(shop())
    await talk.say("i want a shirt")
    turn = await talk.say("greetings friend")
    assert talk.session.intent is not None
    assert talk.session.intent.name == "Greet"
    assert said(turn) == ["Hi."]


async def test_the_intent_is_not_switched_when_the_request_forbids_it() -> None:
    talk = Conversation(shop())
    await talk.say("i want a shirt")
    turn = await talk.say("greetings friend", None, x_amz_lex__intent_switch="DISABLE")
    assert waits_for(turn) == "Size"


async def test_a_capture_response_is_said_and_its_next_step_taken() -> None:
    capture: Document = {
        "captureResponse": words("Good choice."),
        "captureNextStep": step("EndConversation"),
    }
    talk = Conversation(shop(slotCaptureSetting=capture))
    await talk.say("i want a shirt")
    turn = await talk.say("small")
    assert (said(turn), waits_for(turn)) == (["Good choice."], "Close")


async def test_a_step_to_a_filled_slot_goes_on_from_that_slot() -> None:
    capture: Document = {"captureNextStep": step("ElicitSlot", slot="Count")}
    turn = await Conversation(shop(slotCaptureSetting=capture)).say("a big shirt and 4 of them")
    assert said(turn) == ["Ordered 4 large."]


async def test_a_default_value_is_not_asked_for() -> None:
    defaults: Document = {"defaultValueList": [{"defaultValue": "[size]"}, {"defaultValue": "small"}]}
    talk = Conversation(shop(defaultValueSpecification=defaults))
    assert values(await talk.say("i want a shirt")) == {"Size": "small"}
    turn = await talk.say("i want a shirt", {"dialogAction": {"type": "Close"}, "sessionAttributes": {"size": "large"}})
    assert values(turn) == {"Size": "large"}


def listed(strategy: str) -> ServedLocale:
    cities = enumeration("CityName", {"Springfield": [], "Shelbyville": []}, strategy)
    travel = intent(
        "Travel", "i want to travel", "go to {City}", slots=[slot("City", "CityName"), slot("Count", "AMAZON.Number")]
    )
    return served(travel, GREET, types=(cities,))


async def test_an_unlisted_value_fills_an_open_type_only() -> None:
    for strategy, expected in (("ORIGINAL_VALUE", {"City": "Ogdenville"}), ("TOP_RESOLUTION", {})):
        talk = Conversation(listed(strategy))
        await talk.say("i want to travel")
        assert values(await talk.say("Ogdenville")) == expected


async def test_a_sample_of_another_intent_beats_an_open_value() -> None:
    talk = Conversation(listed("ORIGINAL_VALUE"))
    await talk.say("i want to travel")
    await talk.say("good day to you")
    assert talk.session.intent is not None
    assert talk.session.intent.name == "Greet"


async def test_repeating_the_request_is_no_open_value() -> None:
    talk = Conversation(listed("ORIGINAL_VALUE"))
    await talk.say("i want to travel")
    turn = await talk.say("I want to travel!")
    assert (values(turn), waits_for(turn)) == ({}, "City")


async def test_free_form_input_takes_anything_and_never_switches() -> None:
    note = intent("TakeNote", "take a note please", slots=[slot("Body", "AMAZON.FreeFormInput")])
    talk = Conversation(served(note, GREET))
    await talk.say("take a note please")
    assert values(await talk.say("greetings friend")) == {"Body": "greetings friend"}
