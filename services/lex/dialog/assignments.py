"""The values that a next step sets: session attributes and slots, which may refer to others."""

import re
from collections.abc import Mapping

from services.lex.definition.parts import NextStep, StepSlot, StepValue
from services.lex.dialog.references import TurnValues
from services.lex.dialog.turn import Turn
from services.lex.dialog.wording import MissingValue, fill
from shared.schemas.lex import Slot, SlotValue

_REFERENCE = re.compile(r"\{[\w.-]+\}|\[[\w:.-]+\]|\(\([\w:.-]+\)\)")
_PATH = re.compile(r"\$\.[\w.\[\]]+")


def assign_attributes(turn: Turn, step: NextStep) -> None:
    """Merges the step's session attributes into the session; one whose reference has no value stays as it was."""
    for name, text in step.session_attributes.items():
        value = _filled(turn, text)
        if value is not None:
            turn.session.attributes[name] = value


def step_slots(turn: Turn, step: NextStep) -> dict[str, Slot | None]:
    """The slots that the step gives, None for one that it clears; one whose reference has no value stays as it was."""
    given = step.intent.slots if step.intent else {}
    slots = {name: (value, _slot(turn, value)) for name, value in given.items()}
    return {name: slot for name, (value, slot) in slots.items() if slot is not None or not _names_a_value(value)}


def put_slots(turn: Turn, slots: Mapping[str, Slot | None]) -> None:
    """Sets slots of the acting intent; what it does not have is left out."""
    known = {name: slot for name, slot in slots.items() if name in turn.definition.slots}
    turn.intent.slots |= known


def _names_a_value(given: StepSlot) -> bool:
    several = (given.model_extra or {}).get("values")
    return bool(several) or (given.value is not None and given.value.interpreted_value is not None)


def _slot(turn: Turn, given: StepSlot) -> Slot | None:
    several = (given.model_extra or {}).get("values")
    if isinstance(several, list) and several:
        each = [_slot(turn, StepSlot.model_validate(entry)) for entry in several if isinstance(entry, dict)]
        kept = [entry for entry in each if entry is not None]
        texts = [entry.value.interpreted_value or "" for entry in kept if entry.value]
        whole = SlotValue(original_value=" ".join(texts), interpreted_value=" ".join(texts), resolved_values=texts)
        return Slot(shape="List", value=whole, values=kept) if kept else None
    return _scalar(turn, given.value)


def _scalar(turn: Turn, given: StepValue | None) -> Slot | None:
    text = _filled(turn, given.interpreted_value) if given and given.interpreted_value is not None else None
    if text is None:
        return None
    return Slot(value=SlotValue(original_value=text, interpreted_value=text, resolved_values=[text]))


def _filled(turn: Turn, text: str) -> str | None:
    """None for a reference that has no value; brackets that are no reference stay as they are."""
    if _PATH.fullmatch(text.strip()):
        return TurnValues(turn).path(text.strip())
    try:
        return fill(text, turn)
    except MissingValue:
        return None if _REFERENCE.fullmatch(text.strip()) else text
