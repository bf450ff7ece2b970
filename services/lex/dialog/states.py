"""Taking over a session state that a client or a code hook gives, and checking it against the bot."""

from typing import Literal

from services.lex.definition.model import IntentDefinition
from services.lex.dialog.choices import hook_keeps_attributes
from services.lex.dialog.turn import Turn
from shared.schemas.lex import Intent, SessionState, Slot, SlotValue

_STYLES = ("Default", "SpellByLetter", "SpellByWord")


class StateError(ValueError):
    """The state names something that the bot does not have, or lacks something it needs."""


def adopt(turn: Turn, state: SessionState) -> None:
    """Merges the given state into the session, field by field; what is not given stays. Raises StateError."""
    check(turn, state)
    session = turn.session
    session.attributes = hook_keeps_attributes(state.session_attributes, session.attributes)
    if state.active_contexts is not None:
        session.set_contexts(state.active_contexts, turn.now)
    if state.intent is not None:
        session.intent = _intent(turn, state.intent)
    if state.dialog_action is not None and state.dialog_action.type not in ("Delegate", "None"):
        session.dialog_action = state.dialog_action
        session.attempts = 0


def check(turn: Turn, state: SessionState) -> None:
    """Raises StateError where the state does not fit the bot."""
    name = state.intent.name if state.intent else turn.session.intent.name if turn.session.intent else None
    definition = turn.served.intents.get(name) if name is not None else None
    if name is not None and definition is None:
        raise StateError("the bot has no such intent")
    if state.intent and definition and not state.intent.slots.keys() <= definition.slots.keys():
        raise StateError("the intent has no such slot")
    action = state.dialog_action
    if action is None:
        return
    if action.slot_elicitation_style not in (None, *_STYLES):
        raise StateError(f"slotElicitationStyle must be one of {', '.join(_STYLES)}")
    if action.type in ("Delegate", "ElicitSlot", "ConfirmIntent", "Close") and definition is None:
        raise StateError(f"{action.type} needs an intent")
    if action.type == "ElicitSlot" and (definition is None or action.slot_to_elicit not in definition.slots):
        raise StateError("ElicitSlot needs a slotToElicit that the intent has")


def _intent(turn: Turn, given: Intent) -> Intent:
    definition = turn.served.intents[given.name]
    held = turn.session.intent if turn.session.intent and turn.session.intent.name == given.name else None
    return Intent(
        name=given.name,
        state=given.state or (held.state if held else "InProgress"),
        slots=_slots(definition, given),
        confirmation_state=given.confirmation_state or (held.confirmation_state if held else "None"),
    )


def _slots(definition: IntentDefinition, given: Intent) -> dict[str, Slot | None]:
    return {name: _whole(given.slots.get(name)) for name in definition.slots}


def _whole(slot: Slot | None) -> Slot | None:
    """A slot given with only its interpreted value, completed; one without any value is empty.

    A value without an interpretation but with several readings is an ambiguous one and stays so.
    """
    if slot is None:
        return None
    values = [part for entry in slot.values or [] if (part := _whole(entry)) is not None] or None
    parts = {name: _whole(part) for name, part in slot.sub_slots.items()} if slot.sub_slots else None
    value = _completed(slot.value)
    if value is None and values is None and parts is None:
        return None
    shape: Literal["Scalar", "List", "Composite"] = "List" if values else "Composite" if parts else slot.shape
    return Slot(shape=shape, value=value, values=values, sub_slots=parts)


def _completed(value: SlotValue | None) -> SlotValue | None:
    text = (value.interpreted_value or value.original_value) if value else None
    if value is None or text is None:
        return None
    ambiguous = value.interpreted_value is None and len(value.resolved_values) > 1
    return SlotValue(
        original_value=value.original_value or text,
        interpreted_value=None if ambiguous else text,
        resolved_values=value.resolved_values or [text],
    )
