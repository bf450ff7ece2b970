"""Where an intent begins and ends: fresh slots, default values, output contexts."""

from collections.abc import Mapping
from datetime import timedelta

from services.lex.definition.model import IntentDefinition, SlotDefinition
from services.lex.dialog.assignments import put_slots
from services.lex.dialog.reading import take
from services.lex.dialog.references import value_of
from services.lex.dialog.steps import Go
from services.lex.dialog.turn import Turn
from services.lex.sessions import HeldContext
from shared.schemas.lex import Intent, Slot, SlotValue


def begin(turn: Turn, name: str, *, heard: bool, given: Mapping[str, Slot | None] | None = None) -> None:
    """Makes `name` the acting intent, its slots empty plus those in the text (when `heard`) plus defaults.

    `given` are slots that the step leading here sets; they win.
    """
    definition = turn.served.intents[name]
    slots: dict[str, Slot | None] = dict.fromkeys(definition.slots)
    turn.session.intent = Intent(name=name, state="InProgress", slots=slots, confirmation_state="None")
    turn.session.dialog_action = None
    turn.session.attempts = 0
    turn.heard = {}
    turn.captured = set()
    turn.failed = False
    turn.contexts_opened = False
    turn.missed = turn.missed or definition.fallback
    if heard and slots:
        take(turn, turn.served.understanding.fill(name, turn.text, turn.reading()))
    fill_defaults(turn)
    put_slots(turn, given or {})


def enter(turn: Turn, go: Go) -> None:
    """A step that names another intent than the acting one begins it."""
    if go.intent is not None and go.intent != turn.intent.name:
        begin(turn, known(turn, go.intent), heard=False, given=go.given)


def known(turn: Turn, name: str | None) -> str:
    """The intent a step names: the present one when it names none, the fallback intent when it is not there."""
    if name is None:
        return turn.intent.name
    return name if name in turn.served.intents else turn.served.locale.fallback.name


def fill_defaults(turn: Turn) -> None:
    """Gives every empty slot the first of its default values that has one."""
    for name, slot in turn.definition.slots.items():
        if not turn.filled(name) and (value := _default(turn, slot)) is not None:
            filled = SlotValue(original_value=value, interpreted_value=value, resolved_values=[value])
            turn.intent.slots[name] = Slot(value=filled)


def _default(turn: Turn, slot: SlotDefinition) -> str | None:
    """`#context.name`, `[session attribute]`, `<request attribute>`; anything else stands for itself."""
    for entry in slot.elicitation.default_value_specification.default_value_list:
        text = entry.default_value.strip()
        if text.startswith("#"):
            context, _, name = text[1:].partition(".")
            held = next((c for c in turn.session.contexts if c.name == context), None)
            value = held.attributes.get(name) if held else None
        elif text.startswith("[") and text.endswith("]"):
            value = turn.session.attributes.get(text[1:-1])
        elif text.startswith("<") and text.endswith(">"):
            value = turn.request_attributes.get(text[1:-1])
        else:
            value = text.strip("'\"")
        if value:
            return value
    return None


def asks_to_confirm(intent: IntentDefinition) -> bool:
    """Whether the intent has a confirmation that is switched on."""
    confirmation = intent.intent_confirmation_setting
    return confirmation is not None and confirmation.is_active and confirmation.prompt_specification is not None


def next_station(turn: Turn) -> Go:
    """The default flow: the required slots by priority, then the confirmation, then fulfilment.

    A slot that this text has filled is passed on its capture path, where it has one.
    """
    for name, slot in turn.definition.slots.items():
        if slot.required and name in turn.captured and turn.filled(name) and slot.elicitation.slot_capture_setting:
            return Go("SlotCaptured", slot=name)
        if slot.required and not turn.filled(name):
            return Go("ElicitSlot", slot=name)
    return _after_slots(turn)


def next_question(turn: Turn) -> Go:
    """Where the default flow would next wait, as far as it can be told without taking its steps."""
    empty = (name for name, slot in turn.definition.slots.items() if slot.required and not turn.filled(name))
    slot = next(empty, None)
    return _after_slots(turn) if slot is None else Go("ElicitSlot", slot=slot)


def _after_slots(turn: Turn) -> Go:
    unconfirmed = asks_to_confirm(turn.definition) and turn.intent.confirmation_state != "Confirmed"
    return Go("ConfirmIntent" if unconfirmed else "FulfillIntent")


def open_contexts(turn: Turn) -> None:
    """Activates the output contexts of a fulfilled intent, once, with its slots as their attributes."""
    if turn.contexts_opened or turn.intent.state not in ("Fulfilled", "ReadyForFulfillment"):
        return
    turn.contexts_opened = True
    held = {name: value_of(slot) for name, slot in turn.intent.slots.items()}
    values = {name: value if isinstance(value, str) else ",".join(value) for name, value in held.items() if value}
    for context in turn.definition.output_contexts:
        kept = [other for other in turn.session.contexts if other.name != context.name]
        until = turn.now + timedelta(seconds=context.time_to_live_in_seconds)
        opened = HeldContext(name=context.name, until=until, turns=context.turns_to_live, attributes=values)
        turn.session.contexts = [*kept, opened]
