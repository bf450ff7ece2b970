"""A bot as its export describes it, in one spelling."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from services.lex.definition.parts import (
    Conditional,
    Element,
    ElicitationHook,
    HookCall,
    NextStep,
    Outcomes,
    Path,
    Prompt,
    Response,
    TextValue,
    path_of,
    spelled,
)

FALLBACK_SIGNATURE = "AMAZON.FallbackIntent"


def _upper_snake(value: object) -> object:
    """`TopResolution` and `TOP_RESOLUTION` are one strategy."""
    if isinstance(value, str) and "_" not in value:
        return "".join(f"_{c}" if c.isupper() and n else c for n, c in enumerate(value)).upper()
    return value


class Utterance(Element):
    utterance: str = Field(max_length=500)


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


class Elicitation(Element):
    slot_constraint: Literal["Required", "Optional"] = "Required"
    prompt_specification: Prompt | None = None
    sample_utterances: list[Utterance] = Field(
        default_factory=list, validation_alias=spelled("sampleUtterances", "sampleValueElicitingUtterances")
    )
    default_value_specification: DefaultValues = Field(
        DefaultValues(), validation_alias=spelled("defaultValueSpecification", "defaultValueSpec")
    )
    slot_capture_setting: SlotCapture | None = None


class Obfuscation(Element):
    obfuscation_setting_type: Annotated[Literal["NONE", "DEFAULT_OBFUSCATION"], BeforeValidator(_upper_snake)] = "NONE"


class MultipleValues(Element):
    allow_multiple_values: bool = Field(False, validation_alias=spelled("allowMultipleValues", "allowMutlipleValues"))


class SlotDefinition(Element):
    name: str = Field(validation_alias=spelled("name", "slotName"))
    slot_type_name: str = Field("", validation_alias=spelled("slotTypeName", "slotTypeId"))
    obfuscation_setting: Obfuscation = Obfuscation()
    multiple_values_setting: MultipleValues = MultipleValues()
    elicitation: Elicitation = Field(
        Elicitation(), validation_alias=spelled("valueElicitationSetting", "slotValueElicitationSetting")
    )

    @property
    def required(self) -> bool:
        return self.elicitation.slot_constraint == "Required"

    @property
    def obfuscated(self) -> bool:
        return self.obfuscation_setting.obfuscation_setting_type == "DEFAULT_OBFUSCATION"


class Switch(Element):
    enabled: bool = False


class Fulfilment(Element):
    enabled: bool = False
    is_active: bool = Field(True, validation_alias=spelled("isActive", "active"))
    post_fulfillment_status_specification: Outcomes = Outcomes()


class InitialResponse(Element):
    initial_response: Response | None = None
    next_step: NextStep | None = None
    conditional: Conditional | None = None
    code_hook: HookCall | None = None

    @property
    def path(self) -> Path:
        return path_of(self.initial_response, self.next_step, self.conditional)


class Confirmation(Element):
    is_active: bool = Field(True, validation_alias=spelled("isActive", "active"))
    prompt_specification: Prompt | None = Field(
        None, validation_alias=spelled("promptSpecification", "confirmationPrompt")
    )
    confirmation_response: Response | None = None
    confirmation_next_step: NextStep | None = None
    confirmation_conditional: Conditional | None = None
    declination_response: Response | None = None
    declination_next_step: NextStep | None = None
    declination_conditional: Conditional | None = None
    failure_response: Response | None = None
    failure_next_step: NextStep | None = None
    failure_conditional: Conditional | None = None
    code_hook: HookCall | None = None
    elicitation_code_hook: ElicitationHook | None = None

    @property
    def confirmed(self) -> Path:
        return path_of(self.confirmation_response, self.confirmation_next_step, self.confirmation_conditional)

    @property
    def declined(self) -> Path:
        return path_of(self.declination_response, self.declination_next_step, self.declination_conditional)

    @property
    def failed(self) -> Path:
        return path_of(self.failure_response, self.failure_next_step, self.failure_conditional)


class Closing(Element):
    is_active: bool = Field(True, validation_alias=spelled("isActive", "active"))
    closing_response: Response | None = None
    next_step: NextStep | None = None
    conditional: Conditional | None = None

    @property
    def path(self) -> Path:
        return path_of(self.closing_response, self.next_step, self.conditional)


class SlotPriority(Element):
    slot_name: str = Field(validation_alias=spelled("slotName", "slotId"))
    priority: int = 0


class InputContext(Element):
    name: str


class OutputContext(Element):
    name: str
    time_to_live_in_seconds: int = Field(ge=5, le=86400)
    turns_to_live: int = Field(ge=1, le=20)


class IntentDefinition(Element):
    """`slots` comes from the files beside it, in order of priority."""

    name: str = Field(validation_alias=spelled("name", "intentName"))
    parent_intent_signature: str | None = None
    sample_utterances: list[Utterance] = Field(default_factory=list)
    slot_priorities: list[SlotPriority] = Field(default_factory=list)
    dialog_code_hook: Switch = Switch()
    fulfillment_code_hook: Fulfilment | None = None
    initial_response_setting: InitialResponse | None = None
    intent_confirmation_setting: Confirmation | None = None
    intent_closing_setting: Closing | None = None
    input_contexts: list[InputContext] = Field(default_factory=list)
    output_contexts: list[OutputContext] = Field(default_factory=list)
    slots: dict[str, SlotDefinition] = Field(default_factory=dict)

    @property
    def fallback(self) -> bool:
        return self.parent_intent_signature == FALLBACK_SIGNATURE

    @property
    def old_flow(self) -> bool:
        """Exported before August 2022: it has no settings that place the dialog hook, so every turn calls it."""
        captures = (slot.elicitation.slot_capture_setting for slot in self.slots.values())
        return self.initial_response_setting is None and not any(captures)


class SlotTypeValue(Element):
    sample_value: TextValue
    synonyms: list[TextValue] = Field(default_factory=list)


class RegexFilter(Element):
    pattern: str = Field(max_length=300)


class ValueSelection(Element):
    resolution_strategy: Annotated[
        Literal["ORIGINAL_VALUE", "TOP_RESOLUTION", "CONCATENATION"], BeforeValidator(_upper_snake)
    ] = "ORIGINAL_VALUE"
    regex_filter: RegexFilter | None = None


class SlotTypeDefinition(Element):
    name: str = Field(validation_alias=spelled("name", "slotTypeName"))
    slot_type_values: list[SlotTypeValue] = Field(default_factory=list)
    parent_slot_type_signature: str | None = None
    value_selection_setting: ValueSelection = ValueSelection()


class LocaleDefinition(Element):
    """`intents` and `slot_types` come from the folders beside it."""

    identifier: str = Field("", validation_alias=spelled("identifier", "localeId"))
    nlu_confidence_threshold: float = Field(0.4, ge=0, le=1)
    intents: dict[str, IntentDefinition] = Field(default_factory=dict)
    slot_types: dict[str, SlotTypeDefinition] = Field(default_factory=dict)

    @property
    def fallback(self) -> IntentDefinition:
        return next(intent for intent in self.intents.values() if intent.fallback)


class BotDefinition(Element):
    """`identifier` is ten letters or digits; one that does not fit is replaced by a stable invented one."""

    name: str = Field(validation_alias=spelled("name", "botName"))
    identifier: str = Field("", validation_alias=spelled("identifier", "botId"))
    version: str = "DRAFT"
    idle_session_ttl_in_seconds: int = Field(
        300, ge=60, le=86400, validation_alias=spelled("idleSessionTTLInSeconds", "idleSessionTtlInSeconds")
    )
    locales: dict[str, LocaleDefinition] = Field(default_factory=dict)
