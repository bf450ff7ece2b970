"""Where a turn ends with a question: what is said, and what the bot waits for."""

from services.lex.definition.parts import Prompt
from services.lex.dialog.composites import missing_part, part_asked
from services.lex.dialog.turn import Turn
from services.lex.dialog.wording import prompts
from shared.schemas.lex import DialogAction, Message


def say(turn: Turn, messages: list[Message]) -> None:
    """Sends messages, unless a step before has asked for silence; silence lasts for one of them."""
    if messages and turn.quiet:
        turn.quiet = False
        return
    turn.say(messages)


def wait_for_slot(turn: Turn, slot: str, messages: list[Message], attempt: int, part: str | None = None) -> None:
    """Prompts for the slot, or for a part of it, with `messages` or the configured words for this attempt."""
    action = DialogAction(type="ElicitSlot", slot_to_elicit=slot)
    part = part or _part(turn, slot)
    if part is not None:
        action.sub_slot_to_elicit = {"name": part}
    say(turn, messages or prompts(turn, prompt_for(turn, action), attempt))
    _resume(turn)
    turn.session.attempts = attempt
    turn.act(action)


def wait_for_confirmation(turn: Turn, messages: list[Message], attempt: int) -> None:
    """Asks for a yes or no, with `messages` or the configured prompt."""
    setting = turn.definition.intent_confirmation_setting
    say(turn, messages or prompts(turn, setting.prompt_specification if setting else None, attempt))
    _resume(turn)
    turn.intent.confirmation_state = "None"
    turn.session.attempts = attempt
    turn.act(DialogAction(type="ConfirmIntent"))


def prompt_for(turn: Turn, action: DialogAction | None) -> Prompt | None:
    """The prompt that goes with eliciting a slot: that of the part asked for, else the slot's own."""
    definition = turn.slot((action.slot_to_elicit if action else None) or "")
    part = part_asked(definition, action)
    return (part[1].elicitation if part else definition.elicitation).prompt_specification


def _part(turn: Turn, slot: str) -> str | None:
    """A composite slot that has a prompt of its own is first asked for as a whole."""
    definition, held = turn.slot(slot), turn.intent.slots.get(slot)
    if held is None and definition.elicitation.prompt_specification is not None:
        return None
    return missing_part(definition, held)


def _resume(turn: Turn) -> None:
    """An intent that asks is in progress again, whatever it had come to."""
    turn.intent.state = "InProgress"
    if turn.intent.confirmation_state == "Denied":
        turn.intent.confirmation_state = "None"
