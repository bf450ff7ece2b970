"""PutSession: what it does to the dialog."""

from tests.lex.conversation import Conversation, Document, said, stands, values, waits_for
from tests.lex.rules.shop import CONFIRM, ORDER, shop


async def test_put_session_with_delegate_runs_the_flow_from_its_start() -> None:
    talk = Conversation(shop())
    turn = await talk.put({"dialogAction": {"type": "Delegate"}, "intent": {"name": ORDER}})
    assert (waits_for(turn), said(turn)) == ("Size", ["Size?"])


async def test_put_session_with_elicit_slot_sends_the_given_or_the_configured_prompt() -> None:
    talk = Conversation(shop())
    state: Document = {
        "dialogAction": {"type": "ElicitSlot", "slotToElicit": "Size"},
        "intent": {"name": ORDER},
    }
    assert said(await talk.put(state)) == ["Size?"]
    assert said(await talk.put(state, "How big?")) == ["How big?"]
    assert values(await talk.say("large")) == {"Size": "large"}


async def test_put_session_with_confirm_intent_asks_for_the_confirmation() -> None:
    talk = Conversation(shop(intentConfirmationSetting=CONFIRM))
    slots: Document = {"Size": {"value": {"interpretedValue": "large"}}, "Count": {"value": {"interpretedValue": "2"}}}
    state: Document = {"dialogAction": {"type": "ConfirmIntent"}, "intent": {"name": ORDER, "slots": slots}}
    assert said(await talk.put(state)) == ["2 large?"]
    assert stands(await talk.say("yes"))[2] == "Confirmed"


async def test_put_session_with_elicit_intent_waits_and_close_only_stores() -> None:
    talk = Conversation(shop())
    turn = await talk.put({"dialogAction": {"type": "ElicitIntent"}}, "What can I do?")
    assert (said(turn), waits_for(turn)) == (["What can I do?"], "ElicitIntent")
    closed: Document = {"dialogAction": {"type": "Close"}, "intent": {"name": ORDER, "state": "Fulfilled"}}
    turn = await talk.put(closed)
    assert (said(turn), waits_for(turn), stands(turn)[:2]) == ([], "Close", (ORDER, "Fulfilled"))
