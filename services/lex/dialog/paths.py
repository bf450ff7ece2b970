"""Paths between the stations: a response is said, a branch chosen, a next step taken, a dialog hook called."""

from collections.abc import Mapping
from typing import NamedTuple

from services.lex.definition.parts import ElicitationHook, HookCall, NextStep, Outcomes, Path, StepAction
from services.lex.dialog.assignments import assign_attributes, put_slots, step_slots
from services.lex.dialog.beginning import next_question, next_station, open_contexts
from services.lex.dialog.branches import chosen_branch
from services.lex.dialog.events import DialogEvent
from services.lex.dialog.hooks import Answer, HookCaller, fingerprint
from services.lex.dialog.steps import Go
from services.lex.dialog.turn import Turn
from services.lex.dialog.waiting import say, wait_for_confirmation, wait_for_slot
from services.lex.dialog.wording import responses
from services.lex.errors import DependencyFailed
from shared.schemas.lex import DialogAction, Slot

_EVERY_TURN = "every turn"
Slots = Mapping[str, Slot | None]


class Decided(NamedTuple):
    """A hook has decided where the flow goes; None when the turn is done."""

    go: Go | None


class Paths:
    """Every method that follows a path returns the station to go to, or None when the turn is done."""

    def __init__(self, hooks: HookCaller) -> None:
        self._hooks = hooks

    async def follow(self, turn: Turn, path: Path, *, default: Go | None, hook: HookCall | None = None) -> Go | None:
        """Says the path's response and takes its next step; without one goes to `default`, or on by default flow.

        What the path's own step sets is set before its conditions are looked at.
        """
        event, said = DialogEvent(), len(turn.messages)
        say(turn, responses(turn, path.response))
        given = _assign(turn, path.next_step)
        branch = chosen_branch(turn, path, event.tried)
        step = path.next_step
        if branch is not None:
            say(turn, responses(turn, branch.response))
            step = branch.next_step
            given = _assign(turn, step)
        action = step.dialog_action if step else None
        asks_hook = action is not None and action.type == "InvokeDialogCodeHook"
        event.step, event.said = step, turn.messages[said:]
        event.label = hook.invocation_label if hook and asks_hook else None
        if event.tried or event.said or action:
            turn.events.append(event)
        if asks_hook:
            return await self._dialog_hook(turn, hook, default)
        if step is None or action is None or action.type == "EvaluateConditional":
            return default or await self.onward(turn)
        turn.quiet = turn.quiet or action.suppress_next_message
        return _station(action, step, given)

    async def onward(self, turn: Turn) -> Go | None:
        """The default flow's next station; a bot of the old flow is asked first, once a turn."""
        if decided := await self._every_turn(turn, next_question(turn)):
            return decided.go
        return next_station(turn)

    async def prompt_answered(
        self,
        turn: Turn,
        hook: ElicitationHook | None,
        call: HookCall | None,
        *,
        missed: Go | None = None,
        taken: Path | None = None,
    ) -> Decided | None:
        """Tells the hook of an answer to a prompt; None when it need not know or lets the flow go on.

        `missed` is where a miss leads, such as the prompt that would come again; `taken` is the path of an answer that
        was understood. A bot of the old flow is asked about a miss as about every turn.
        """
        if not (hook and hook.enable_code_hook_invocation and self._listens(turn)):
            return await self._every_turn(turn, missed) if missed else None
        outcomes = call.post_code_hook_specification if call else Outcomes()
        ahead = missed or (_ahead(turn, taken, outcomes) if taken else None)
        return await self._consult(turn, outcomes, hook.invocation_label, ahead)

    async def _every_turn(self, turn: Turn, next_: Go | None) -> Decided | None:
        once = (_EVERY_TURN, turn.intent.name)
        if not turn.definition.old_flow or not self._listens(turn) or once in turn.hook_seen:
            return None
        turn.hook_seen.add(once)
        return await self._consult(turn, Outcomes(), None, next_)

    async def _dialog_hook(self, turn: Turn, hook: HookCall | None, default: Go | None) -> Go | None:
        """Calls the hook of this point. Disabled, unbound, or asked about nothing new: as if it had succeeded."""
        outcomes = hook.post_code_hook_specification if hook else Outcomes()
        label = hook.invocation_label if hook else None
        enabled = hook is not None and hook.enabled and self._listens(turn)
        success = outcomes.success
        if enabled and (fingerprint(turn), label) not in turn.hook_seen:
            said = len(turn.messages)
            if decided := await self._consult(turn, outcomes, label, _predicted(turn, outcomes)):
                return decided.go
            if len(turn.messages) > said:
                success = success.model_copy(update={"response": None})
        return await self.follow(turn, success, default=default)

    async def _consult(self, turn: Turn, outcomes: Outcomes, label: str | None, next_: Go | None) -> Decided | None:
        """One call of the dialog hook: None when it lets the flow go on, with what it may have said already sent."""
        turn.hook_seen.add((fingerprint(turn), label))
        before = turn.intent.name
        answer = await self._hooks.ask(turn, "DialogCodeHook", label=label, next_=next_)
        if answer.outcome != "success":
            return Decided(await self.after_fault(turn, outcomes, answer))
        if answer.action.type != "Delegate":
            return Decided(self.obey(turn, answer))
        turn.hook_seen.add((fingerprint(turn), label))
        if turn.intent.name == before and turn.intent.state == "Failed":
            return Decided(await self.after_fault(turn, outcomes, answer))
        say(turn, answer.messages)
        return None if turn.intent.name == before else Decided(Go("Begun"))

    def _listens(self, turn: Turn) -> bool:
        return self._hooks.bound and turn.definition.dialog_code_hook.enabled

    async def after_fault(
        self, turn: Turn, outcomes: Outcomes, answer: Answer, *, default: Go | None = None
    ) -> Go | None:
        """The failure or timeout path; without a next step to `default`, or on by default flow.

        Raises DependencyFailed where no path is configured.
        """
        path = outcomes.timeout if answer.outcome == "timeout" else outcomes.failure
        if not path.configured:
            raise DependencyFailed(answer.reason)
        turn.failed = True
        if answer.messages:
            say(turn, answer.messages)
            path = path.model_copy(update={"response": None})
        return await self.follow(turn, path, default=default)

    def obey(self, turn: Turn, answer: Answer) -> Go | None:
        """Does what the hook says, with its messages or else the configured ones. The flow resumes next turn."""
        messages, action = answer.messages, answer.action
        if action.type == "ElicitSlot" and action.slot_to_elicit is not None:
            part = action.sub_slot_to_elicit.get("name") if isinstance(action.sub_slot_to_elicit, dict) else None
            wait_for_slot(turn, action.slot_to_elicit, messages, 0, part if isinstance(part, str) else None)
            if turn.session.dialog_action is not None:
                turn.session.dialog_action.slot_elicitation_style = action.slot_elicitation_style
        elif action.type == "ConfirmIntent":
            wait_for_confirmation(turn, messages, 0)
        elif action.type == "ElicitIntent":
            say(turn, messages)
            open_contexts(turn)
            turn.session.intent = None
            turn.act(DialogAction(type="ElicitIntent"))
        else:
            say(turn, messages)
            return Go("EndConversation")
        return None


def _assign(turn: Turn, step: NextStep | None) -> Slots:
    """Sets what a step sets. Slots of an intent that it begins are returned, to be set on arrival there."""
    if step is None:
        return {}
    slots = step_slots(turn, step)
    assign_attributes(turn, step)
    named = step.intent.name if step.intent else None
    starts = step.dialog_action is not None and step.dialog_action.type == "StartIntent"
    if starts or named not in (None, turn.intent.name):
        return slots
    put_slots(turn, slots)
    return {}


def _station(action: StepAction, step: NextStep, slots: Slots) -> Go:
    named = step.intent.name if step.intent else None
    match action.type:
        case "ElicitSlot":
            return Go("ElicitSlot", intent=named, slot=action.slot_to_elicit, given=slots)
        case "StartIntent" | "ConfirmIntent" | "FulfillIntent" | "CloseIntent":
            return Go(action.type, intent=named, given=slots)
        case "ElicitIntent":
            return Go("ElicitIntent")
        case _:
            return Go("EndConversation")


def _ahead(turn: Turn, path: Path, outcomes: Outcomes) -> Go:
    """Where a path would lead, as far as it can be told without taking its steps."""
    branch = chosen_branch(turn, path)
    step = branch.next_step if branch else path.next_step
    if step and step.dialog_action and step.dialog_action.type == "InvokeDialogCodeHook":
        return _predicted(turn, outcomes)
    return _asks(turn, step)


def _predicted(turn: Turn, outcomes: Outcomes) -> Go:
    """What would come next if the hook only said Delegate, as far as it can be told without taking the steps."""
    return _asks(turn, outcomes.success_next_step)


def _asks(turn: Turn, step: NextStep | None) -> Go:
    """The slot that a step asks for, if it is empty; else the next question of the default flow, if it goes on."""
    action = step.dialog_action if step else None
    if action is not None and action.type in ("EndConversation", "CloseIntent", "ElicitIntent", "FulfillIntent"):
        return Go(action.type)
    slot = action.slot_to_elicit if action is not None and action.type == "ElicitSlot" else None
    if slot in turn.definition.slots and not turn.filled(slot):
        return Go("ElicitSlot", slot=slot)
    return next_question(turn)
