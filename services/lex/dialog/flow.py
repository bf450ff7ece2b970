"""The flow of an intent: from station to station until the bot waits for the customer or is done."""

from collections.abc import Awaitable, Callable

from services.lex.definition.model import Confirmation, SlotCapture
from services.lex.definition.parts import Path
from services.lex.dialog.beginning import begin, open_contexts
from services.lex.dialog.choices import closing_follows_hook, state_after_decline
from services.lex.dialog.hooks import Answer, HookCaller
from services.lex.dialog.paths import Paths, wait_for_confirmation, wait_for_slot
from services.lex.dialog.steps import Go, Station
from services.lex.dialog.turn import Turn
from services.lex.errors import DependencyFailed
from shared.schemas.lex import DialogAction

_MOST_STEPS = 50
_END = Go("EndConversation")
Handler = Callable[[Turn, Go], Awaitable[Go | None]]


class Flow:
    """Runs one turn's flow. Raises DependencyFailed when a hook fails and no path is configured for that."""

    def __init__(self, hooks: HookCaller) -> None:
        self._hooks = hooks
        self._paths = Paths(hooks)
        self._stations: dict[Station, Handler] = {
            "StartIntent": self._start,
            "ElicitSlot": self._elicit,
            "AskAgain": self._ask_again,
            "SlotCaptured": self._captured,
            "SlotMissed": self._missed,
            "SlotFailed": self._slot_failed,
            "ConfirmIntent": self._confirm,
            "Confirmed": self._confirmed,
            "Declined": self._declined,
            "ConfirmationMissed": self._confirmation_missed,
            "ConfirmationFailed": self._confirmation_failed,
            "FulfillIntent": self._fulfil,
            "CloseIntent": self._close,
            "ElicitIntent": self._elicit_intent,
            "EndConversation": self._end,
        }

    async def run(self, turn: Turn, go: Go) -> None:
        """Goes from station to station; gives up on a definition that goes round in circles."""
        step: Go | None = go
        for _ in range(_MOST_STEPS):
            if step is None:
                return
            step = await self._stations[step.to](turn, step)
        raise DependencyFailed("The bot's next steps lead in a circle.")

    async def _start(self, turn: Turn, go: Go) -> Go | None:
        begin(turn, self._known(turn, go.intent), heard=go.heard)
        return await self.started(turn)

    async def started(self, turn: Turn) -> Go | None:
        """The first part of an intent's flow, once its slots are set."""
        setting = turn.definition.initial_response_setting
        if setting is None:
            return await self._paths.onward(turn)
        return await self._paths.follow(turn, setting.path, default=None, hook=setting.code_hook)

    async def _elicit(self, turn: Turn, go: Go) -> Go | None:
        """Prompts for a slot. One that has its value already is passed by, on its own path onward."""
        if go.intent is not None and go.intent != turn.intent.name:
            begin(turn, self._known(turn, go.intent), heard=False)
        slot = go.slot
        if slot is None or slot not in turn.definition.slots:
            return await self._paths.onward(turn)
        if turn.filled(slot):
            return Go("SlotCaptured", slot=slot)
        wait_for_slot(turn, slot, [], 0)
        return None

    async def _ask_again(self, turn: Turn, go: Go) -> Go | None:
        """The answer filled other slots than the one asked for: no miss, but the question stands."""
        wait_for_slot(turn, _slot(go), [], turn.session.attempts)
        return None

    async def _captured(self, turn: Turn, go: Go) -> Go | None:
        setting = self._capture(turn, go)
        if go.heard and (answer := await self._paths.elicitation_hook(turn, setting.elicitation_code_hook)):
            return self._paths.obey(turn, answer)
        return await self._paths.follow(turn, setting.captured, default=None, hook=setting.code_hook)

    async def _missed(self, turn: Turn, go: Go) -> Go | None:
        setting = self._capture(turn, go)
        if answer := await self._paths.elicitation_hook(turn, setting.elicitation_code_hook):
            return self._paths.obey(turn, answer)
        if turn.definition.old_flow:
            onward = await self._paths.onward(turn)
            if onward is None or onward.to != "ElicitSlot":
                return onward
        attempt = turn.session.attempts + 1
        prompt = turn.slot(_slot(go)).elicitation.prompt_specification
        if attempt > (prompt.max_retries if prompt else 0):
            return Go("SlotFailed", slot=go.slot)
        wait_for_slot(turn, _slot(go), [], attempt)
        return None

    async def _slot_failed(self, turn: Turn, go: Go) -> Go | None:
        turn.failed = True
        return await self._paths.follow(turn, self._capture(turn, go).failed, default=self._fallback(turn))

    async def _confirm(self, turn: Turn, go: Go) -> Go | None:
        if go.intent is not None and go.intent != turn.intent.name:
            begin(turn, self._known(turn, go.intent), heard=False)
        wait_for_confirmation(turn, [], 0)
        return None

    async def _confirmed(self, turn: Turn, go: Go) -> Go | None:
        turn.intent.confirmation_state = "Confirmed"
        setting = turn.definition.intent_confirmation_setting or Confirmation()
        if answer := await self._paths.elicitation_hook(turn, setting.elicitation_code_hook):
            return self._paths.obey(turn, answer)
        default = None if turn.definition.old_flow else Go("FulfillIntent")
        return await self._paths.follow(turn, setting.confirmed, default=default, hook=setting.code_hook)

    async def _declined(self, turn: Turn, go: Go) -> Go | None:
        turn.intent.confirmation_state = "Denied"
        setting = turn.definition.intent_confirmation_setting or Confirmation()
        if answer := await self._paths.elicitation_hook(turn, setting.elicitation_code_hook):
            return self._paths.obey(turn, answer)
        if turn.definition.old_flow:
            onward = await self._paths.onward(turn)
            if onward is None or onward.to == "EndConversation":
                return onward
        turn.intent.state = state_after_decline()
        return await self._paths.follow(turn, setting.declined, default=_END, hook=setting.code_hook)

    async def _confirmation_missed(self, turn: Turn, go: Go) -> Go | None:
        setting = turn.definition.intent_confirmation_setting or Confirmation()
        if answer := await self._paths.elicitation_hook(turn, setting.elicitation_code_hook):
            return self._paths.obey(turn, answer)
        attempt = turn.session.attempts + 1
        if attempt > (setting.prompt_specification.max_retries if setting.prompt_specification else 0):
            return Go("ConfirmationFailed")
        wait_for_confirmation(turn, [], attempt)
        return None

    async def _confirmation_failed(self, turn: Turn, go: Go) -> Go | None:
        turn.failed = True
        setting = turn.definition.intent_confirmation_setting or Confirmation()
        return await self._paths.follow(turn, setting.failed, default=self._fallback(turn))

    async def _fulfil(self, turn: Turn, go: Go) -> Go | None:
        """With nothing to fulfil by, the client does it; a setting that is switched off counts as done."""
        setting = turn.definition.fulfillment_code_hook
        if setting is None or (setting.enabled and not self._hooks.bound):
            turn.intent.state = "ReadyForFulfillment"
            return Go("CloseIntent")
        outcomes = setting.post_fulfillment_status_specification
        if not (setting.enabled and setting.is_active):
            turn.intent.state = "Fulfilled"
            return await self._paths.follow(turn, outcomes.success, default=Go("CloseIntent"))
        turn.intent.state = "ReadyForFulfillment"
        answer = await self._hooks.ask(turn, "FulfillmentCodeHook")
        if answer.outcome != "success":
            turn.intent.state = "Failed"
            return await self._paths.after_fault(turn, outcomes, answer)
        if answer.action.type not in ("Close", "Delegate"):
            return self._paths.obey(turn, answer)
        return await self._fulfilled(turn, answer, outcomes.success, outcomes.failure)

    async def _fulfilled(self, turn: Turn, answer: Answer, success: Path, failure: Path) -> Go | None:
        """The hook's own messages replace the configured ones of the path it leads to."""
        if answer.action.type == "Delegate" and turn.intent.state != "Failed":
            turn.intent.state = "Fulfilled"
        failed = turn.intent.state == "Failed"
        turn.failed = turn.failed or failed
        path = failure if failed else success
        if answer.messages:
            turn.say(answer.messages)
            path = path.model_copy(update={"response": None})
        ends = failed or (answer.messages and not closing_follows_hook())
        return await self._paths.follow(turn, path, default=_END if ends else Go("CloseIntent"))

    async def _close(self, turn: Turn, go: Go) -> Go | None:
        closing = turn.definition.intent_closing_setting
        if closing is None or not closing.is_active:
            return _END
        return await self._paths.follow(turn, closing.path, default=_END)

    async def _elicit_intent(self, turn: Turn, go: Go) -> Go | None:
        turn.act(DialogAction(type="ElicitIntent"))
        if turn.intent.state in ("Fulfilled", "ReadyForFulfillment"):
            open_contexts(turn)
        return None

    async def _end(self, turn: Turn, go: Go) -> Go | None:
        turn.act(DialogAction(type="Close"))
        if turn.intent.state in ("Fulfilled", "ReadyForFulfillment"):
            open_contexts(turn)
        elif turn.failed:
            turn.intent.state = "Failed"
        return None

    @staticmethod
    def _capture(turn: Turn, go: Go) -> SlotCapture:
        return turn.slot(_slot(go)).elicitation.slot_capture_setting or SlotCapture()

    @staticmethod
    def _fallback(turn: Turn) -> Go:
        return Go("StartIntent", turn.served.locale.fallback.name)

    @staticmethod
    def _known(turn: Turn, name: str | None) -> str:
        """The intent a step names: the present one when it names none, the fallback intent when it is not there."""
        if name is None:
            return turn.intent.name
        return name if name in turn.served.intents else turn.served.locale.fallback.name


def _slot(go: Go) -> str:
    if go.slot is None:
        raise AssertionError("this station is always reached with a slot")
    return go.slot
