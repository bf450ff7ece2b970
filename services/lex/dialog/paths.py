"""Paths between the stations: a response is said, a branch chosen, a next step taken, a dialog hook called."""

from services.lex.definition.parts import DefaultBranch, ElicitationHook, HookCall, NextStep, Outcomes, Path, StepAction
from services.lex.dialog.beginning import next_station
from services.lex.dialog.branches import chosen_branch
from services.lex.dialog.hooks import Answer, HookCaller, fingerprint
from services.lex.dialog.steps import Go
from services.lex.dialog.turn import Turn
from services.lex.dialog.wording import prompts, responses
from services.lex.errors import DependencyFailed
from shared.schemas.lex import DialogAction, Message, Slot, SlotValue

HOOK_REFUSED = "Invalid Lambda Response: Received error response from Lambda: Unhandled"


class Paths:
    """Every method returns the station to go to, or None when the turn is done."""

    def __init__(self, hooks: HookCaller) -> None:
        self._hooks = hooks

    async def follow(self, turn: Turn, path: Path, *, default: Go | None, hook: HookCall | None = None) -> Go | None:
        """Says the path's response and takes its next step; without one goes to `default`, or on by default flow."""
        say(turn, responses(turn, path.response))
        branch = chosen_branch(turn, path)
        if branch is not None:
            say(turn, responses(turn, branch.response))
        step = _step(path, branch)
        action = _take_along(turn, step)
        if action is not None and action.type == "InvokeDialogCodeHook":
            return await self._dialog_hook(turn, hook, default)
        if step is None or action is None or action.type == "EvaluateConditional":
            return default or await self.onward(turn)
        turn.quiet = turn.quiet or action.suppress_next_message
        return _station(action, step)

    async def onward(self, turn: Turn) -> Go | None:
        """The default flow's next station; a bot of the old flow is asked first, once a turn."""
        if turn.definition.old_flow and turn.definition.dialog_code_hook.enabled and self._hooks.bound:
            mark = ("every turn", None)
            if mark not in turn.hook_seen:
                turn.hook_seen.add(mark)
                return await self._asked(turn, Outcomes(), None, None)
        return next_station(turn)

    async def elicitation_hook(self, turn: Turn, hook: ElicitationHook | None) -> Answer | None:
        """Tells the hook of an answer to a prompt; None when it need not know or lets the flow go on."""
        enabled = hook is not None and hook.enable_code_hook_invocation and turn.definition.dialog_code_hook.enabled
        if hook is None or not enabled or not self._hooks.bound:
            return None
        answer = await self._hooks.ask(turn, "DialogCodeHook", label=hook.invocation_label)
        if answer.outcome != "success":
            raise DependencyFailed(HOOK_REFUSED)
        turn.hook_seen.add((fingerprint(turn), None))
        if answer.action.type == "Delegate":
            say(turn, answer.messages)
            return None
        return answer

    async def _dialog_hook(self, turn: Turn, hook: HookCall | None, default: Go | None) -> Go | None:
        """Calls the hook of this point. Disabled, unbound, or asked about nothing new: as if it had succeeded."""
        outcomes = hook.post_code_hook_specification if hook else Outcomes()
        enabled = hook is not None and hook.enabled and turn.definition.dialog_code_hook.enabled
        label = hook.invocation_label if hook else None
        if not enabled or not self._hooks.bound or (fingerprint(turn), label) in turn.hook_seen:
            return await self.follow(turn, outcomes.success, default=default)
        return await self._asked(turn, outcomes, label, default)

    async def _asked(self, turn: Turn, outcomes: Outcomes, label: str | None, default: Go | None) -> Go | None:
        turn.hook_seen.add((fingerprint(turn), label))
        before = turn.intent.name
        answer = await self._hooks.ask(turn, "DialogCodeHook", label=label, next_=_predicted(turn, outcomes))
        if answer.outcome != "success":
            return await self.after_fault(turn, outcomes, answer)
        turn.hook_seen.add((fingerprint(turn), label))
        if answer.action.type != "Delegate":
            return self.obey(turn, answer)
        say(turn, answer.messages)
        if turn.intent.name != before:
            return next_station(turn)
        if turn.intent.state == "Failed":
            return await self.after_fault(turn, outcomes, answer)
        return await self.follow(turn, outcomes.success, default=default)

    async def after_fault(self, turn: Turn, outcomes: Outcomes, answer: Answer) -> Go | None:
        """The failure or timeout path. Raises DependencyFailed where none is configured."""
        path = outcomes.timeout if answer.outcome == "timeout" else outcomes.failure
        if not path.configured:
            raise DependencyFailed(HOOK_REFUSED)
        turn.failed = True
        if answer.messages:
            path = path.model_copy(update={"response": None})
        return await self.follow(turn, path, default=Go("EndConversation"))

    def obey(self, turn: Turn, answer: Answer) -> Go | None:
        """Does what the hook says, with its messages or else the configured ones. The flow resumes next turn."""
        messages, action = answer.messages, answer.action
        if action.type == "ElicitSlot" and action.slot_to_elicit is not None:
            wait_for_slot(turn, action.slot_to_elicit, messages, 0)
        elif action.type == "ConfirmIntent":
            wait_for_confirmation(turn, messages, 0)
        elif action.type == "ElicitIntent":
            say(turn, messages)
            turn.session.intent = None
            turn.act(DialogAction(type="ElicitIntent"))
        else:
            say(turn, messages)
            return Go("EndConversation")
        return None


def say(turn: Turn, messages: list[Message]) -> None:
    """Sends messages, unless a step before has asked for silence; silence lasts for one of them."""
    if messages and turn.quiet:
        turn.quiet = False
        return
    turn.say(messages)


def wait_for_slot(turn: Turn, slot: str, messages: list[Message], attempt: int) -> None:
    """Prompts for the slot, with `messages` or the slot's own words for this attempt."""
    prompt = turn.slot(slot).elicitation.prompt_specification
    say(turn, messages or prompts(turn, prompt, attempt))
    turn.session.attempts = attempt
    turn.act(DialogAction(type="ElicitSlot", slot_to_elicit=slot))


def wait_for_confirmation(turn: Turn, messages: list[Message], attempt: int) -> None:
    """Asks for a yes or no, with `messages` or the configured prompt."""
    setting = turn.definition.intent_confirmation_setting
    say(turn, messages or prompts(turn, setting.prompt_specification if setting else None, attempt))
    turn.intent.confirmation_state = "None"
    turn.session.attempts = attempt
    turn.act(DialogAction(type="ConfirmIntent"))


def _step(path: Path, branch: DefaultBranch | None) -> NextStep | None:
    return branch.next_step if branch is not None else path.next_step


def _take_along(turn: Turn, step: NextStep | None) -> StepAction | None:
    """Applies the values that a step sets; returns what it does."""
    if step is None:
        return None
    turn.session.attributes |= step.session_attributes
    named = step.intent.name if step.intent else None
    if step.intent and turn.session.intent and named in (None, turn.intent.name):
        for name, given in step.intent.slots.items():
            text = given.value.interpreted_value if given.value else None
            value = SlotValue(original_value=text, interpreted_value=text, resolved_values=[text] if text else [])
            turn.intent.slots[name] = Slot(value=value) if text is not None else None
    return step.dialog_action


def _station(action: StepAction, step: NextStep) -> Go:
    named = step.intent.name if step.intent else None
    match action.type:
        case "ElicitSlot":
            return Go("ElicitSlot", intent=named, slot=action.slot_to_elicit)
        case "StartIntent" | "ConfirmIntent":
            return Go(action.type, intent=named)
        case "FulfillIntent" | "CloseIntent" | "ElicitIntent":
            return Go(action.type)
        case _:
            return Go("EndConversation")


def _predicted(turn: Turn, outcomes: Outcomes) -> Go:
    """What would come next if the hook only said Delegate, as far as it can be told without taking the steps."""
    step = outcomes.success_next_step
    action = step.dialog_action if step else None
    slot = action.slot_to_elicit if action is not None and action.type == "ElicitSlot" else None
    if slot in turn.definition.slots and not turn.filled(slot):
        return Go("ElicitSlot", slot=slot)
    return next_station(turn)
