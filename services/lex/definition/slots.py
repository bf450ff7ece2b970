"""Slots and slot types of a definition."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, JsonValue

from services.lex.definition.parts import (
    Conditional,
    Element,
    ElicitationHook,
    HookCall,
    NextStep,
    Path,
    Prompt,
    Response,
    TextValue,
    path_of,
    spelled,
)


def _upper_snake(value: object) -> object:
    """`TopResolution` and `TOP_RESOLUTION` are one strategy, `Concatenation` and `CONCATENATION` another."""
    if isinstance(value, str) and not value.isupper():
        return "".join(f"_{c}" if c.isupper() and n else c for n, c in enumerate(value)).upper()
    return value


class Utterance(Element):
    utterance: str


class SlotCapture(Element):
    capture_response: Response | None = None
    capture_next_step: NextStep | None = None
    capture_conditional: Conditional | None = None
    failure_response: Response | None = None
    failure_next_step: NextStep | None = None
    failure_conditional: Conditional | None = None
    code_hook: HookCall | None = None
    elicitation_code_hook: ElicitationHook | None = None

    @property
    def captured(self) -> Path:
        return path_of(self.capture_response, self.capture_next_step, self.capture_conditional)

    @property
    def failed(self) -> Path:
        return path_of(self.failure_response, self.failure_next_step, self.failure_conditional)


class DefaultValue(Element):
    default_value: str


class DefaultValues(Element):
    default_value_list: list[DefaultValue] = Field(default_factory=list)


class SlotResolution(Element):
    slot_resolution_strategy: Literal["Default", "EnhancedFallback"] = "Default"


class PartElicitation(Element):
    """How a part of a composite slot is asked for."""

    prompt_specification: Prompt | None = None
    sample_utterances: list[Utterance] = Field(
        default_factory=list, validation_alias=spelled("sampleUtterances", "sampleValueElicitingUtterances")
    )
    default_value_specification: DefaultValues = Field(
        DefaultValues(), validation_alias=spelled("defaultValueSpecification", "defaultValueSpec")
    )


class Elicitation(PartElicitation):
    slot_constraint: Literal["Required", "Optional"] = "Required"
    slot_capture_setting: SlotCapture | None = None
    slot_resolution_setting: SlotResolution | None = None


class Obfuscation(Element):
    obfuscation_setting_type: Annotated[Literal["NONE", "DEFAULT_OBFUSCATION"], BeforeValidator(_upper_snake)] = "NONE"


class MultipleValues(Element):
    allow_multiple_values: bool = Field(False, validation_alias=spelled("allowMultipleValues", "allowMutlipleValues"))


class SubSlot(Element):
    slot_type_name: str = Field("", validation_alias=spelled("slotTypeName", "slotTypeId"))
    elicitation: PartElicitation = Field(
        PartElicitation(), validation_alias=spelled("valueElicitationSetting", "slotValueElicitationSetting")
    )


class SubSlots(Element):
    """What a composite slot asks for, part by part; `expression` says which parts it needs."""

    expression: str | None = None
    slot_specifications: dict[str, SubSlot] = Field(default_factory=dict)


class SlotDefinition(Element):
    name: str = Field(validation_alias=spelled("name", "slotName"))
    slot_type_name: str = Field("", validation_alias=spelled("slotTypeName", "slotTypeId"))
    obfuscation_setting: Obfuscation = Obfuscation()
    multiple_values_setting: MultipleValues = MultipleValues()
    elicitation: Elicitation = Field(
        Elicitation(), validation_alias=spelled("valueElicitationSetting", "slotValueElicitationSetting")
    )

    sub_slot_setting: SubSlots | None = None

    @property
    def required(self) -> bool:
        return self.elicitation.slot_constraint == "Required"

    @property
    def obfuscated(self) -> bool:
        return self.obfuscation_setting.obfuscation_setting_type == "DEFAULT_OBFUSCATION"


class SlotTypeValue(Element):
    sample_value: TextValue
    synonyms: list[TextValue] = Field(default_factory=list)


class RegexFilter(Element):
    pattern: str


class ValueSelection(Element):
    resolution_strategy: Annotated[
        Literal["ORIGINAL_VALUE", "TOP_RESOLUTION", "CONCATENATION"], BeforeValidator(_upper_snake)
    ] = "ORIGINAL_VALUE"
    regex_filter: RegexFilter | None = None


class SubSlotType(Element):
    name: str
    slot_type_name: str = Field("", validation_alias=spelled("slotTypeName", "slotTypeId"))


class CompositeSlotType(Element):
    sub_slots: list[SubSlotType] = Field(default_factory=list)


class SlotTypeDefinition(Element):
    name: str = Field(validation_alias=spelled("name", "slotTypeName"))
    slot_type_values: list[SlotTypeValue] = Field(default_factory=list)
    parent_slot_type_signature: str | None = None
    value_selection_setting: ValueSelection = ValueSelection()
    external_source_setting: dict[str, JsonValue] | None = None
    composite_slot_type_setting: CompositeSlotType | None = None
