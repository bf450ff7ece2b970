"""Slots and slot types of V1, as V2 has them."""

from pydantic import JsonValue

from services.lex.definition.built_ins import FOUR_DIGITS, slot_type_of_v1
from services.lex.definition.documents import Document
from services.lex.definition.faults import Place
from services.lex.definition.v1_messages import prompt
from services.lex.definition.v1_model import V1Slot, V1SlotType

FOUR_DIGITS_TYPE = "FourDigitNumber"


def slot(given: V1Slot, known: set[str], place: Place) -> Document:
    """A Slot.json; a type that V2 has nothing like is left out, as the migration of Amazon Lex does."""
    elicitation: Document = {
        "slotConstraint": given.slot_constraint,
        "sampleUtterances": [{"utterance": utterance} for utterance in given.sample_utterances],
        "defaultValueSpecification": {"defaultValueList": _defaults(given)},
    }
    if given.value_elicitation_prompt:
        at = place.at("valueElicitationPrompt")
        elicitation["promptSpecification"] = prompt(given.value_elicitation_prompt, at)
    obfuscated = given.obfuscation_setting == "DEFAULT_OBFUSCATION"
    return {
        "name": given.name,
        "description": given.description,
        "slotTypeName": _type_name(given.slot_type, known, place.at("slotType")),
        "obfuscationSetting": {"obfuscationSettingType": "DefaultObfuscation"} if obfuscated else None,
        "valueElicitationSetting": elicitation,
    }


def _defaults(given: V1Slot) -> list[JsonValue]:
    return [dict(value) for value in given.default_value_spec.default_value_list]


def _type_name(name: str, known: set[str], place: Place) -> str:
    if name == FOUR_DIGITS:
        return FOUR_DIGITS_TYPE
    if name in known:
        return name
    if name.startswith("AMAZON."):
        v2 = slot_type_of_v1(name)
        if v2 is None:
            place.warn("alexa-slot-type", f"V2 has no slot type like {name}: the slot takes any text.")
        return v2 or ""
    if name:
        place.warn("slot-type", f"The slot type {name} is not in the file: the slot takes any text.")
    return ""


def slot_type(given: V1SlotType, place: Place) -> Document:
    """A SlotType.json."""
    patterns = [
        entry.regex_configuration.pattern for entry in given.slot_type_configurations if entry.regex_configuration
    ]
    parent = given.parent_slot_type_signature
    v2_parent = slot_type_of_v1(parent) if parent else None
    if parent and v2_parent is None:
        place.at("parentSlotTypeSignature").warn("alexa-slot-type", f"V2 has no slot type like {parent}.")
    return {
        "name": given.name,
        "description": given.description,
        "slotTypeValues": [
            {"sampleValue": {"value": entry.value}, "synonyms": [{"value": synonym} for synonym in entry.synonyms]}
            for entry in given.enumeration_values
        ],
        "parentSlotTypeSignature": v2_parent,
        "valueSelectionSetting": {
            "resolutionStrategy": given.value_selection_strategy,
            "regexFilter": {"pattern": patterns[0]} if patterns else None,
        },
    }


def four_digits() -> Document:
    """The type that stands for AMAZON.FOUR_DIGIT_NUMBER."""
    return {
        "name": FOUR_DIGITS_TYPE,
        "parentSlotTypeSignature": "AMAZON.AlphaNumeric",
        "valueSelectionSetting": {"resolutionStrategy": "ORIGINAL_VALUE", "regexFilter": {"pattern": "[0-9]{4}"}},
    }
