"""A turn of the dialog from the outside: what RecognizeText and PutSession do to a session."""

from services.lex.dialog.beginning import fill_defaults
from services.lex.dialog.flow import Flow
from services.lex.dialog.hooks import HookCaller
from services.lex.dialog.interpretations import interpretations
from services.lex.dialog.reading import read
from services.lex.dialog.search import KnowledgeSearch, NoSearch
from services.lex.dialog.states import StateError, adopt
from services.lex.dialog.turn import DEFAULT_TIME_ZONE, Turn
from services.lex.dialog.waiting import wait_for_confirmation, wait_for_slot
from services.lex.errors import ValidationFailed
from services.lex.ports import CodeHook
from shared.schemas.lex import Message, SessionState


class Dialog:
    """Stateless: everything it knows of a conversation is in the turn's session."""

    def __init__(
        self, hook: CodeHook | None, search: KnowledgeSearch | None = None, *, time_zone: str = DEFAULT_TIME_ZONE
    ) -> None:
        """`time_zone` is an IANA name: where customers are that do not say it."""
        self._flow = Flow(HookCaller(hook), search or NoSearch())
        self._time_zone = time_zone

    async def hear(self, turn: Turn, given: SessionState | None) -> None:
        """One utterance of the customer. Raises ValidationFailed for a state that does not fit the bot."""
        turn.time_zone = self._time_zone
        _adopt(turn, given)
        turn.contexts = turn.session.active(turn.now)
        turn.session.count_down(turn.now)
        turn.session.turns += 1
        action = turn.session.dialog_action
        if turn.session.intent is not None and action is not None and action.type == "ElicitSlot":
            turn.asked = (turn.intent.name, action.slot_to_elicit or "")
        await self._flow.run(turn, read(turn))
        _remember(turn)

    async def put(self, turn: Turn, given: SessionState, messages: list[Message] | None) -> None:
        """Sets the session; `Delegate` runs the flow as if the intent had just started, `Close` only stores."""
        turn.time_zone = self._time_zone
        _adopt(turn, given)
        turn.session.turns += 1
        turn.contexts = turn.session.active(turn.now)
        action = given.dialog_action
        said = list(messages or [])
        if action is None or action.type in ("Close", "ElicitIntent", "None"):
            turn.say(said)
        elif action.type == "ElicitSlot" and action.slot_to_elicit is not None:
            wait_for_slot(turn, action.slot_to_elicit, said, 0)
        elif action.type == "ConfirmIntent":
            wait_for_confirmation(turn, said, 0)
        else:
            turn.say(said)
            turn.session.dialog_action = None
            turn.session.attempts = 0
            fill_defaults(turn)
            step = await self._flow.started(turn)
            if step is not None:
                await self._flow.run(turn, step)
        _remember(turn)


def _adopt(turn: Turn, given: SessionState | None) -> None:
    if given is None:
        return
    try:
        adopt(turn, given)
    except StateError as error:
        raise ValidationFailed(f"The session state is not valid: {error}.") from error


def _remember(turn: Turn) -> None:
    """A context lives for as many turns as it was given, the last of which is now over."""
    turn.session.contexts = [context for context in turn.session.contexts if context.turns > 0]
    turn.session.messages = turn.messages
    turn.session.interpretations = [
        entry.model_copy(update={"intent": entry.intent.model_copy(update={"slots": dict(entry.intent.slots)})})
        for entry in interpretations(turn)
    ]
