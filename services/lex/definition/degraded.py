"""Says what of a definition works less here than in Amazon Lex."""

from services.lex.definition.built_ins import INTENTS, SLOT_TYPES
from services.lex.definition.faults import Place
from services.lex.definition.model import IntentDefinition, LocaleDefinition, SlotDefinition, SlotTypeDefinition

_SEARCHED = "the intent finds its answers in the search that the service is set to, if any"
_UNANSWERED = "the intent is recognised by its utterances, if any, and has only the answers configured"
_KNOWLEDGE = (
    ("kendra_configuration", "kendraConfiguration", "kendra", "A Kendra index", _SEARCHED),
    ("qna_intent_configuration", "qnAIntentConfiguration", "qna", "A question-and-answer intent on Bedrock", _SEARCHED),
    (
        "bedrock_agent_intent_configuration",
        "bedrockAgentIntentConfiguration",
        "bedrock-agent",
        "A Bedrock agent",
        _UNANSWERED,
    ),
    (
        "q_in_connect_intent_configuration",
        "qInConnectIntentConfiguration",
        "q-in-connect",
        "Amazon Q in Connect",
        _UNANSWERED,
    ),
)


def intent_warnings(intent: IntentDefinition, place: Place) -> None:
    """Knowledge sources that are not in the export, and built-in intents that Lex V2 does not have."""
    for attribute, key, code, what, instead in _KNOWLEDGE:
        if getattr(intent, attribute) is not None:
            place.at(key).warn(code, f"{what} is not here: {instead}.")
    signature = intent.parent_intent_signature
    if signature is not None and signature not in INTENTS:
        sentence = f"The built-in intent {signature} is not supported: it knows the utterances given and no others."
        place.at("parentIntentSignature").warn("built-in-intent", sentence)


def slot_warnings(slot: SlotDefinition, locale: LocaleDefinition, place: Place) -> None:
    """Types that nothing resolves, and several values where Lex takes one. Raises DefinitionError for a type that is
    neither Amazon's nor the locale's.
    """
    _check_type(slot.slot_type_name, locale, place.at("slotTypeName"))
    parts = slot.sub_slot_setting.slot_specifications if slot.sub_slot_setting else {}
    for name, part in parts.items():
        _check_type(part.slot_type_name, locale, place.at("subSlotSetting", "slotSpecifications", name, "slotTypeId"))
    if slot.multiple_values_setting.allow_multiple_values and locale.identifier != "en_US":
        sentence = f"Amazon Lex takes several values only in en_US, not in {locale.identifier}; here they are taken."
        place.at("multipleValuesSetting").warn("multiple-values", sentence)


def slot_type_warnings(slot_type: SlotTypeDefinition, place: Place) -> None:
    """Grammars, whose files are not in an export."""
    if slot_type.external_source_setting is not None:
        sentence = "The grammar is not in the export: the slot type takes any text."
        place.at("externalSourceSetting").warn("grammar", sentence)


def _check_type(name: str, locale: LocaleDefinition, place: Place) -> None:
    if not name:
        place.warn("no-slot-type", "The slot has no type: it takes any text.")
    elif name.startswith("AMAZON."):
        if name not in SLOT_TYPES and name not in locale.slot_types:
            place.warn("slot-type", f"{name} is not supported: the slot takes any text.")
    elif name not in locale.slot_types:
        raise place.error("the locale has no such slot type")
