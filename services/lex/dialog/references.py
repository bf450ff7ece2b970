"""What the references of messages, conditions and assignments stand for in a turn."""

from services.lex.dialog.conditions import Value
from services.lex.dialog.turn import Turn
from shared.schemas.lex import Slot


class TurnValues:
    """`{slot}`, `{composite.part}`, `{Intent.slot}` of the acting intent, `[session]`, `((request))`, `$.path`."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn

    def slot(self, name: str) -> Value | None:
        intent = self._turn.session.intent
        if intent is None:
            return None
        if name in intent.slots:
            return value_of(intent.slots[name])
        whole, _, part = name.partition(".")
        if whole == intent.name and part:
            return self.slot(part)
        composite = intent.slots.get(whole)
        return value_of(composite.sub_slots.get(part)) if composite and composite.sub_slots else None

    def session(self, name: str) -> str | None:
        return self._turn.session.attributes.get(name)

    def request(self, name: str) -> str | None:
        return self._turn.request_attributes.get(name)

    def path(self, name: str) -> str | None:
        sure = self._turn.transcription_confidence
        known = {
            "$.inputMode": self._turn.input_mode,
            "$.inputTranscript": self._turn.text,
            "$.transcriptions[0].transcription": self._turn.text,
            "$.transcriptions[0].transcriptionConfidence": None if sure is None else str(sure),
        }
        return known.get(name)


def value_of(slot: Slot | None) -> Value | None:
    """What the slot holds: a text, several for a list; a composite is its whole, else its parts."""
    if slot is None:
        return None
    if slot.values is not None:
        each = tuple(text for entry in slot.values if isinstance(text := value_of(entry), str))
        return each or None
    if slot.value is not None and slot.value.interpreted_value is not None:
        return slot.value.interpreted_value
    parts = [text for part in (slot.sub_slots or {}).values() if isinstance(text := value_of(part), str)]
    return " ".join(parts) or None
