"""What the customer's text means where the conversation stands: an answer, a change of subject, or a miss."""

from services.lex.dialog.choices import answer_beats_intent, other_slots_beat_intent, repeats_its_intent
from services.lex.dialog.composites import part_asked, with_parts
from services.lex.dialog.references import value_of
from services.lex.dialog.steps import Go
from services.lex.dialog.turn import INTENT_SWITCH_ATTRIBUTE, Turn
from services.lex.nlu.understanding import Candidate
from services.lex.slots.confirmation import confirmation_of
from services.lex.slots.resolver import Finding
from shared.schemas.lex import Slot


def read(turn: Turn) -> Go:
    """The first station of this turn's flow. Fills `turn.candidates`, and the slots that the text gives."""
    eligible = [
        name
        for name, intent in turn.served.intents.items()
        if not intent.fallback and all(context.name in turn.contexts for context in intent.input_contexts)
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
    return Go("Unrecognised")


def _slot_answer(turn: Turn, slot: str) -> Go:
    """The elicited slot first, then another intent, then the intent's other slots, else a miss."""
    values = _answers(turn, slot)
    others = _other_intents(turn)
    own = next((c for c in turn.candidates if c.intent == turn.intent.name), None)
    asked = values.get(slot)
    free_form = _type_asked(turn, slot) == "AMAZON.FreeFormInput"
    if (
        asked
        and answer_beats_intent(asked, turn.text, others, free_form=free_form)
        and (free_form or not repeats_its_intent(asked, own))
    ):
        take(turn, {name: value for name, value in values.items() if name == slot or value.known})
        turn.in_prompt = True
        return Go("SlotCaptured", slot=slot, heard=True)
    changed = {name: value for name, value in values.items() if name != slot and value.known}
    if others and not other_slots_beat_intent(bool(changed), others[0]):
        return Go("StartIntent", others[0].intent, heard=True)
    if changed:
        take(turn, changed)
        return Go("AskAgain", slot=slot)
    return Go("SlotMissed", slot=slot, heard=True)


def _answers(turn: Turn, slot: str) -> dict[str, Finding]:
    """The values in the answer to a slot's prompt. Asked for a part of a composite slot, the part comes first."""
    values = turn.served.understanding.answer(turn.intent.name, slot, turn.text, turn.reading())
    part = part_asked(turn.slot(slot), turn.session.dialog_action)
    if part is None:
        return values
    whole = values.get(slot)
    if whole is not None and (whole.slot().sub_slots or {}).get(part[0]) is not None:
        return values
    resolver = turn.served.understanding.resolvers.get(part[1].slot_type_name)
    found = resolver.answer(turn.text, turn.reading()) if resolver else None
    others = {name: value for name, value in values.items() if name != slot}
    return {slot: found, **others} if found else others


def _type_asked(turn: Turn, slot: str) -> str:
    part = part_asked(turn.slot(slot), turn.session.dialog_action)
    return part[1].slot_type_name if part else turn.slot(slot).slot_type_name


def _confirmation_answer(turn: Turn) -> Go:
    """A slot's new value, yes or no, another intent, else a miss."""
    yes_no = confirmation_of(turn.served.locale.identifier)
    answer = yes_no.answer(turn.text, turn.reading())
    if answer and answer.interpreted in ("Yes", "No"):
        return _decided(turn, yes=answer.interpreted == "Yes")
    changed = _changed(turn)
    others = _other_intents(turn)
    if changed and not (others and not other_slots_beat_intent(True, others[0])):
        take(turn, changed)
        turn.intent.confirmation_state = "None"
        turn.in_prompt = True
        return Go("ConfirmationChanged", slot=next(name for name in turn.definition.slots if name in changed))
    if others:
        return Go("StartIntent", others[0].intent, heard=True)
    if leading := yes_no.leading(turn.text):
        return _decided(turn, yes=leading.interpreted == "Yes")
    return Go("ConfirmationMissed", heard=True)


def _decided(turn: Turn, *, yes: bool) -> Go:
    turn.in_prompt = True
    return Go("Confirmed" if yes else "Declined", heard=True)


def _other_intents(turn: Turn) -> list[Candidate]:
    """The intents to which the customer may be turning, best first: those likelier than the one that goes on."""
    if turn.request_attributes.get(INTENT_SWITCH_ATTRIBUTE, "").upper() == "DISABLE":
        return []
    threshold = turn.served.understanding.threshold
    own = next((c.confidence for c in turn.candidates if c.intent == turn.intent.name), 0.0)
    others = (c for c in turn.candidates if c.intent != turn.intent.name)
    return [c for c in others if c.confidence >= threshold and c.confidence > own]


def _changed(turn: Turn) -> dict[str, Finding]:
    """The known values in the text that differ from what the intent's slots hold."""
    found = turn.served.understanding.fill(turn.intent.name, turn.text, turn.reading())
    return {
        name: value
        for name, value in found.items()
        if value.known and not _same(turn.intent.slots.get(name), value.slot())
    }


def _same(held: Slot | None, found: Slot) -> bool:
    if held is None:
        return False
    if held.value and found.value and held.value.resolved_values and found.shape == "Scalar":
        return held.value.resolved_values == found.value.resolved_values or value_of(held) == value_of(found)
    return value_of(held) == value_of(found)


def take(turn: Turn, values: dict[str, Finding]) -> None:
    """Fills slots of the acting intent with what this text gave; a part of a composite slot joins those it has."""
    turn.heard_by = turn.intent.name
    turn.captured |= values.keys()
    for name, finding in values.items():
        turn.heard[name] = finding
        found, held = finding.slot(), turn.intent.slots.get(name)
        part = part_asked(turn.slot(name), turn.session.dialog_action)
        if found.sub_slots is not None:
            heard = {key: filled for key, filled in found.sub_slots.items() if filled is not None}
            turn.intent.slots[name] = with_parts(turn.slot(name), held, heard)
        elif part is not None:
            turn.intent.slots[name] = with_parts(turn.slot(name), held, {part[0]: found})
        else:
            turn.intent.slots[name] = found
