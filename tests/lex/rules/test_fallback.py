"""The intent for everything else: rules fallback."""

import pytest

from services.lex.bots import ServedLocale
from services.lex.log_entries import log_entry
from services.lex.obfuscation import Obfuscation
from tests.lex.conversation import (
    Conversation,
    Document,
    FakeHook,
    answer,
    intent,
    said,
    served,
    stands,
    step,
    waits_for,
    words,
)
from tests.lex.rules.shop import CONFIRM, GREET, HOOKED, NOISE, ORDER, capture, order, shop

FALLBACK = "FallbackIntent"


def falling(shop_settings: Document | None = None, **settings: object) -> ServedLocale:
    """A shop whose fallback intent has these settings."""
    fallback = intent(FALLBACK, parentIntentSignature="AMAZON.FallbackIntent", **settings)
    return served(order(**(shop_settings or {})), GREET, fallback)


async def missed(bot: ServedLocale, hook: FakeHook | None = None) -> tuple[object, ...]:
    turn = await Conversation(bot, hook).say(NOISE)
    return said(turn), waits_for(turn), stands(turn)


@pytest.mark.rule("fallback-1")
async def test_it_is_never_recognised_and_never_confirmed() -> None:
    bot = falling(sampleUtterances=[{"utterance": "where is the moon"}], intentConfirmationSetting={
        "isActive": False, "promptSpecification": words("Sure?")
    })  # fmt: skip
    turn = await Conversation(bot).say("where is the moon")
    assert all(candidate.intent != FALLBACK for candidate in turn.candidates)
    assert (said(turn), waits_for(turn)) == ([], "Close")
    assert turn.intent.slots == {}


@pytest.mark.rule("fallback-2")
async def test_it_begins_when_nothing_reaches_the_threshold() -> None:
    assert (await missed(shop()))[2][0] == FALLBACK
    assert stands(await Conversation(shop()).say("greetings friend"))[0] == "Greet"


@pytest.mark.rule("fallback-3")
async def test_it_begins_when_a_slots_retries_are_used_up() -> None:
    talk = Conversation(shop())
    names = [stands(await talk.say(text))[0] for text in ("i want a shirt", NOISE, NOISE)]
    assert names == [ORDER, ORDER, FALLBACK]


@pytest.mark.rule("fallback-4")
async def test_it_begins_when_a_confirmations_retries_are_used_up() -> None:
    talk = Conversation(shop(intentConfirmationSetting=CONFIRM))
    names = [stands(await talk.say(text))[0] for text in ("2 big shirts please", NOISE, NOISE)]
    assert names == [ORDER, ORDER, FALLBACK]


@pytest.mark.rule("fallback-5")
async def test_with_its_dialog_hook_enabled_the_hook_is_called_with_it() -> None:
    hook = FakeHook(answer("ElicitIntent", "Say it otherwise."))
    turn = await Conversation(falling(dialogCodeHook=HOOKED), hook).say(NOISE)
    assert (said(turn), waits_for(turn)) == (["Say it otherwise."], "ElicitIntent")
    acting = hook.events[0].session_state.intent
    assert acting is not None
    assert (hook.sources, acting.name) == (["DialogCodeHook"], FALLBACK)


@pytest.mark.rule("fallback-5")
async def test_its_hook_is_called_beside_that_of_the_intent_whose_retries_are_used_up() -> None:
    hook = FakeHook()
    talk = Conversation(falling({"dialogCodeHook": HOOKED}, dialogCodeHook=HOOKED), hook)
    for text in ("i want a shirt", NOISE, NOISE):
        await talk.say(text)
    called = [event.session_state.intent.name for event in hook.events if event.session_state.intent]
    assert called == [ORDER, ORDER, ORDER, FALLBACK]


@pytest.mark.rule("fallback-6")
async def test_with_its_fulfilment_enabled_the_hook_is_called_with_it() -> None:
    hook = FakeHook(answer("Close", "Ask me about shirts.", intent={"name": FALLBACK, "state": "Fulfilled"}))
    heard = await missed(falling(fulfillmentCodeHook=HOOKED), hook)
    assert heard == (["Ask me about shirts."], "Close", (FALLBACK, "Fulfilled", "None"))
    acting = hook.events[0].session_state.intent
    assert acting is not None
    assert (hook.sources, acting.name) == (["FulfillmentCodeHook"], FALLBACK)


@pytest.mark.rule("fallback-6")
async def test_the_hook_is_called_after_the_last_retry_too() -> None:
    hook = FakeHook(answer("ElicitSlot", "Large or small?", slot="Size", intent={"name": ORDER}))
    talk = Conversation(falling(fulfillmentCodeHook=HOOKED), hook)
    for text in ("i want a shirt", NOISE, NOISE):
        turn = await talk.say(text)
    assert (said(turn), waits_for(turn), stands(turn)[0]) == (["Large or small?"], "Size", ORDER)


@pytest.mark.rule("fallback-7")
async def test_otherwise_its_initial_and_closing_responses_are_sent() -> None:
    initial = {"initialResponseSetting": {"initialResponse": words("Pardon?")}}
    closing = {"intentClosingSetting": {"closingResponse": words("Try again.")}}
    hook = FakeHook()
    for settings, expected in (
        (initial, ["Pardon?"]),
        (closing, ["Try again."]),
        (initial | closing, ["Pardon?", "Try again."]),
    ):
        assert (await missed(falling(**settings), hook))[0] == expected
    assert hook.events == []


@pytest.mark.rule("fallback-8")
async def test_by_default_it_closes_ready_for_fulfillment() -> None:
    for bot in (falling(), falling(fulfillmentCodeHook=HOOKED)):
        assert await missed(bot) == ([], "Close", (FALLBACK, "ReadyForFulfillment", "None"))


@pytest.mark.rule("fallback-9")
async def test_it_is_fulfilled_when_something_fulfils_it() -> None:
    assert (await missed(falling(fulfillmentCodeHook=HOOKED), FakeHook()))[2][1] == "Fulfilled"
    assert (await missed(falling(fulfillmentCodeHook={"enabled": False})))[2][1] == "Fulfilled"


@pytest.mark.rule("fallback-10")
async def test_it_has_no_score() -> None:
    turn = await Conversation(shop()).say(NOISE)
    first = turn.session.interpretations[0]
    assert (first.intent.name, first.nlu_confidence) == (FALLBACK, None)
    turn = await Conversation(shop()).say("greetings friend")
    second = turn.session.interpretations[1]
    assert (second.intent.name, second.nlu_confidence) == (FALLBACK, None)


@pytest.mark.rule("fallback-11")
async def test_conversation_logs_call_the_turn_a_missed_utterance() -> None:
    bot = shop(capture(failureNextStep=step("StartIntent", intent=FALLBACK)))
    obfuscation, talk = Obfuscation(bot), Conversation(bot)
    texts = ["greetings friend", NOISE, "i want a shirt", NOISE, NOISE]
    logged = []
    for text in texts:
        entry = log_entry(await talk.say(text), obfuscation, operation="RecognizeText", hidden_attributes=())
        state = entry["sessionState"]
        assert isinstance(state, dict)
        logged.append((entry["missedUtterance"], "intent" in state))
    assert logged == [(False, True), (True, False), (False, True), (False, True), (True, False)]
