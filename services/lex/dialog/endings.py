"""How an intent ends: fulfilment, closing response, and what the bot waits for then."""

from services.lex.definition.model import Fulfilment
from services.lex.definition.parts import Path
from services.lex.dialog.beginning import enter, open_contexts
from services.lex.dialog.choices import closing_follows_failure, closing_follows_hook
from services.lex.dialog.hooks import Answer, HookCaller
from services.lex.dialog.paths import Paths
from services.lex.dialog.steps import Go
from services.lex.dialog.turn import Turn
from services.lex.dialog.waiting import say
from services.lex.errors import DependencyFailed
from shared.schemas.lex import DialogAction

_END, _CLOSING = Go("EndConversation"), Go("CloseIntent")


class Endings:
    """The stations from fulfilment on; each returns the next one, or None when the turn is done."""

    def __init__(self, hooks: HookCaller, paths: Paths) -> None:
        self._hooks = hooks
        self._paths = paths

    async def fulfil(self, turn: Turn, go: Go) -> Go | None:
        """With nothing to fulfil by, the client does it; a setting that is switched off counts as done."""
        enter(turn, go)
        setting = turn.definition.fulfillment_code_hook
        if setting is None or (setting.enabled and not self._hooks.bound):
            turn.intent.state = "ReadyForFulfillment"
            open_contexts(turn)
            return _CLOSING
        outcomes = setting.post_fulfillment_status_specification
        if not (setting.enabled and setting.is_active):
            turn.intent.state = "Fulfilled"
            open_contexts(turn)
            return await self._paths.follow(turn, outcomes.success, default=_CLOSING)
        return await self._asked(turn, setting)

    async def _asked(self, turn: Turn, setting: Fulfilment) -> Go | None:
        """Calls the hook. One that delegates to another intent, or takes back a slot's value, sends the flow there."""
        turn.intent.state = "ReadyForFulfillment"
        outcomes, before, held = setting.post_fulfillment_status_specification, turn.intent.name, _filled(turn)
        answer = await self._hooks.ask(turn, "FulfillmentCodeHook", seconds=setting.seconds)
        if answer.outcome != "success":
            turn.intent.state = "Failed"
            return await self._paths.after_fault(turn, outcomes, answer, default=_after_failure(turn))
        if answer.action.type not in ("Close", "Delegate"):
            return self._paths.obey(turn, answer)
        if answer.action.type == "Delegate" and (turn.intent.name != before or not held <= _filled(turn)):
            say(turn, answer.messages)
            turn.intent.state = "InProgress"
            return Go("Begun") if turn.intent.name != before else await self._paths.onward(turn)
        return await self._fulfilled(turn, answer, outcomes.success, outcomes.failure)

    async def _fulfilled(self, turn: Turn, answer: Answer, success: Path, failure: Path) -> Go | None:
        """The hook's own messages replace the configured ones of the path it leads to."""
        if answer.action.type == "Delegate" and turn.intent.state != "Failed":
            turn.intent.state = "Fulfilled"
        failed = turn.intent.state == "Failed"
        open_contexts(turn)
        turn.failed = turn.failed or failed
        path = failure if failed else success
        if answer.messages:
            say(turn, answer.messages)
            path = path.model_copy(update={"response": None})
        default = _after_failure(turn) if failed else _CLOSING
        if answer.messages and not closing_follows_hook():
            default = _END
        return await self._paths.follow(turn, path, default=default)

    async def search_failed(self, turn: Turn) -> Go | None:
        """The failure path of a search intent's fulfilment. Raises DependencyFailed where none is configured."""
        setting = turn.definition.fulfillment_code_hook
        path = setting.post_fulfillment_status_specification.failure if setting else None
        if path is None or not path.configured:
            raise DependencyFailed("The search behind the intent does not answer.")
        turn.failed = True
        turn.intent.state = "Failed"
        return await self._paths.follow(turn, path, default=_END)

    async def close(self, turn: Turn, go: Go) -> Go | None:
        enter(turn, go)
        closing = turn.definition.intent_closing_setting
        if closing is None or not closing.is_active:
            return _END
        return await self._paths.follow(turn, closing.path, default=_END)

    async def elicit_intent(self, turn: Turn, go: Go) -> Go | None:
        turn.act(DialogAction(type="ElicitIntent"))
        return self._settled(turn)

    async def end(self, turn: Turn, go: Go) -> Go | None:
        turn.act(DialogAction(type="Close"))
        return self._settled(turn)

    @staticmethod
    def _settled(turn: Turn) -> None:
        """An intent that is over has failed after a failure path, if it was not fulfilled all the same."""
        open_contexts(turn)
        if turn.failed and turn.intent.state not in ("Fulfilled", "ReadyForFulfillment"):
            turn.intent.state = "Failed"


def _after_failure(turn: Turn) -> Go:
    return _CLOSING if closing_follows_failure(old_flow=turn.definition.old_flow) else _END


def _filled(turn: Turn) -> set[str]:
    return {name for name in turn.intent.slots if turn.filled(name)}
