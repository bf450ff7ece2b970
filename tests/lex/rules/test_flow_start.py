"""The order of an intent's parts, and how it begins: rules flow and start."""

import pytest

from tests.lex.conversation import (
    Conversation,
    Document,
    FakeHook,
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
from tests.lex.rules.shop import CONFIRM, GREET, HOOKED, branching, capture, order, shop

DONE: Document = {"enabled": True, "postFulfillmentStatusSpecification": {"successResponse": words("Done.")}}
BYE: Document = {"closingResponse": words("Bye.")}
WHOLE: dict[str, Document] = {
    "initialResponseSetting": {"initialResponse": words("Welcome.")},
    "intentConfirmationSetting": CONFIRM,
    "fulfillmentCodeHook": DONE,
    "intentClosingSetting": BYE,
}


def begins(**setting: object) -> Document:
    return {"initialResponseSetting": dict(setting)}


@pytest.mark.rule("flow-1")
async def test_initial_response_slots_confirmation_fulfilment_and_closing_response_in_this_order() -> None:
    hook = FakeHook()
    talk = Conversation(shop(**WHOLE), hook)
    assert said(await talk.say("i want a shirt")) == ["Welcome.", "Size?"]
    assert said(await talk.say("large")) == ["Count?"]
    assert said(await talk.say("3")) == ["3 large?"]
    assert hook.events == []
    turn = await talk.say("yes")
    assert (said(turn), waits_for(turn), hook.sources) == (["Done.", "Bye."], "Close", ["FulfillmentCodeHook"])


@pytest.mark.rule("flow-1")
async def test_slots_in_the_first_utterance_are_not_asked_for() -> None:
    assert said(await Conversation(shop(**WHOLE)).say("a big shirt please")) == ["Welcome.", "Count?"]
    assert said(await Conversation(shop(**WHOLE)).say("2 big shirts please")) == ["Welcome.", "2 large?"]


@pytest.mark.rule("flow-2")
async def test_an_inactive_confirmation_is_passed_by() -> None:
    bot = shop(**WHOLE | {"intentConfirmationSetting": {**CONFIRM, "isActive": False}})
    assert said(await Conversation(bot, FakeHook()).say("2 big shirts please")) == ["Welcome.", "Done.", "Bye."]


@pytest.mark.rule("flow-3")
async def test_an_inactive_fulfilment_hook_is_passed_by() -> None:
    hook = FakeHook()
    for off in ({"isActive": False}, {"active": False}, {"enabled": False}):
        talk = Conversation(shop(**WHOLE | {"fulfillmentCodeHook": {**DONE, **off}}), hook)
        await talk.say("2 big shirts please")
        turn = await talk.say("yes")
        assert (said(turn), stands(turn)[1]) == (["Done.", "Bye."], "Fulfilled")
    assert hook.events == []


@pytest.mark.rule("flow-4")
async def test_an_inactive_closing_response_is_not_sent() -> None:
    talk = Conversation(shop(**WHOLE | {"intentClosingSetting": {**BYE, "isActive": False}}), FakeHook())
    await talk.say("2 big shirts please")
    turn = await talk.say("yes")
    assert (said(turn), waits_for(turn)) == (["Done."], "Close")


@pytest.mark.rule("start-1")
async def test_default_values_are_there_before_the_first_message() -> None:
    default: Document = {"defaultValueSpecification": {"defaultValueList": [{"defaultValue": "small"}]}}
    bot = shop(default, **begins(initialResponse=words("A {Size} shirt, then.")))
    turn = await Conversation(bot).say("i want a shirt")
    assert (said(turn), values(turn)) == (["A small shirt, then.", "Count?"], {"Size": "small"})


CONTEXT: Document = {
    "activeContexts": [
        {
            "name": "bought",
            "timeToLive": {"timeToLiveInSeconds": 60, "turnsToLive": 1},
            "contextAttributes": {"Size": "small"},
        }
    ]
}


@pytest.mark.rule("start-1")
async def test_a_default_value_comes_from_a_context_the_session_the_request_or_is_literal_in_this_order() -> None:
    sources = ["#bought.Size", "[size]", "<size>", "'big'"]
    default: Document = {
        "defaultValueSpecification": {"defaultValueList": [{"defaultValue": source} for source in sources]}
    }
    state: Document = {"sessionAttributes": {"size": "from session"}}

    async def filled(given: Document | None = None, **attributes: str) -> dict[str, str | None]:
        return values(await Conversation(shop(default)).say("i want a shirt", given, **attributes))

    assert await filled({**CONTEXT, **state}, size="from request") == {"Size": "small"}
    assert await filled(state, size="from request") == {"Size": "from session"}
    assert await filled(size="from request") == {"Size": "from request"}
    assert await filled() == {"Size": "big"}


@pytest.mark.rule("start-1")
async def test_what_the_customer_said_wins_over_a_default_value() -> None:
    default: Document = {"defaultValueSpecification": {"defaultValueList": [{"defaultValue": "small"}]}}
    assert values(await Conversation(shop(default)).say("a big shirt please")) == {"Size": "large"}


@pytest.mark.rule("start-2")
async def test_the_initial_response_is_sent_once() -> None:
    talk = Conversation(shop(**begins(initialResponse=words("Welcome.", "Welcome again."))))
    assert said(await talk.say("i want a shirt")) == ["Welcome.", "Welcome again.", "Size?"]
    assert said(await talk.say("large")) == ["Count?"]


TWO = branching(
    ('{Size} = "large"', "Large it is.", step("EndConversation", sessionAttributes={"branch": "first"})),
    ("fn.IS_SET({Size})", "Some size.", step("EndConversation", sessionAttributes={"branch": "second"})),
    default={"response": words("No size yet."), "nextStep": step("ElicitSlot", slot="Size")},
)
EVALUATES = step("EvaluateConditional")


@pytest.mark.rule("start-3")
async def test_the_first_true_branch_is_taken() -> None:
    for text, response, branch in (
        ("a big shirt please", "Large it is.", "first"),
        ("a small shirt please", "Some size.", "second"),
    ):
        talk = Conversation(shop(**begins(nextStep=EVALUATES, conditional=TWO)))
        turn = await talk.say(text)
        assert (said(turn), waits_for(turn), talk.session.attributes) == ([response], "Close", {"branch": branch})


@pytest.mark.rule("start-4")
async def test_the_default_branch_is_taken_when_none_is_true() -> None:
    turn = await Conversation(shop(**begins(nextStep=EVALUATES, conditional=TWO))).say("i want a shirt")
    assert said(turn) == ["No size yet.", "Size?"]


@pytest.mark.rule("start-5")
async def test_the_step_evaluates_a_conditional_that_is_not_active() -> None:
    inactive = {**TWO, "isActive": False}
    turn = await Conversation(shop(**begins(nextStep=EVALUATES, conditional=inactive))).say("a big shirt please")
    assert said(turn) == ["Large it is."]


@pytest.mark.rule("start-6")
async def test_an_active_conditional_is_evaluated_whatever_the_step() -> None:
    for next_step in (step("ElicitSlot", slot="Count"), None):
        turn = await Conversation(shop(**begins(nextStep=next_step, conditional=TWO))).say("a big shirt please")
        assert said(turn) == ["Large it is."]


@pytest.mark.rule("start-7")
async def test_an_inactive_conditional_is_left_alone() -> None:
    inactive = {**TWO, "isActive": False}
    setting = begins(nextStep=step("ElicitSlot", slot="Count"), conditional=inactive)
    assert said(await Conversation(shop(**setting)).say("a big shirt please")) == ["Count?"]


@pytest.mark.rule("start-8")
async def test_the_hook_is_called_when_it_is_the_next_step_and_only_then() -> None:
    for next_step, calls in ((step("InvokeDialogCodeHook"), 1), (step("ElicitSlot", slot="Size"), 0), (None, 0)):
        hook = FakeHook()
        bot = shop(**begins(nextStep=next_step, codeHook=hooked()), dialogCodeHook=HOOKED)
        assert waits_for(await Conversation(bot, hook).say("i want a shirt")) == "Size"
        assert hook.sources == ["DialogCodeHook"] * calls


@pytest.mark.rule("start-8")
async def test_a_branch_may_call_the_hook() -> None:
    hook = FakeHook()
    calls = branching(('{Size} = "large"', "Let me look.", step("InvokeDialogCodeHook")))
    bot = shop(**begins(conditional=calls, codeHook=hooked(successResponse=words("Found."))), dialogCodeHook=HOOKED)
    turn = await Conversation(bot, hook).say("a big shirt please")
    assert (said(turn), hook.sources) == (["Let me look.", "Found.", "Count?"], ["DialogCodeHook"])


@pytest.mark.rule("start-9")
async def test_else_the_next_step_is_taken() -> None:
    turn = await Conversation(shop(**begins(nextStep=step("ElicitSlot", slot="Count")))).say("i want a shirt")
    assert waits_for(turn) == "Count"


@pytest.mark.rule("start-10")
async def test_steps_that_spell_out_the_default_flow_lead_the_same_way() -> None:
    def spelled_out(slot_name: str, *, default: bool) -> Document:
        following = {"Size": step("ElicitSlot", slot="Count"), "Count": step("ConfirmIntent")}[slot_name]
        response = words(f"{slot_name} {{{slot_name}}}.")
        return capture(captureResponse=response, **({} if default else {"captureNextStep": following}))

    heard = []
    for default in (True, False):
        first = None if default else step("ElicitSlot", slot="Size")
        talk = Conversation(
            shop(
                spelled_out("Size", default=default),
                spelled_out("Count", default=default),
                initialResponseSetting={"initialResponse": words("Welcome."), "nextStep": first},
                intentConfirmationSetting=CONFIRM
                | ({} if default else {"confirmationNextStep": step("FulfillIntent")}),
                fulfillmentCodeHook=DONE,
                intentClosingSetting=BYE | ({} if default else {"nextStep": step("EndConversation")}),
            ),
            FakeHook(),
        )
        texts = ("i want a shirt", "large", "3", "yes", "2 small shirts please", "yes")
        heard.append([said(await talk.say(text)) for text in texts])
    assert heard[0] == heard[1]
    assert heard[0][4:] == [["Welcome.", "Size small.", "Count 2.", "2 small?"], ["Done.", "Bye."]]


@pytest.mark.rule("start-11")
async def test_a_step_to_a_filled_slot_goes_on_from_that_slot() -> None:
    passing = capture(captureNextStep=step("ElicitSlot", slot="Note"))
    note = slot("Note", "SizeType", required=False)
    first = {"initialResponseSetting": {"nextStep": step("ElicitSlot", slot="Size")}}
    entry = order(passing, **first)
    entry = entry.model_copy(update={"slots": entry.slots | {"Note": type(entry.slots["Size"]).model_validate(note)}})
    talk = Conversation(served(entry, GREET))
    assert waits_for(await talk.say("a big shirt please")) == "Note"


@pytest.mark.rule("start-11")
async def test_many_filled_slots_are_passed_in_one_turn() -> None:
    """The way of a form whose 40 slots are all known is no circle."""
    names = [f"S{n}" for n in range(40)]
    steps = [step("ElicitSlot", slot=name) for name in names[1:]] + [step("FulfillIntent")]
    fields = [
        slot(name, "SizeType", **capture(captureNextStep=following))
        for name, following in zip(names, steps, strict=True)
    ]
    form = intent(
        "Form", "fill in the form", slots=fields, initialResponseSetting={"nextStep": step("ElicitSlot", slot="S0")}
    )
    known: Document = {name: {"value": {"interpretedValue": "large"}} for name in names}
    turn = await Conversation(served(form)).put(
        {"dialogAction": {"type": "Delegate"}, "intent": {"name": "Form", "slots": known}}
    )
    assert stands(turn)[:2] == ("Form", "ReadyForFulfillment")


@pytest.mark.rule("start-12")
@pytest.mark.parametrize(("cleared", "expected"), [(True, "Size"), (False, "ConfirmIntent")])
async def test_a_slot_is_asked_for_again_only_when_it_was_cleared(cleared: bool, expected: str) -> None:
    slots: Document = {"Size": {"value": {"interpretedValue": None}}} if cleared else {}
    again = step("ElicitSlot", slot="Size", slots=slots)
    talk = Conversation(shop(intentConfirmationSetting={**CONFIRM, "declinationNextStep": again}))
    await talk.say("2 big shirts please")
    assert waits_for(await talk.say("no")) == expected
