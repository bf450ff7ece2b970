"""Composite slots: values made of parts, which are asked for one by one until the slot's expression is true."""

import logging
from collections.abc import Mapping

from services.lex.definition.slots import SlotDefinition, SubSlot
from services.lex.dialog.conditions import ConditionError, sub_slots_suffice
from shared.schemas.lex import DialogAction, Slot, SlotValue

log = logging.getLogger("omnilex.lex.dialog")


class _Parts:
    """A composite slot's parts, to the condition language."""

    def __init__(self, slot: Slot) -> None:
        self._parts = slot.sub_slots or {}

    def slot(self, name: str) -> str | None:
        part = self._parts.get(name)
        return part.value.interpreted_value if part and part.value else None

    def session(self, _: str) -> None: ...
    def request(self, _: str) -> None: ...
    def path(self, _: str) -> None: ...


def parts_suffice(definition: SlotDefinition, slot: Slot) -> bool:
    """Whether a composite slot has the parts that its expression asks for; without an expression, all of them."""
    setting = definition.sub_slot_setting
    parts = _Parts(slot)
    if setting is None or not setting.expression:
        needed = setting.slot_specifications if setting else slot.sub_slots or {}
        return all(parts.slot(name) is not None for name in needed)
    try:
        return sub_slots_suffice(setting.expression, parts)
    except ConditionError as error:
        log.warning("lex.condition_ignored", extra={"slot": definition.name, "reason": str(error)})
        return any(parts.slot(name) is not None for name in slot.sub_slots or {})


def missing_part(definition: SlotDefinition, slot: Slot | None) -> str | None:
    """The part to ask for next: the first that has no value. None for a slot that is not composite."""
    setting = definition.sub_slot_setting
    held = slot.sub_slots if slot and slot.sub_slots else {}
    return next((name for name in (setting.slot_specifications if setting else {}) if held.get(name) is None), None)


def part_asked(definition: SlotDefinition, action: DialogAction | None) -> tuple[str, SubSlot] | None:
    """The part that the customer was asked for, where it was one."""
    given = action.sub_slot_to_elicit if action else None
    name = given.get("name") if isinstance(given, dict) else None
    specifications = definition.sub_slot_setting.slot_specifications if definition.sub_slot_setting else {}
    return (name, specifications[name]) if isinstance(name, str) and name in specifications else None


def with_parts(definition: SlotDefinition, slot: Slot | None, parts: Mapping[str, Slot]) -> Slot:
    """The composite slot with further parts; its whole value is that of its parts in order."""
    setting = definition.sub_slot_setting
    every: dict[str, Slot | None] = dict.fromkeys(setting.slot_specifications if setting else {})
    every |= (slot.sub_slots if slot else None) or {}
    every |= parts
    texts = [part.value for part in every.values() if part and part.value and part.value.interpreted_value]
    interpreted = " ".join(text.interpreted_value or "" for text in texts)
    original = " ".join(text.original_value or "" for text in texts)
    whole = SlotValue(original_value=original, interpreted_value=interpreted, resolved_values=[interpreted])
    return Slot(shape="Composite", value=whole if texts else None, sub_slots=every)
