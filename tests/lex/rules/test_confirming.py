"""How the answer to a confirmation prompt is read: rules turn-4."""

import pytest

from services.lex.bots import ServedLocale
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
from tests.lex.rules.shop import CONFIRM, NOISE, ORDER, shop


async def confirming(bot: ServedLocale | None = None) -> Conversation:
    """The shop has just asked whether the order is right."""
    talk = Conversation(bot or shop(intentConfirmationSetting=CONFIRM))
    turn = await talk.say("3 large shirts please")
    assert (waits_for(turn), said(turn)) == ("ConfirmIntent", ["3 large?"])
    return talk


@pytest.mark.rule("turn-4a")
@pytest.mark.parametrize("text", ["yes", "Yes please!", "ok", "yes, the large shirts", "yes that is what i want"])
async def test_yes_confirms(text: str) -> None:
    turn = await (await confirming()).say(text)
    assert (stands(turn), waits_for(turn)) == ((ORDER, "ReadyForFulfillment", "Confirmed"), "Close")


@pytest.mark.rule("turn-4b")
@pytest.mark.parametrize("text", ["no", "No thanks.", "nope"])
async def test_no_denies(text: str) -> None:
    turn = await (await confirming()).say(text)
    assert (stands(turn), waits_for(turn)) == ((ORDER, "Failed", "Denied"), "Close")


@pytest.mark.rule("turn-4a", "turn-4b")
async def test_yes_and_no_are_said_in_the_words_of_the_locale() -> None:
    order = intent("Pedido", "quiero una camisa", intentConfirmationSetting={"promptSpecification": words("¿Seguro?")})
    for text, expected in (("sí, claro", "Confirmed"), ("no", "Denied")):
        talk = Conversation(served(order, locale_id="es_ES"))
        await talk.say("quiero una camisa")
        assert stands(await talk.say(text))[2] == expected


CHANGES = ["make it small", "no, make it small", "yes, but make it small", "small"]


@pytest.mark.rule("turn-4c")
@pytest.mark.parametrize("text", CHANGES)
async def test_a_new_value_is_filled_in(text: str) -> None:
    assert values(await (await confirming()).say(text)) == {"Size": "small", "Count": "3"}


@pytest.mark.rule("turn-4d")
@pytest.mark.parametrize("text", CHANGES)
async def test_a_new_value_leaves_nothing_confirmed(text: str) -> None:
    assert stands(await (await confirming()).say(text)) == (ORDER, "InProgress", "None")


@pytest.mark.rule("turn-4e")
@pytest.mark.parametrize("text", CHANGES)
async def test_a_new_value_is_asked_to_be_confirmed(text: str) -> None:
    talk = await confirming()
    turn = await talk.say(text)
    assert (waits_for(turn), said(turn)) == ("ConfirmIntent", ["3 small?"])
    assert stands(await talk.say("yes"))[2] == "Confirmed"


@pytest.mark.rule("turn-4e")
async def test_an_intent_that_asks_again_after_a_refusal_is_in_progress_and_is_confirmed_again() -> None:
    again = step("ElicitSlot", slot="Size", slots={"Size": {"value": {"interpretedValue": None}}})
    declined: Document = {**CONFIRM, "declinationResponse": words("Then which?"), "declinationNextStep": again}
    talk = await confirming(shop(intentConfirmationSetting=declined))
    turn = await talk.say("no")
    assert (said(turn), waits_for(turn)) == (["Then which?", "Size?"], "Size")
    assert stands(turn) == (ORDER, "InProgress", "None")
    assert said(await talk.say("small")) == ["3 small?"]


@pytest.mark.rule("turn-4f")
async def test_another_intent_is_switched_to() -> None:
    turn = await (await confirming()).say("greetings friend")
    assert (stands(turn)[0], said(turn)) == ("Greet", ["Hi."])
    kept = await (await confirming()).say("greetings friend", None, x_amz_lex__intent_switch="DISABLE")
    assert (stands(kept)[0], waits_for(kept)) == (ORDER, "ConfirmIntent")


@pytest.mark.rule("turn-4g")
@pytest.mark.parametrize("retries", [0, 1, 3])
async def test_a_miss_asks_again_up_to_the_prompts_retries(retries: int) -> None:
    prompt: Document = {"promptSpecification": {**words("{Count} {Size}?"), "maxRetries": retries}}
    talk = await confirming(shop(intentConfirmationSetting=prompt))
    for misses in range(1, retries + 1):
        turn = await talk.say(NOISE)
        assert (said(turn), waits_for(turn), talk.session.attempts) == (["3 large?"], "ConfirmIntent", misses)
    assert stands(await talk.say(NOISE))[0] == "FallbackIntent"


@pytest.mark.rule("turn-4g")
async def test_maybe_is_a_miss() -> None:
    talk = await confirming()
    assert waits_for(await talk.say("maybe")) == "ConfirmIntent"
    assert talk.session.attempts == 1


@pytest.mark.rule("turn-4h")
async def test_a_miss_beyond_the_retries_takes_the_failure_path() -> None:
    failing = {**CONFIRM, "failureResponse": words("Let us stop."), "failureNextStep": step("EndConversation")}
    talk = await confirming(shop(intentConfirmationSetting=failing))
    assert waits_for(await talk.say(NOISE)) == "ConfirmIntent"
    turn = await talk.say(NOISE)
    assert (said(turn), waits_for(turn), stands(turn)[:2]) == (["Let us stop."], "Close", (ORDER, "Failed"))


@pytest.mark.rule("turn-4c")
async def test_several_new_values_are_all_filled_in() -> None:
    turn = await (await confirming()).say("no, 5 small ones")
    assert (values(turn), said(turn)) == ({"Size": "small", "Count": "5"}, ["5 small?"])


@pytest.mark.rule("turn-4a")
async def test_an_intent_without_slots_is_confirmed_too() -> None:
    leave = intent(
        "Leave",
        "close my account",
        slots=[slot("Why", "SizeType", required=False)],
        intentConfirmationSetting={"promptSpecification": words("Sure?")},
    )
    talk = Conversation(served(leave))
    assert said(await talk.say("close my account")) == ["Sure?"]
    assert stands(await talk.say("yes"))[2] == "Confirmed"
