"""The flow of an intent: from station to station until the bot waits for the customer or is done."""

from collections.abc import Awaitable, Callable

from services.lex.definition.model import Confirmation, SlotCapture
from services.lex.dialog.beginning import asks_to_confirm, begin, enter, known
from services.lex.dialog.choices import decline_fails
from services.lex.dialog.composites import part_asked
from services.lex.dialog.endings import Endings
from services.lex.dialog.hooks import HookCaller
from services.lex.dialog.paths import Paths
from services.lex.dialog.search import KnowledgeSearch, SearchFailed, eligible_searches, look_up, searches
from services.lex.dialog.steps import Go, Station
from services.lex.dialog.turn import Turn
from services.lex.dialog.waiting import prompt_for, wait_for_confirmation, wait_for_slot
from services.lex.errors import DependencyFailed

_MOST_STEPS = 50
_END = Go("EndConversation")
Handler = Callable[[Turn, Go], Awaitable[Go | None]]


class Flow:
    """Runs one turn's flow. Raises DependencyFailed when a hook fails and no path is configured for that."""

    def __init__(self, hooks: HookCaller, search: KnowledgeSearch) -> None:
        self._search = search
        self._paths = Paths(hooks)
        self._endings = Endings(hooks, self._paths)
        self._stations: dict[Station, Handler] = {
            "StartIntent": self._start,
            "Unrecognised": self._unrecognised,
            "Begun": self._begun,
            "ElicitSlot": self._elicit,
            "AskAgain": self._ask_again,
            "SlotCaptured": self._captured,
            "SlotMissed": self._missed,
            "SlotFailed": self._slot_failed,
            "ConfirmIntent": self._confirm,
            "Confirmed": self._confirmed,
            "Declined": self._declined,
            "ConfirmationChanged": self._confirmation_changed,
            "ConfirmationMissed": self._confirmation_missed,
            "ConfirmationFailed": self._confirmation_failed,
            "FulfillIntent": self._endings.fulfil,
            "CloseIntent": self._endings.close,
            "ElicitIntent": self._endings.elicit_intent,
            "EndConversation": self._endings.end,
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
        """Begins an intent; a search intent that finds nothing gives way to the fallback intent."""
        name = known(turn, go.intent)
        if searches(turn.served.intents[name]):
            return await self._searched(turn, [name])
        begin(turn, name, heard=go.heard, given=go.given)
        return await self.started(turn)

    async def _unrecognised(self, turn: Turn, go: Go) -> Go | None:
        """Nothing reaches the threshold: a search intent that finds something, else the fallback intent."""
        return await self._searched(turn, eligible_searches(turn))

    async def _searched(self, turn: Turn, names: list[str]) -> Go | None:
        """Begins the first of the search intents whose search finds anything, or fails."""
        for name in names:
            try:
                result = await look_up(turn, name, self._search)
            except SearchFailed:
                begin(turn, name, heard=False)
                return await self._endings.search_failed(turn)
            if result is not None:
                begin(turn, name, heard=False)
                turn.intent.kendra_response = result.raw
                return await self.started(turn)
        return self._fallback(turn)

    async def _begun(self, turn: Turn, go: Go) -> Go | None:
        """A hook has put another intent in place and lets its flow run."""
        return await self.started(turn)

    async def started(self, turn: Turn) -> Go | None:
        """The first part of an intent's flow, once its slots are set."""
        setting = turn.definition.initial_response_setting
        if setting is None or setting.initial_response is None:
            turn.quiet = False  # a step that begins an intent in silence skips its initial response, and no other
        if setting is None:
            return await self._paths.onward(turn)
        return await self._paths.follow(turn, setting.path, default=None, hook=setting.code_hook)

    async def _elicit(self, turn: Turn, go: Go) -> Go | None:
        """Prompts for a slot. One that has its value already is passed by, on its capture path."""
        enter(turn, go)
        slot = go.slot
        if slot is None or slot not in turn.definition.slots:
            return await self._paths.onward(turn)
        if turn.filled(slot):
            return await self._captured(turn, Go("SlotCaptured", slot=slot))
        wait_for_slot(turn, slot, [], go.attempt)
        return None

    async def _ask_again(self, turn: Turn, go: Go) -> Go | None:
        """The answer filled other slots than the one asked for: no miss, but the question stands."""
        again = Go("ElicitSlot", slot=_slot(go), attempt=turn.session.attempts)
        setting = self._capture(turn, go)
        hook = setting.elicitation_code_hook
        if decided := await self._paths.prompt_answered(turn, hook, setting.code_hook, missed=again):
            return decided.go
        return again

    async def _captured(self, turn: Turn, go: Go) -> Go | None:
        """A slot has its value. Its response answers the customer: it is said of what this text has given only."""
        setting = self._capture(turn, go)
        if go.heard:
            hook = setting.elicitation_code_hook
            ahead = setting.captured
            if decided := await self._paths.prompt_answered(turn, hook, setting.code_hook, taken=ahead):
                return decided.go
            if turn.slot(_slot(go)).sub_slot_setting and not turn.filled(_slot(go)):
                return Go("ElicitSlot", slot=go.slot)
        path = setting.captured
        if _slot(go) not in turn.captured:
            path = path.model_copy(update={"response": None})
        turn.captured.discard(_slot(go))
        return await self._paths.follow(turn, path, default=None, hook=setting.code_hook)

    async def _missed(self, turn: Turn, go: Go) -> Go | None:
        setting = self._capture(turn, go)
        asked = turn.session.dialog_action
        prompt = prompt_for(turn, asked)
        attempt = turn.session.attempts + 1
        failed = attempt > (prompt.max_retries if prompt else 0)
        ahead = Go("SlotFailed", slot=go.slot) if failed else Go("ElicitSlot", slot=go.slot, attempt=attempt)
        hook = setting.elicitation_code_hook
        if decided := await self._paths.prompt_answered(turn, hook, setting.code_hook, missed=ahead):
            return decided.go
        if turn.filled(_slot(go)):
            return Go("SlotCaptured", slot=go.slot)
        if failed:
            return ahead
        part = part_asked(turn.slot(_slot(go)), asked)
        wait_for_slot(turn, _slot(go), [], attempt, part[0] if part else None)
        return None

    async def _slot_failed(self, turn: Turn, go: Go) -> Go | None:
        turn.failed = True
        setting = self._capture(turn, go)
        return await self._paths.follow(turn, setting.failed, default=self._fallback(turn), hook=setting.code_hook)

    async def _confirm(self, turn: Turn, go: Go) -> Go | None:
        """Asks for the yes or no; a confirmation that is switched off is passed by."""
        enter(turn, go)
        if not asks_to_confirm(turn.definition):
            return Go("FulfillIntent")
        wait_for_confirmation(turn, [], go.attempt)
        return None

    async def _confirmed(self, turn: Turn, go: Go) -> Go | None:
        turn.intent.confirmation_state = "Confirmed"
        setting = turn.definition.intent_confirmation_setting or Confirmation()
        if decided := await self._paths.prompt_answered(turn, setting.elicitation_code_hook, setting.code_hook):
            return decided.go
        default = None if turn.definition.old_flow else Go("FulfillIntent")
        return await self._paths.follow(turn, setting.confirmed, default=default, hook=setting.code_hook)

    async def _declined(self, turn: Turn, go: Go) -> Go | None:
        turn.intent.confirmation_state = "Denied"
        setting = turn.definition.intent_confirmation_setting or Confirmation()
        hook = setting.elicitation_code_hook
        if decided := await self._paths.prompt_answered(turn, hook, setting.code_hook, missed=_END):
            return decided.go
        turn.failed = decline_fails()
        return await self._paths.follow(turn, setting.declined, default=_END, hook=setting.code_hook)

    async def _confirmation_changed(self, turn: Turn, go: Go) -> Go | None:
        """The answer gave slots other values: they are captured, and the flow comes back to ask again."""
        setting = turn.definition.intent_confirmation_setting or Confirmation()
        if decided := await self._paths.prompt_answered(turn, setting.elicitation_code_hook, setting.code_hook):
            return decided.go
        return Go("SlotCaptured", slot=go.slot)

    async def _confirmation_missed(self, turn: Turn, go: Go) -> Go | None:
        setting = turn.definition.intent_confirmation_setting or Confirmation()
        attempt = turn.session.attempts + 1
        again = Go("ConfirmIntent", attempt=attempt)
        hook = setting.elicitation_code_hook
        if decided := await self._paths.prompt_answered(turn, hook, setting.code_hook, missed=again):
            return decided.go
        if attempt > (setting.prompt_specification.max_retries if setting.prompt_specification else 0):
            return Go("ConfirmationFailed")
        wait_for_confirmation(turn, [], attempt)
        return None

    async def _confirmation_failed(self, turn: Turn, go: Go) -> Go | None:
        turn.failed = True
        setting = turn.definition.intent_confirmation_setting or Confirmation()
        return await self._paths.follow(turn, setting.failed, default=self._fallback(turn), hook=setting.code_hook)

    @staticmethod
    def _capture(turn: Turn, go: Go) -> SlotCapture:
        return turn.slot(_slot(go)).elicitation.slot_capture_setting or SlotCapture()

    @staticmethod
    def _fallback(turn: Turn) -> Go:
        return Go("StartIntent", turn.served.locale.fallback.name)


def _slot(go: Go) -> str:
    if go.slot is None:
        raise AssertionError("this station is always reached with a slot")
    return go.slot
