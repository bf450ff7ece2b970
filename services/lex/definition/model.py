"""A bot as its export describes it, in one spelling.

Source: the export archive of Lex V2, and the spellings of the API where they differ from it. Null and absent mean the
same (the reader drops nulls first), so every default here is what Lex does when a setting is not there.
"""

from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from shared.schemas.lex import Button, ImageResponseCard, Message

FALLBACK_SIGNATURE = "AMAZON.FallbackIntent"


def _upper_snake(value: object) -> object:
    """`TopResolution` and `TOP_RESOLUTION` are one strategy."""
    if isinstance(value, str) and "_" not in value:
        return "".join(f"_{c}" if c.isupper() and n else c for n, c in enumerate(value)).upper()
    return value


def _spelled(*names: str) -> AliasChoices:
    return AliasChoices(*names)


class Element(BaseModel):
    """What every part of a definition shares: frozen, camel case in the file, unknown keys ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class TextValue(Element):
    value: str = Field(max_length=4000)


class CardDefinition(Element):
    title: str
    subtitle: str | None = None
    image_url: str | None = None
    buttons: list[Button] = Field(default_factory=list, validation_alias=_spelled("buttonsList", "buttons"))


class MessageDefinition(Element):
    """One of the four kinds is set."""

    plain_text_message: TextValue | None = None
    custom_payload: TextValue | None = None
    ssml_message: TextValue | None = None
    image_response_card: CardDefinition | None = None

    def message(self) -> Message:
        """The message as the runtime sends it, placeholders still in it."""
        if self.plain_text_message:
            return Message(content_type="PlainText", content=self.plain_text_message.value)
        if self.ssml_message:
            return Message(content_type="SSML", content=self.ssml_message.value)
        if self.custom_payload:
            return Message(content_type="CustomPayload", content=self.custom_payload.value)
        card = self.image_response_card
        if card is None:
            raise AssertionError("checked when the definition was read")
        shown = ImageResponseCard(
            title=card.title, subtitle=card.subtitle, image_url=card.image_url, buttons=list(card.buttons)
        )
        return Message(content_type="ImageResponseCard", image_response_card=shown)

    @model_validator(mode="after")
    def _has_a_kind(self) -> "MessageDefinition":
        if not (self.plain_text_message or self.custom_payload or self.ssml_message or self.image_response_card):
            raise ValueError("a message needs plainTextMessage, customPayload, ssmlMessage or imageResponseCard")
        return self


class MessageGroup(Element):
    message: MessageDefinition
    variations: list[MessageDefinition] = Field(default_factory=list)


class Response(Element):
    message_groups: list[MessageGroup] = Field(
        default_factory=list, validation_alias=_spelled("messageGroupsList", "messageGroupList", "messageGroups")
    )


class Prompt(Response):
    max_retries: int = Field(2, ge=0, le=5)
    message_selection_strategy: Literal["Random", "Ordered"] = "Random"


class StepValue(Element):
    interpreted_value: str | None = None


class StepSlot(Element):
    value: StepValue | None = None


class StepIntent(Element):
    name: str | None = None
    slots: dict[str, StepSlot] = Field(default_factory=dict)


class StepAction(Element):
    type: Literal[
        "ElicitIntent",
        "StartIntent",
        "ElicitSlot",
        "EvaluateConditional",
        "InvokeDialogCodeHook",
        "ConfirmIntent",
        "FulfillIntent",
        "CloseIntent",
        "EndConversation",
    ]
    slot_to_elicit: str | None = None
    suppress_next_message: bool = False


class NextStep(Element):
    """Without a dialog action the default flow goes on."""

    dialog_action: StepAction | None = None
    intent: StepIntent | None = None
    session_attributes: dict[str, str] = Field(default_factory=dict)


class Condition(Element):
    expression_string: str = Field(max_length=1024)


class DefaultBranch(Element):
    response: Response | None = None
    next_step: NextStep | None = None


class Branch(DefaultBranch):
    name: str = ""
    condition: Condition


class Conditional(Element):
    is_active: bool = Field(True, validation_alias=_spelled("isActive", "active"))
    conditional_branches: list[Branch] = Field(default_factory=list)
    default_branch: DefaultBranch | None = None


class Path(Element):
    """What is said and done at one point of the flow: a response, then branches, then the next step."""

    response: Response | None = None
    next_step: NextStep | None = None
    conditional: Conditional | None = None

    @property
    def configured(self) -> bool:
        step = self.next_step
        return bool(self.response or self.conditional or (step and step.dialog_action))


class Outcomes(Element):
    """The `success`, `failure` and `timeout` paths after a hook, whose keys the export prefixes."""

    success_response: Response | None = None
    success_next_step: NextStep | None = None
    success_conditional: Conditional | None = None
    failure_response: Response | None = None
    failure_next_step: NextStep | None = None
    failure_conditional: Conditional | None = None
    timeout_response: Response | None = None
    timeout_next_step: NextStep | None = None
    timeout_conditional: Conditional | None = None

    @property
    def success(self) -> Path:
        return _path(self.success_response, self.success_next_step, self.success_conditional)

    @property
    def failure(self) -> Path:
        return _path(self.failure_response, self.failure_next_step, self.failure_conditional)

    @property
    def timeout(self) -> Path:
        path = _path(self.timeout_response, self.timeout_next_step, self.timeout_conditional)
        return path if path.configured else self.failure


def _path(response: Response | None, step: NextStep | None, conditional: Conditional | None) -> Path:
    return Path(response=response, next_step=step, conditional=conditional)


class HookCall(Element):
    is_active: bool = Field(True, validation_alias=_spelled("isActive", "active"))
    enable_code_hook_invocation: bool = True
    invocation_label: str | None = None
    post_code_hook_specification: Outcomes = Outcomes()

    @property
    def enabled(self) -> bool:
        return self.is_active and self.enable_code_hook_invocation


class ElicitationHook(Element):
    enable_code_hook_invocation: bool = False
    invocation_label: str | None = None


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
        return _path(self.capture_response, self.capture_next_step, self.capture_conditional)

    @property
    def failed(self) -> Path:
        return _path(self.failure_response, self.failure_next_step, self.failure_conditional)


class DefaultValue(Element):
    default_value: str


class DefaultValues(Element):
    default_value_list: list[DefaultValue] = Field(default_factory=list)


class Elicitation(Element):
    slot_constraint: Literal["Required", "Optional"] = "Required"
    prompt_specification: Prompt | None = None
    sample_utterances: list[Utterance] = Field(
        default_factory=list, validation_alias=_spelled("sampleUtterances", "sampleValueElicitingUtterances")
    )
    default_value_specification: DefaultValues = Field(
        DefaultValues(), validation_alias=_spelled("defaultValueSpecification", "defaultValueSpec")
    )
    slot_capture_setting: SlotCapture | None = None


class Obfuscation(Element):
    obfuscation_setting_type: Annotated[Literal["NONE", "DEFAULT_OBFUSCATION"], BeforeValidator(_upper_snake)] = "NONE"


class MultipleValues(Element):
    allow_multiple_values: bool = Field(False, validation_alias=_spelled("allowMultipleValues", "allowMutlipleValues"))


class SlotDefinition(Element):
    name: str = Field(validation_alias=_spelled("name", "slotName"))
    slot_type_name: str = Field("", validation_alias=_spelled("slotTypeName", "slotTypeId"))
    obfuscation_setting: Obfuscation = Obfuscation()
    multiple_values_setting: MultipleValues = MultipleValues()
    elicitation: Elicitation = Field(
        Elicitation(), validation_alias=_spelled("valueElicitationSetting", "slotValueElicitationSetting")
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
    is_active: bool = Field(True, validation_alias=_spelled("isActive", "active"))
    post_fulfillment_status_specification: Outcomes = Outcomes()


class InitialResponse(Element):
    initial_response: Response | None = None
    next_step: NextStep | None = None
    conditional: Conditional | None = None
    code_hook: HookCall | None = None

    @property
    def path(self) -> Path:
        return _path(self.initial_response, self.next_step, self.conditional)


class Confirmation(Element):
    is_active: bool = Field(True, validation_alias=_spelled("isActive", "active"))
    prompt_specification: Prompt | None = Field(
        None, validation_alias=_spelled("promptSpecification", "confirmationPrompt")
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
        return _path(self.confirmation_response, self.confirmation_next_step, self.confirmation_conditional)

    @property
    def declined(self) -> Path:
        return _path(self.declination_response, self.declination_next_step, self.declination_conditional)

    @property
    def failed(self) -> Path:
        return _path(self.failure_response, self.failure_next_step, self.failure_conditional)


class Closing(Element):
    is_active: bool = Field(True, validation_alias=_spelled("isActive", "active"))
    closing_response: Response | None = None
    next_step: NextStep | None = None
    conditional: Conditional | None = None

    @property
    def path(self) -> Path:
        return _path(self.closing_response, self.next_step, self.conditional)


class SlotPriority(Element):
    slot_name: str = Field(validation_alias=_spelled("slotName", "slotId"))
    priority: int = 0


class InputContext(Element):
    name: str


class OutputContext(Element):
    name: str
    time_to_live_in_seconds: int = Field(ge=5, le=86400)
    turns_to_live: int = Field(ge=1, le=20)


class IntentDefinition(Element):
    """`slots` comes from the files beside it, in order of priority."""

    name: str = Field(validation_alias=_spelled("name", "intentName"))
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
    name: str = Field(validation_alias=_spelled("name", "slotTypeName"))
    slot_type_values: list[SlotTypeValue] = Field(default_factory=list)
    parent_slot_type_signature: str | None = None
    value_selection_setting: ValueSelection = ValueSelection()


class LocaleDefinition(Element):
    """`intents` and `slot_types` come from the folders beside it."""

    identifier: str = Field("", validation_alias=_spelled("identifier", "localeId"))
    nlu_confidence_threshold: float = Field(0.4, ge=0, le=1)
    intents: dict[str, IntentDefinition] = Field(default_factory=dict)
    slot_types: dict[str, SlotTypeDefinition] = Field(default_factory=dict)

    @property
    def fallback(self) -> IntentDefinition:
        return next(intent for intent in self.intents.values() if intent.fallback)


class BotDefinition(Element):
    """`identifier` is ten letters or digits; one that does not fit is replaced by a stable invented one."""

    name: str = Field(validation_alias=_spelled("name", "botName"))
    identifier: str = Field("", validation_alias=_spelled("identifier", "botId"))
    version: str = "DRAFT"
    idle_session_ttl_in_seconds: int = Field(
        300, ge=60, le=86400, validation_alias=_spelled("idleSessionTTLInSeconds", "idleSessionTtlInSeconds")
    )
    locales: dict[str, LocaleDefinition] = Field(default_factory=dict)
