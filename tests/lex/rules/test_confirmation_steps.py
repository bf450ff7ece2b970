"""What follows a yes, a no, or neither: rules confirmation."""

import pytest

from tests.lex.conversation import Conversation, Document, FakeHook, hooked, said, stands, step, waits_for, words
from tests.lex.rules.shop import CONFIRM, ENDS, NOISE, ORDER, branching, shop

DONE: Document = {"enabled": False, "postFulfillmentStatusSpecification": {"successResponse": words("Done.")}}
Heard = tuple[list[str | None], str | None, tuple[str | None, str | None, str | None]]


async def after(*texts: str, hook: FakeHook | None = None, **confirmation: object) -> Heard:
    """What the bot says to the last answer to its confirmation, what it then waits for, and how the intent stands."""
    settings: Document = {**CONFIRM, **confirmation}
    bot = shop(intentConfirmationSetting=settings, fulfillmentCodeHook=DONE, dialogCodeHook={"enabled": bool(hook)})
    talk = Conversation(bot, hook)
    assert waits_for(await talk.say("2 big shirts please")) == "ConfirmIntent"
    for text in texts:
        turn = await talk.say(text)
    return said(turn), waits_for(turn), stands(turn)


FEW = branching(("{Count} < 3", "So few.", ENDS))
MANY = branching(("{Count} > 3", "So many.", ENDS))
GREETS = step("StartIntent", intent="Greet")


@pytest.mark.rule("confirmation-1")
async def test_after_a_yes_the_confirmation_response_is_sent() -> None:
    heard = await after("yes", confirmationResponse=words("{Count} it is."))
    assert heard == (["2 it is.", "Done."], "Close", (ORDER, "Fulfilled", "Confirmed"))


@pytest.mark.rule("confirmation-2")
async def test_after_a_yes_the_conditional_decides_before_the_step() -> None:
    assert (await after("yes", confirmationConditional=FEW, confirmationNextStep=GREETS))[0] == ["So few."]
    assert (await after("yes", confirmationConditional=MANY, confirmationNextStep=GREETS))[0] == ["Hi."]


@pytest.mark.rule("confirmation-3")
async def test_after_a_yes_the_next_step_is_taken() -> None:
    assert await after("yes", confirmationNextStep=ENDS) == ([], "Close", (ORDER, "InProgress", "Confirmed"))
    hook = FakeHook()
    calls = {"confirmationNextStep": step("InvokeDialogCodeHook"), "codeHook": hooked(successNextStep=GREETS)}
    assert (await after("yes", hook=hook, **calls))[0] == ["Hi."]


@pytest.mark.rule("confirmation-4")
async def test_after_a_yes_the_intent_is_fulfilled() -> None:
    assert await after("yes") == (["Done."], "Close", (ORDER, "Fulfilled", "Confirmed"))


@pytest.mark.rule("confirmation-5")
async def test_after_a_no_the_declination_response_is_sent() -> None:
    assert (await after("no", declinationResponse=words("Then not {Count}.")))[0] == ["Then not 2."]


@pytest.mark.rule("confirmation-6")
async def test_after_a_no_the_conditional_decides_before_the_step() -> None:
    assert (await after("no", declinationConditional=FEW, declinationNextStep=GREETS))[0] == ["So few."]
    assert (await after("no", declinationConditional=MANY, declinationNextStep=GREETS))[0] == ["Hi."]


@pytest.mark.rule("confirmation-7")
async def test_after_a_no_the_next_step_is_taken() -> None:
    again = step("ElicitSlot", slot="Count", slots={"Count": {"value": {"interpretedValue": None}}})
    assert await after("no", declinationNextStep=again) == (["Count?"], "Count", (ORDER, "InProgress", "None"))
    hook = FakeHook()
    calls = {"declinationNextStep": step("InvokeDialogCodeHook"), "codeHook": hooked(successNextStep=GREETS)}
    assert (await after("no", hook=hook, **calls))[0] == ["Hi."]
    assert hook.events[0].session_state.intent is not None
    assert hook.events[0].session_state.intent.confirmation_state == "Denied"


@pytest.mark.rule("confirmation-8")
async def test_after_a_no_the_conversation_ends() -> None:
    assert (await after("no"))[:2] == ([], "Close")


@pytest.mark.rule("confirmation-9")
async def test_after_a_no_the_intent_is_failed_and_denied() -> None:
    assert (await after("no"))[2] == (ORDER, "Failed", "Denied")
    assert (await after("no", declinationResponse=words("Then not.")))[2] == (ORDER, "Failed", "Denied")


@pytest.mark.rule("confirmation-10")
async def test_after_the_last_miss_the_failure_path_is_taken() -> None:
    assert (await after(NOISE, NOISE, failureResponse=words("Stop."), failureNextStep=ENDS)) == (
        ["Stop."],
        "Close",
        (ORDER, "Failed", "None"),
    )
    assert (await after(NOISE, NOISE, failureConditional=FEW, failureNextStep=GREETS))[0] == ["So few."]
    assert (await after(NOISE, NOISE, failureConditional=MANY, failureNextStep=GREETS))[0] == ["Hi."]
    assert (await after(NOISE, NOISE))[2][0] == "FallbackIntent"
    assert (await after(NOISE, NOISE, failureResponse=words("Hm.")))[0] == ["Hm.", "I did not get that."]


@pytest.mark.rule("confirmation-4")
async def test_an_order_that_was_refused_is_not_fulfilled_unconfirmed() -> None:
    """A no whose next step leads back into the flow comes to the confirmation again, not past it."""
    heard = await after("no", declinationNextStep=step("ElicitSlot", slot="Size"))
    assert heard == (["2 large?"], "ConfirmIntent", (ORDER, "InProgress", "None"))
