"""How an intent is closed, and what its end opens: rules closing."""

import pytest

from services.lex.bots import ServedLocale
from tests.lex.conversation import Conversation, Document, FakeHook, answer, said, stands, step, waits_for, words
from tests.lex.rules.shop import CONFIRM, ENDS, ORDER, branching, shop

BYE: Document = {"closingResponse": words("Bye.")}
CONTEXT: Document = {"name": "bought", "timeToLiveInSeconds": 90, "turnsToLive": 5}


async def closed(bot: ServedLocale, hook: FakeHook | None = None, *texts: str) -> Conversation:
    talk = Conversation(bot, hook)
    for text in texts or ("2 big shirts please",):
        await talk.say(text)
    return talk


@pytest.mark.rule("closing-1")
@pytest.mark.parametrize(
    ("active", "expected"), [({}, ["Bye."]), ({"isActive": True}, ["Bye."]), ({"isActive": False}, [])]
)
async def test_the_closing_response_is_sent_if_it_is_active(active: Document, expected: list[str]) -> None:
    turn = await Conversation(shop(intentClosingSetting=BYE | active)).say("2 big shirts please")
    assert (said(turn), waits_for(turn)) == (expected, "Close")


@pytest.mark.rule("closing-2")
async def test_without_a_next_step_the_conversation_ends() -> None:
    for settings in ({}, {"intentClosingSetting": BYE}, {"intentClosingSetting": BYE | {"nextStep": ENDS}}):
        turn = await Conversation(shop(**settings)).say("2 big shirts please")
        assert waits_for(turn) == "Close"


@pytest.mark.rule("closing-3")
async def test_with_the_step_elicit_intent_the_bot_waits() -> None:
    talk = Conversation(shop(intentClosingSetting=BYE | {"nextStep": step("ElicitIntent")}))
    turn = await talk.say("2 big shirts please")
    assert (said(turn), waits_for(turn)) == (["Bye."], "ElicitIntent")
    assert said(await talk.say("greetings friend")) == ["Hi."]


@pytest.mark.rule("closing-3")
async def test_a_closing_response_may_branch() -> None:
    more = branching(("{Count} > 1", "Another?", step("ElicitIntent")))
    bot = shop(intentClosingSetting=BYE | {"conditional": more})
    turn = await Conversation(bot).say("2 big shirts please")
    assert (said(turn), waits_for(turn)) == (["Bye.", "Another?"], "ElicitIntent")
    assert waits_for(await Conversation(bot).say("1 big shirts please")) == "Close"


def opened(talk: Conversation) -> dict[str, dict[str, str]]:
    return {held.name: held.attributes for held in talk.session.contexts}


@pytest.mark.rule("closing-4")
@pytest.mark.parametrize("ending", [ENDS, step("ElicitIntent"), step("StartIntent", intent="Greet"), None])
@pytest.mark.parametrize(
    "fulfilment", [None, {"enabled": False}, {"enabled": True}], ids=["client", "switched off", "hook"]
)
async def test_a_fulfilled_intent_activates_its_output_contexts(ending: Document | None, fulfilment: Document) -> None:
    settings = {"outputContexts": [CONTEXT], "intentClosingSetting": BYE | ({"nextStep": ending} if ending else {})}
    if fulfilment:
        settings["fulfillmentCodeHook"] = fulfilment
    talk = await closed(shop(**settings), FakeHook())
    assert list(opened(talk)) == ["bought"]
    (held,) = talk.session.contexts
    assert (held.turns, (held.until - talk.now).total_seconds()) == (5, 90)


@pytest.mark.rule("closing-4")
@pytest.mark.parametrize(("state", "expected"), [("Fulfilled", ["bought"]), ("Failed", []), ("InProgress", [])])
async def test_an_intent_that_a_dialog_hook_closes_as_fulfilled_activates_them_too(
    state: str, expected: list[str]
) -> None:
    hook = FakeHook(answer("Close", intent={"name": ORDER, "state": state}))
    talk = await closed(shop(outputContexts=[CONTEXT], dialogCodeHook={"enabled": True}), hook, "i want a shirt")
    assert list(opened(talk)) == expected


@pytest.mark.rule("closing-4")
async def test_an_intent_that_is_not_fulfilled_activates_none() -> None:
    failing = FakeHook(answer("Close", intent={"name": ORDER, "state": "Failed"}))
    talk = await closed(shop(outputContexts=[CONTEXT], fulfillmentCodeHook={"enabled": True}), failing)
    assert (stands_of(talk), opened(talk)) == ("Failed", {})
    talk = await closed(shop(outputContexts=[CONTEXT]), None, "i want a shirt", "small")
    assert (stands_of(talk), opened(talk)) == ("InProgress", {})
    bot = shop(outputContexts=[CONTEXT], intentConfirmationSetting=CONFIRM)
    talk = await closed(bot, None, "2 big shirts please", "no")
    assert (stands_of(talk), opened(talk)) == ("Failed", {})


def stands_of(talk: Conversation) -> str | None:
    return talk.session.intent.state if talk.session.intent else None


@pytest.mark.rule("closing-5")
async def test_output_contexts_carry_the_slots_as_interpreted() -> None:
    assert opened(await closed(shop(outputContexts=[CONTEXT]))) == {"bought": {"Size": "large", "Count": "2"}}


@pytest.mark.rule("closing-4")
async def test_a_context_opened_again_lives_anew() -> None:
    talk = await closed(shop(outputContexts=[CONTEXT]))
    await talk.say("greetings friend")
    assert [held.turns for held in talk.session.contexts] == [4]
    turn = await talk.say("1 small shirts please")
    assert (stands(turn)[0], [held.turns for held in talk.session.contexts]) == (ORDER, [5])
    assert opened(talk) == {"bought": {"Size": "small", "Count": "1"}}
