"""Calls of the code hook: the event that is sent, and what an answer must be to be obeyed.

Formats: Lex V2 guide, "Using a Lambda function", input event and response format.
"""

import asyncio
import logging
from typing import Literal, NamedTuple

from services.lex.dialog.interpretations import interpretations
from services.lex.dialog.states import StateError, adopt, check
from services.lex.dialog.steps import Go
from services.lex.dialog.turn import MOST_MESSAGES, Turn
from services.lex.errors import HookFailed, HookTimedOut, function_error, invalid_response
from services.lex.ports import CodeHook
from shared.schemas.lex import (
    CodeHookEvent,
    CodeHookResponse,
    Confidence,
    DialogAction,
    Interpretation,
    Message,
    PromptAttempt,
    ProposedNextState,
)

log = logging.getLogger("omnilex.lex.hooks")

_LONGEST_MESSAGE = 1024
_LONGEST_LINE = 250
_MOST_BUTTONS, _LONGEST_BUTTON, _LONGEST_VALUE = 5, 50, 1000
Source = Literal["DialogCodeHook", "FulfillmentCodeHook"]


class Answer(NamedTuple):
    """`response` is there on success only, checked and already merged into the session.

    `reason` is what a client hears of a call that did not succeed, where no path is configured for that.
    """

    outcome: Literal["success", "failure", "timeout"]
    response: CodeHookResponse | None = None
    reason: str = str(function_error("Handled"))

    @property
    def action(self) -> DialogAction:
        if self.response is None or self.response.session_state.dialog_action is None:
            raise AssertionError("only a successful answer has an action")
        return self.response.session_state.dialog_action

    @property
    def messages(self) -> list[Message]:
        return list(self.response.messages or []) if self.response else []


class HookCaller:
    """Asks the code hook of the bot, if one is bound."""

    def __init__(self, hook: CodeHook | None) -> None:
        self._hook = hook

    @property
    def bound(self) -> bool:
        return self._hook is not None

    async def ask(
        self,
        turn: Turn,
        source: Source,
        *,
        label: str | None = None,
        next_: Go | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """Calls the hook and merges what it answers into the turn's session. Never raises for the hook's faults.

        `seconds` is the time it has, where the definition gives it one; else the adapter's own applies.
        """
        if self._hook is None:
            raise AssertionError("asked only when bound")
        before = turn.intent.name
        try:
            async with asyncio.timeout(seconds):
                response = await self._hook.call(_event(turn, source, label, next_), seconds=seconds)
            _check(turn, response)
            adopt(turn, response.session_state)
        except (HookTimedOut, TimeoutError):
            log.warning("lex.hook_timed_out", extra={"source": source, "intent": before})
            return Answer("timeout", reason=str(HookTimedOut()))
        except HookFailed as error:
            log.warning("lex.hook_failed", extra={"source": source, "intent": before, "reason": str(error)})
            return Answer("failure", reason=str(error))
        if response.request_attributes:
            turn.answer_attributes = (turn.answer_attributes or {}) | response.request_attributes
            turn.request_attributes |= response.request_attributes
        turn.overridden = turn.overridden or turn.intent.name != before
        return Answer("success", response)


def fingerprint(turn: Turn) -> str:
    """What a hook has seen of an intent: asked again about the same, it would answer the same."""
    return turn.intent.model_dump_json(include={"name", "slots", "confirmation_state"})


def _event(turn: Turn, source: Source, label: str | None, next_: Go | None) -> CodeHookEvent:
    state = turn.session.state(turn.now, turn.request_id)
    state.dialog_action = None
    return CodeHookEvent(
        message_version="1.0",
        invocation_source=source,
        input_mode=turn.input_mode,
        session_id=turn.address.session_id,
        input_transcript=turn.text,
        invocation_label=label,
        bot=turn.served.described(),
        interpretations=[_plain_score(entry) for entry in interpretations(turn)],
        proposed_next_state=_proposed(turn, next_),
        request_attributes=turn.request_attributes or None,
        session_state=state.model_copy(deep=True),
        transcriptions=[
            {
                "transcription": turn.text,
                "transcriptionConfidence": turn.transcription_confidence,
                "resolvedContext": {"intent": turn.intent.name},
                "resolvedSlots": {
                    name: finding.slot().model_dump(mode="json", by_alias=True, exclude_none=True)
                    for name, finding in turn.heard.items()
                },
            }
        ],
    )


def _plain_score(entry: Interpretation) -> Interpretation:
    """In events the confidence is a plain number."""
    score = entry.nlu_confidence
    return entry.model_copy(update={"nlu_confidence": score.score if isinstance(score, Confidence) else score})


def _proposed(turn: Turn, next_: Go | None) -> ProposedNextState | None:
    if next_ is None or next_.to != "ElicitSlot":
        return None
    return ProposedNextState(
        dialog_action=DialogAction(type="ElicitSlot", slot_to_elicit=next_.slot),
        intent=turn.intent.model_copy(deep=True),
        prompt=PromptAttempt(attempt=f"Retry{next_.attempt}" if next_.attempt else "Initial"),
    )


def _check(turn: Turn, response: CodeHookResponse) -> None:
    """Raises HookFailed, in Lex's words, for an answer that Lex would refuse."""
    state, messages = response.session_state, response.messages or []
    if state.dialog_action is None:
        raise invalid_response("sessionState.dialogAction is missing")
    try:
        check(turn, state)
    except StateError as error:
        raise invalid_response(str(error)) from error
    if state.dialog_action.type == "ElicitIntent" and not messages:
        raise invalid_response("ElicitIntent needs a message")
    if state.dialog_action.type == "Close" and (state.intent is None or state.intent.state is None):
        raise invalid_response("Close needs the intent's state")
    if state.dialog_action.type == "None":
        raise invalid_response("the dialog action has no meaning here")
    if len(messages) > MOST_MESSAGES:
        raise invalid_response(f"more than {MOST_MESSAGES} messages")
    if not all(_usable(message) for message in messages):
        raise invalid_response("the messages are not valid")


def _usable(message: Message) -> bool:
    """Lengths: botocore model of `lexv2-runtime`; a button's value may be as long as V1 has it."""
    if message.content_type != "ImageResponseCard":
        return _within(message.content, _LONGEST_MESSAGE)
    card = message.image_response_card
    if card is None or len(card.buttons or []) > _MOST_BUTTONS:
        return False
    lines = [card.title, *(text for text in (card.subtitle, card.image_url) if text is not None)]
    return all(_within(line, _LONGEST_LINE) for line in lines) and all(
        _within(button.text, _LONGEST_BUTTON) and _within(button.value, _LONGEST_VALUE) for button in card.buttons or []
    )


def _within(text: str | None, longest: int) -> bool:
    return text is not None and 0 < len(text) <= longest
