"""How an intent is fulfilled: rules fulfilment."""

import asyncio
import io
import json
import zipfile

import pytest

from services.lex.bots import ServedLocale
from services.lex.definition.documents import Documents
from services.lex.definition.export import export_bot
from services.lex.definition.reader import Reading, read_source
from services.lex.errors import DependencyFailed, HookFailed, HookTimedOut
from services.lex.settings import LexSettings
from shared.schemas.lex import CodeHookEvent, CodeHookResponse
from tests.lex.conversation import (
    Conversation,
    Document,
    FakeHook,
    answer,
    said,
    served,
    stands,
    step,
    values,
    waits_for,
    words,
)
from tests.lex.exports import INTENT, v2
from tests.lex.rules.shop import ENDS, GREET, HOOKED, ORDER, branching, order, shop

BYE: Document = {"closingResponse": words("Bye.")}
NEW_FLOW: Document = {"initialResponse": words("Welcome.")}
RESPONSES: Document = {
    "successResponse": words("Done."),
    "failureResponse": words("Failed."),
    "timeoutResponse": words("Too slow."),
}
GREETS = step("StartIntent", intent="Greet")
KNOWN: Document = {"Size": {"value": {"interpretedValue": "large"}}, "Count": {"value": {"interpretedValue": "2"}}}
FAILS = answer("Close", intent={"name": ORDER, "state": "Failed", "slots": KNOWN})


def fulfilling(updates: Document | None = None, *, enabled: bool = True, **paths: object) -> ServedLocale:
    """A shop that fulfils, of the flow from August 2022 on."""
    setting: Document = {
        "enabled": enabled,
        "postFulfillmentStatusSpecification": dict(paths) or RESPONSES,
        "fulfillmentUpdatesSpecification": updates,
    }
    return shop(fulfillmentCodeHook=setting, initialResponseSetting=NEW_FLOW, intentClosingSetting=BYE)


async def fulfilled(bot: ServedLocale, hook: FakeHook | None) -> tuple[list[str | None], str | None, str | None]:
    """What the bot says, what it then waits for, and the intent's state."""
    turn = await Conversation(bot, hook).say("2 big shirts please")
    return said(turn)[1:], waits_for(turn), stands(turn)[1]


@pytest.mark.rule("fulfilment-1")
async def test_the_hook_is_called_for_the_fulfilment() -> None:
    hook = FakeHook()
    await fulfilled(fulfilling(), hook)
    assert hook.sources == ["FulfillmentCodeHook"]
    assert hook.events[0].proposed_next_state is None


@pytest.mark.rule("fulfilment-2")
async def test_the_intent_is_ready_for_fulfillment_in_the_call() -> None:
    hook = FakeHook()
    await fulfilled(fulfilling(), hook)
    acting = hook.events[0].session_state.intent
    assert acting is not None
    assert (acting.name, acting.state, set(acting.slots)) == (ORDER, "ReadyForFulfillment", {"Size", "Count"})


@pytest.mark.rule("fulfilment-3")
async def test_after_a_success_the_success_response_is_sent() -> None:
    assert await fulfilled(fulfilling(), FakeHook()) == (["Done.", "Bye."], "Close", "Fulfilled")


@pytest.mark.rule("fulfilment-4")
async def test_after_a_success_its_conditional_and_next_step_are_taken() -> None:
    few = branching(("{Count} < 3", "So few.", ENDS))
    many = branching(("{Count} > 3", "So many.", ENDS))
    assert await fulfilled(fulfilling(successNextStep=ENDS), FakeHook()) == ([], "Close", "Fulfilled")
    assert (await fulfilled(fulfilling(successNextStep=GREETS), FakeHook()))[0] == ["Hi."]
    assert (await fulfilled(fulfilling(successConditional=few, successNextStep=GREETS), FakeHook()))[0] == ["So few."]
    assert (await fulfilled(fulfilling(successConditional=many, successNextStep=GREETS), FakeHook()))[0] == ["Hi."]


@pytest.mark.rule("fulfilment-5")
async def test_a_hook_that_raises_takes_the_failure_response() -> None:
    heard = await fulfilled(fulfilling(), FakeHook(HookFailed("down")))
    assert heard == (["Failed.", "Bye."], "Close", "Failed")


@pytest.mark.rule("fulfilment-6")
async def test_a_hook_that_answers_failed_takes_the_failure_response() -> None:
    assert await fulfilled(fulfilling(), FakeHook(FAILS)) == (["Failed.", "Bye."], "Close", "Failed")


@pytest.mark.rule("fulfilment-7")
@pytest.mark.parametrize("fault", [HookFailed("down"), FAILS])
async def test_after_a_failure_its_conditional_and_next_step_are_taken(fault: Document | Exception) -> None:
    few = branching(("{Count} < 3", "Just {Count}.", ENDS))
    heard = await fulfilled(fulfilling(failureConditional=few, failureNextStep=GREETS), FakeHook(fault))
    assert heard == (["Just 2."], "Close", "Failed")
    assert (await fulfilled(fulfilling(failureNextStep=GREETS), FakeHook(fault)))[0] == ["Hi."]


class SlowHook(FakeHook):
    """Takes longer than any test waits."""

    async def call(self, event: CodeHookEvent, *, seconds: float | None = None) -> CodeHookResponse:
        await asyncio.sleep(60)
        return await super().call(event, seconds=seconds)


@pytest.mark.rule("fulfilment-8")
async def test_past_the_definitions_time_the_timeout_response_is_sent() -> None:
    updates: Document = {"active": True, "timeoutInSeconds": 0}
    assert await fulfilled(fulfilling(updates), SlowHook()) == (["Too slow.", "Bye."], "Close", "Failed")


@pytest.mark.rule("fulfilment-8")
async def test_the_hook_is_given_the_definitions_time() -> None:
    for updates, expected in (
        ({"active": True, "timeoutInSeconds": 900}, 900),
        ({"active": False, "timeoutInSeconds": 900}, None),
        (None, None),
    ):
        hook = FakeHook()
        await fulfilled(fulfilling(updates), hook)
        assert hook.seconds == [expected]


@pytest.mark.rule("fulfilment-9")
async def test_after_a_timeout_its_conditional_and_next_step_are_taken() -> None:
    few = branching(("{Count} < 3", "Just {Count}.", ENDS))
    heard = await fulfilled(fulfilling(timeoutConditional=few, timeoutNextStep=GREETS), FakeHook(HookTimedOut()))
    assert heard == (["Just 2."], "Close", "Failed")
    assert (await fulfilled(fulfilling(timeoutNextStep=GREETS), FakeHook(HookTimedOut())))[0] == ["Hi."]


@pytest.mark.rule("fulfilment-10")
async def test_without_a_time_of_its_own_a_hook_has_thirty_seconds() -> None:
    hook = FakeHook()
    await fulfilled(fulfilling(), hook)
    assert hook.seconds == [None]  # the runtime's time, which is bounded where the hook is bound: test_code_hook
    assert LexSettings().code_hook_timeout_seconds == 30


@pytest.mark.rule("fulfilment-11")
@pytest.mark.parametrize(
    ("fault", "expected"), [(None, "Done."), (HookFailed("down"), "Failed."), (HookTimedOut(), "Too slow.")]
)
async def test_every_outcome_goes_on_to_the_closing_response(fault: Exception | None, expected: str) -> None:
    hook = FakeHook(fault) if fault else FakeHook()
    assert (await fulfilled(fulfilling(), hook))[0] == [expected, "Bye."]


@pytest.mark.rule("fulfilment-11")
async def test_in_a_bot_of_the_old_flow_a_failure_ends_the_conversation() -> None:
    setting: Document = {"enabled": True, "postFulfillmentStatusSpecification": RESPONSES}
    bot = shop(fulfillmentCodeHook=setting, intentClosingSetting=BYE)
    for hook, expected in ((FakeHook(FAILS), ["Failed."]), (FakeHook(), ["Done.", "Bye."])):
        assert said(await Conversation(bot, hook).say("2 big shirts please")) == expected


@pytest.mark.rule("fulfilment-12")
async def test_a_fulfilment_that_is_switched_off_succeeds_without_a_call() -> None:
    hook = FakeHook()
    for bound in (hook, None):
        assert await fulfilled(fulfilling(enabled=False), bound) == (["Done.", "Bye."], "Close", "Fulfilled")
    assert hook.events == []


@pytest.mark.rule("fulfilment-13")
async def test_without_a_setting_the_client_fulfils() -> None:
    hook = FakeHook()
    bot = shop(initialResponseSetting=NEW_FLOW, intentClosingSetting=BYE)
    for bound in (hook, None):
        assert await fulfilled(bot, bound) == (["Bye."], "Close", "ReadyForFulfillment")
    assert hook.events == []


@pytest.mark.rule("fulfilment-14")
async def test_without_a_hook_the_client_fulfils() -> None:
    assert await fulfilled(fulfilling(), None) == (["Bye."], "Close", "ReadyForFulfillment")


@pytest.mark.rule("fulfilment-15")
async def test_without_a_timeout_path_a_timeout_is_a_failure_and_without_that_a_dependency_failure() -> None:
    bot = fulfilling(failureResponse=words("Failed."))
    assert (await fulfilled(bot, FakeHook(HookTimedOut())))[0] == ["Failed.", "Bye."]
    for fault in (HookTimedOut(), HookFailed("down")):
        with pytest.raises(DependencyFailed) as caught:
            await fulfilled(fulfilling(successResponse=words("Done.")), FakeHook(fault))
        assert caught.value.status == 424


@pytest.mark.rule("fulfilment-16")
async def test_a_hook_that_delegates_has_fulfilled_the_intent() -> None:
    assert await fulfilled(fulfilling(), FakeHook(answer("Delegate"))) == (["Done.", "Bye."], "Close", "Fulfilled")


@pytest.mark.rule("fulfilment-16")
async def test_a_hook_that_takes_a_value_back_has_it_asked_for_again() -> None:
    kept: Document = {"Count": {"value": {"interpretedValue": "2"}}}
    hook = FakeHook(answer("Delegate", "That size is gone.", intent={"name": ORDER, "slots": kept}))
    talk = Conversation(fulfilling(), hook)
    turn = await talk.say("2 big shirts please")
    assert (said(turn)[1:], waits_for(turn)) == (["That size is gone.", "Size?"], "Size")
    assert (values(turn), stands(turn)[1]) == ({"Count": "2"}, "InProgress")
    assert said(await talk.say("small")) == ["Done.", "Bye."]


@pytest.mark.rule("fulfilment-16")
async def test_a_hook_that_puts_another_intent_in_place_has_it_run() -> None:
    hook = FakeHook(answer("Delegate", intent={"name": "Greet"}))
    turn = await Conversation(fulfilling(), hook).say("2 big shirts please")
    assert (said(turn)[1:], stands(turn)[:2], turn.overridden) == (["Hi."], ("Greet", "ReadyForFulfillment"), True)


@pytest.mark.rule("fulfilment-16")
async def test_a_fulfilment_hook_may_ask_again() -> None:
    hook = FakeHook(answer("ElicitSlot", "How many really?", slot="Count"))
    turn = await Conversation(fulfilling(), hook).say("2 big shirts please")
    assert (said(turn)[1:], waits_for(turn), stands(turn)[1]) == (["How many really?"], "Count", "InProgress")


def update(**seconds: int) -> Document:
    return {**seconds, "messageGroups": words("Working on it.")["messageGroupsList"], "allowInterrupt": True}


UPDATES: Document = {
    "active": True,
    "timeoutInSeconds": 60,
    "startResponse": update(delayInSeconds=1),
    "updateResponse": update(frequencyInSeconds=1),
}


@pytest.mark.rule("fulfilment-17")
async def test_progress_messages_are_not_sent_by_an_operation_that_answers_once() -> None:
    assert (await fulfilled(fulfilling(UPDATES), FakeHook()))[0] == ["Done.", "Bye."]


def imported(updates: Document) -> Reading:
    documents = v2(fulfillmentCodeHook={"enabled": True, "isActive": True, "fulfillmentUpdatesSpecification": updates})
    raw = {path: json.dumps(document).encode() for path, document in documents.items()}
    return read_source(Documents("test", "test", raw))


@pytest.mark.rule("fulfilment-17")
def test_progress_messages_are_kept_for_the_export() -> None:
    result = imported(UPDATES)
    assert [warning for warning in result.warnings if "fulfillment" in warning.pointer] == []
    with zipfile.ZipFile(io.BytesIO(export_bot(result.bots[0]))) as archive:
        kept = json.loads(archive.read(INTENT))["fulfillmentCodeHook"]["fulfillmentUpdatesSpecification"]
    assert (kept["active"], kept["timeoutInSeconds"]) == (True, 60)
    assert kept["startResponse"]["delayInSeconds"] == kept["updateResponse"]["frequencyInSeconds"] == 1
    message = kept["startResponse"]["messageGroups"][0]["message"]["plainTextMessage"]
    assert message == {"value": "Working on it."}


@pytest.mark.rule("fulfilment-17")
@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"timeoutInSeconds": 901}, "timeoutInSeconds"),
        ({"startResponse": update(delayInSeconds=0)}, "startResponse/delayInSeconds"),
        ({"updateResponse": update(frequencyInSeconds=1000)}, "updateResponse/frequencyInSeconds"),
    ],
)
def test_progress_messages_are_held_against_the_quotas(change: Document, pointer: str) -> None:
    warnings = [(warning.code, warning.pointer) for warning in imported(UPDATES | change).warnings]
    assert ("limit", f"/fulfillmentCodeHook/fulfillmentUpdatesSpecification/{pointer}") in warnings


async def test_the_client_fulfils_a_greeting() -> None:
    turn = await Conversation(served(order(dialogCodeHook=HOOKED), GREET)).say("greetings friend")
    assert stands(turn)[:2] == ("Greet", "ReadyForFulfillment")
