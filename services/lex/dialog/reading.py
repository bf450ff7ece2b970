"""What the customer's text means where the conversation stands: an answer, a change of subject, or a miss."""

import re

from services.lex.dialog.choices import answer_beats_intent, repeats_its_intent
from services.lex.dialog.steps import Go
from services.lex.dialog.turn import INTENT_SWITCH_ATTRIBUTE, Turn
from services.lex.nlu.understanding import Candidate
from services.lex.slots.alphanumeric import ConfirmationResolver
from services.lex.slots.resolver import Finding
from shared.schemas.lex import Slot

_YES_NO = ConfirmationResolver()
_LEADING = re.compile(r"\W*(?:(yes|yeah|yep|yup|sure|ok|okay)|no|nope|nah)\b", re.IGNORECASE)


def read(turn: Turn) -> Go:
    """The first station of this turn's flow. Fills `turn.candidates`, and the slots that the text gives."""
    active = turn.session.active(turn.now)
    eligible = [
        name
        for name, intent in turn.served.intents.items()
        if not intent.fallback and all(context.name in active for context in intent.input_contexts)
    ]
    turn.candidates = turn.served.understanding.candidates(turn.text, eligible, turn.reading())
    action = turn.session.dialog_action
    if turn.session.intent is not None and action is not None:
        if action.type == "ElicitSlot" and action.slot_to_elicit in turn.definition.slots:
            return _slot_answer(turn, action.slot_to_elicit)
        if action.type == "ConfirmIntent":
            return _confirmation_answer(turn)
    return _new_intent(turn)


def _new_intent(turn: Turn) -> Go:
    top = turn.candidates[0] if turn.candidates else None
    if top is not None and top.confidence >= turn.served.understanding.threshold:
        return Go("StartIntent", top.intent, heard=True)
    return Go("StartIntent", turn.served.locale.fallback.name)


def _slot_answer(turn: Turn, slot: str) -> Go:
    """The elicited slot first, then another intent, then the intent's other slots, else a miss."""
    values = turn.served.understanding.answer(turn.intent.name, slot, turn.text, turn.reading())
    others = _other_intents(turn)
    own = next((c for c in turn.candidates if c.intent == turn.intent.name), None)
    asked = values.get(slot)
    free_form = turn.slot(slot).slot_type_name == "AMAZON.FreeFormInput"
    if (
        asked
        and answer_beats_intent(asked, turn.text, others, free_form=free_form)
        and not repeats_its_intent(asked, own)
    ):
        take(turn, {name: value for name, value in values.items() if name == slot or value.known})
        turn.in_prompt = True
        return Go("SlotCaptured", slot=slot, heard=True)
    changed = {name: value for name, value in values.items() if name != slot and value.known}
    if others and (others[0].exact or not changed):
        return Go("StartIntent", others[0].intent, heard=True)
    if changed:
        take(turn, changed)
        return Go("AskAgain", slot=slot)
    return Go("SlotMissed", slot=slot, heard=True)


def _confirmation_answer(turn: Turn) -> Go:
    """A slot's new value, yes or no, another intent, else a miss."""
    changed = _changed(turn)
    answer = _YES_NO.answer(turn.text, turn.reading())
    if answer and not changed and answer.interpreted in ("Yes", "No"):
        return _decided(turn, yes=answer.interpreted == "Yes")
    others = _other_intents(turn)
    if changed and not (others and others[0].exact):
        take(turn, changed)
        turn.intent.confirmation_state = "None"
        turn.in_prompt = True
        return Go("SlotCaptured", slot=next(iter(changed)))
    if others:
        return Go("StartIntent", others[0].intent, heard=True)
    if leading := _LEADING.match(turn.text):
        return _decided(turn, yes=leading[1] is not None)
    return Go("ConfirmationMissed", heard=True)


def _decided(turn: Turn, *, yes: bool) -> Go:
    turn.in_prompt = True
    return Go("Confirmed" if yes else "Declined", heard=True)


def _other_intents(turn: Turn) -> list[Candidate]:
    """The intents to which the customer may be turning, best first."""
    if turn.request_attributes.get(INTENT_SWITCH_ATTRIBUTE, "").upper() == "DISABLE":
        return []
    threshold = turn.served.understanding.threshold
    return [c for c in turn.candidates if c.intent != turn.intent.name and c.confidence >= threshold]


def _changed(turn: Turn) -> dict[str, Finding]:
    """The known values in the text that differ from what the intent's slots hold."""
    found = turn.served.understanding.fill(turn.intent.name, turn.text, turn.reading())
    return {
        name: value for name, value in found.items() if value.known and not _same(turn.intent.slots.get(name), value)
    }


def _same(slot: Slot | None, finding: Finding) -> bool:
    if slot is None or slot.value is None:
        return False
    return slot.value.interpreted_value == finding.interpreted or slot.value.resolved_values == list(finding.resolved)


def take(turn: Turn, values: dict[str, Finding]) -> None:
    """Fills slots of the acting intent with what this text gave."""
    turn.heard_by = turn.intent.name
    for name, finding in values.items():
        turn.intent.slots[name] = finding.slot()
        turn.heard[name] = finding
