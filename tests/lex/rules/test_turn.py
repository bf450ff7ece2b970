"""What a turn begins with, and how an intent is recognised: rules turn-1, turn-2 and turn-5."""

import pytest

from services.lex.definition.model import IntentDefinition
from services.lex.dialog.search import Found, SearchResult
from services.lex.errors import ValidationFailed
from tests.lex.conversation import (
    Conversation,
    Document,
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
from tests.lex.rules.shop import CONFIRM, GREET, NOISE, ORDER, shop

RETURN = intent("Return", "i want to give it back", inputContexts=[{"name": "bought"}])
CARE = intent("Care", "how do i wash it", inputContexts=[{"name": "bought"}, {"name": "worn"}])
BACK = "i want to give it back"


def context(name: str = "bought", seconds: int = 60, turns: int = 5) -> Document:
    return {"name": name, "timeToLive": {"timeToLiveInSeconds": seconds, "turnsToLive": turns}}


def given(*contexts: Document) -> Document:
    return {"activeContexts": list(contexts)}


def acting(talk: Conversation) -> str | None:
    return talk.session.intent.name if talk.session.intent else None


@pytest.mark.rule("turn-1a")
async def test_a_context_past_its_seconds_is_gone_before_the_text_is_read() -> None:
    for seconds, expected in ((59, "Return"), (61, "FallbackIntent")):
        talk = Conversation(served(RETURN, GREET))
        await talk.say("greetings friend", given(context(seconds=60)))
        talk.wait(seconds)
        await talk.say(BACK)
        assert acting(talk) == expected


@pytest.mark.rule("turn-1b")
async def test_the_requests_state_overrides_the_sessions_field_by_field() -> None:
    talk = Conversation(shop(intentConfirmationSetting=CONFIRM))
    await talk.say("2 large shirts please", {"sessionAttributes": {"a": "1"}})
    turn = await talk.say("make it small", {"sessionAttributes": {"b": "2"}})
    assert talk.session.attributes == {"b": "2"}  # replaced
    assert (values(turn), waits_for(turn)) == ({"Size": "small", "Count": "2"}, "ConfirmIntent")  # kept
    assert waits_for(await talk.say("yes")) == "Close"
    assert talk.session.attributes == {"b": "2"}


@pytest.mark.rule("turn-1b")
async def test_dialog_action_and_intent_of_the_request_say_how_its_text_is_read() -> None:
    state: Document = {"dialogAction": {"type": "ElicitSlot", "slotToElicit": "Size"}, "intent": {"name": ORDER}}
    assert values(await Conversation(shop()).say("small", state)) == {"Size": "small"}


@pytest.mark.rule("turn-1b")
@pytest.mark.parametrize(
    "state",
    [
        {"intent": {"name": "Nothing"}},
        {"intent": {"name": ORDER, "slots": {"Colour": None}}},
        {"dialogAction": {"type": "ElicitSlot", "slotToElicit": "Colour"}, "intent": {"name": ORDER}},
        {"dialogAction": {"type": "ConfirmIntent"}},
    ],
)
async def test_state_that_does_not_fit_the_bot_is_refused(state: Document) -> None:
    with pytest.raises(ValidationFailed):
        await Conversation(shop()).say("hello", state)


@pytest.mark.rule("turn-1c")
async def test_contexts_of_the_request_are_active_for_its_own_text_and_an_empty_list_clears_them() -> None:
    talk = Conversation(served(RETURN, GREET))
    await talk.say(BACK, given(context(turns=3)))
    assert acting(talk) == "Return"
    await talk.say(BACK, given())
    assert acting(talk) == "FallbackIntent"
    assert talk.session.contexts == []


@pytest.mark.rule("turn-1d")
async def test_each_turn_counts_every_active_context_down() -> None:
    talk = Conversation(served(RETURN, GREET))
    await talk.say("greetings friend", given(context(turns=5), context("worn", turns=3)))
    for bought, worn in ((4, 2), (3, 1), (2, None)):
        left = {held.name: held.turns for held in talk.session.contexts}
        assert (left["bought"], left.get("worn")) == (bought, worn)
        await talk.say("greetings friend")


@pytest.mark.rule("turn-1e")
async def test_a_context_lives_for_as_many_turns_as_it_was_given() -> None:
    opened: Document = {"name": "bought", "timeToLiveInSeconds": 60, "turnsToLive": 1}
    buy = intent("Buy", "i want to buy it", outputContexts=[opened], fulfillmentCodeHook={"enabled": False})
    talk = Conversation(served(buy, RETURN))
    await talk.say("i want to buy it")
    await talk.say(BACK)
    assert acting(talk) == "Return"
    assert talk.session.contexts == []
    await talk.say(BACK)
    assert acting(talk) == "FallbackIntent"


@pytest.mark.rule("turn-2a")
@pytest.mark.parametrize(
    ("contexts", "expected"),
    [
        ([], "FallbackIntent"),
        (["bought"], "FallbackIntent"),
        (["worn"], "FallbackIntent"),
        (["bought", "worn"], "Care"),
    ],
)
async def test_an_intent_is_recognised_only_while_all_its_input_contexts_are_active(
    contexts: list[str], expected: str
) -> None:
    talk = Conversation(served(CARE, GREET))
    await talk.say("how do i wash it", given(*map(context, contexts)))
    assert acting(talk) == expected


@pytest.mark.rule("turn-2b")
@pytest.mark.parametrize("contexts", [[], ["bought"], ["bought", "worn"]])
async def test_an_intent_without_input_contexts_is_always_recognised(contexts: list[str]) -> None:
    talk = Conversation(served(CARE, GREET))
    await talk.say("greetings friend", given(*map(context, contexts)))
    assert acting(talk) == "Greet"


@pytest.mark.rule("turn-2c")
async def test_the_eligible_intents_are_scored_and_listed_best_first() -> None:
    book = intent("Book", "book a room for me")
    cancel = intent("Cancel", "cancel my room please")
    talk = Conversation(served(book, cancel, GREET, CARE))
    turn = await talk.say("book me a room please")
    listed = [(entry.intent.name, entry.nlu_confidence) for entry in turn.session.interpretations]
    assert [name for name, _ in listed][:2] == ["Book", "FallbackIntent"]
    assert {name for name, _ in listed} == {"Book", "FallbackIntent", "Cancel", "Greet"}  # Care has no context
    scores = [score.score for _, score in listed if score is not None]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


@pytest.mark.rule("turn-2d")
async def test_the_recognised_intents_slots_are_taken_from_the_text() -> None:
    turn = await Conversation(shop()).say("3 big shirts please")
    assert values(turn) == {"Size": "large", "Count": "3"}


@pytest.mark.rule("turn-2e")
@pytest.mark.parametrize("text", ["i want a shirt", "I want a shirt!", "a big shirt please"])
async def test_a_sample_utterance_is_certain(text: str) -> None:
    turn = await Conversation(shop()).say(text)
    confidence = turn.session.interpretations[0].nlu_confidence
    assert (acting_of(turn), confidence.score if confidence else None) == (ORDER, 1.0)


def acting_of(turn: object) -> str | None:
    return stands(turn)[0]


LIKE_AN_ORDER = "i would like a shirt"


@pytest.mark.rule("turn-5a")
async def test_while_the_bot_waits_for_an_intent_the_best_one_begins() -> None:
    talk = Conversation(
        shop(intentClosingSetting={"closingResponse": words("What else?"), "nextStep": step("ElicitIntent")})
    )
    assert waits_for(await talk.say("3 large shirts please")) == "ElicitIntent"
    assert said(await talk.say("greetings friend")) == ["Hi."]


@pytest.mark.rule("turn-5b")
async def test_after_a_closed_intent_the_best_one_begins() -> None:
    talk = Conversation(shop())
    assert waits_for(await talk.say("3 large shirts please")) == "Close"
    turn = await talk.say(LIKE_AN_ORDER)
    assert (stands(turn), values(turn), waits_for(turn)) == ((ORDER, "InProgress", "None"), {}, "Size")


@pytest.mark.rule("turn-5c")
async def test_in_a_new_session_the_best_intent_begins() -> None:
    talk = Conversation(shop())
    turn = await talk.say(LIKE_AN_ORDER)
    assert acting(talk) == ORDER
    assert not turn.candidates[0].exact


class Library:
    """Knows the museum."""

    async def search(self, query: str, intent: IntentDefinition, filter_text: str | None) -> SearchResult:
        return SearchResult([Found("At nine.")] if "museum" in query else [])


@pytest.mark.rule("turn-5d")
@pytest.mark.parametrize(
    ("signature", "answer"),
    [
        ("AMAZON.KendraSearchIntent", "((x-amz-lex:kendra-search-response-answer-1))"),
        ("AMAZON.QnAIntent", "((x-amz-lex:qnA-search-response))"),
    ],
)
async def test_below_the_threshold_a_search_intent_that_finds_something_begins(signature: str, answer: str) -> None:
    find = intent("Find", parentIntentSignature=signature, intentClosingSetting={"closingResponse": words(answer)})
    talk = Conversation(served(find, GREET), search=Library())
    assert said(await talk.say("museum quantum zebra")) == ["At nine."]
    assert acting(talk) == "Find"
    assert said(await talk.say("greetings friend")) == ["Hi."]  # recognised: nothing is searched
    assert said(await talk.say("quantum zebra orchestra")) == ["I did not get that."]
    without = Conversation(served(find, GREET))
    assert said(await without.say("museum quantum zebra")) == ["I did not get that."]


@pytest.mark.rule("turn-5e")
async def test_below_the_threshold_the_fallback_intent_begins() -> None:
    talk = Conversation(shop())
    turn = await talk.say("quantum zebra orchestra")
    assert said(turn) == ["I did not get that."]
    assert (acting(talk), turn.missed) == ("FallbackIntent", True)


@pytest.mark.rule("turn-5f")
async def test_near_ties_stay_in_the_order_of_their_scores() -> None:
    red, blue = intent("Red", "book the red car today"), intent("Blue", "book the blue car today")
    bot = served(red, blue, threshold=0.0)
    for text in ("book the car today", "book a car", "today the red or the blue car"):
        turn = await Conversation(bot).say(text)
        ranked = [(candidate.intent, candidate.confidence) for candidate in turn.candidates]
        assert ranked == sorted(ranked, key=lambda pair: -pair[1])
        assert {name for name, _ in ranked} == {"Red", "Blue"}
        assert stands(turn)[0] == ranked[0][0]


@pytest.mark.rule("turn-5g")
async def test_the_threshold_is_held_against_the_best_score() -> None:
    best = (await Conversation(shop()).say(LIKE_AN_ORDER)).candidates[0]
    assert 0 < best.confidence < 1
    for threshold, expected in (
        (best.confidence, ORDER),
        (min(1.0, best.confidence + 0.001), "FallbackIntent"),
        (0.0, ORDER),
    ):
        bot = served(*(entry for entry in shop().intents.values() if not entry.fallback), threshold=threshold)
        turn = await Conversation(bot).say(LIKE_AN_ORDER)
        assert stands(turn)[0] == expected


@pytest.mark.rule("turn-5c")
async def test_a_built_in_intent_is_recognised_by_its_base_utterances_even_at_an_open_slot() -> None:
    again = intent(
        "Again",
        parentIntentSignature="AMAZON.RepeatIntent",
        intentClosingSetting={"closingResponse": words("Once more.")},
    )
    note = intent("TakeNote", "take a note please", slots=[slot("Size", "SizeType")])
    talk = Conversation(served(note, again))
    await talk.say("take a note please")
    assert said(await talk.say("say that again")) == ["Once more."]


async def test_noise_is_no_intent_of_the_shop() -> None:
    turn = await Conversation(shop()).say(NOISE)
    assert all(candidate.confidence < 0.4 for candidate in turn.candidates)
