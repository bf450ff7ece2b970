"""A bot as its export describes it, in one spelling."""

from pydantic import Field, JsonValue

from services.lex.definition.parts import (
    Conditional,
    Element,
    ElicitationHook,
    HookCall,
    MessageGroup,
    NextStep,
    Outcomes,
    Path,
    Prompt,
    Response,
    path_of,
    spelled,
)
from services.lex.definition.slots import (
    DefaultValue,
    DefaultValues,
    Elicitation,
    MultipleValues,
    Obfuscation,
    RegexFilter,
    SlotCapture,
    SlotDefinition,
    SlotTypeDefinition,
    SlotTypeValue,
    Utterance,
    ValueSelection,
)

__all__ = [
    "DefaultValue",
    "DefaultValues",
    "Elicitation",
    "MultipleValues",
    "Obfuscation",
    "RegexFilter",
    "SlotCapture",
    "SlotDefinition",
    "SlotTypeDefinition",
    "SlotTypeValue",
    "Utterance",
    "ValueSelection",
]

FALLBACK_SIGNATURE = "AMAZON.FallbackIntent"


class Switch(Element):
    enabled: bool = False


class FulfilmentUpdate(Element):
    """What is said at the start of a long fulfilment (after `delay`) and while it lasts (every `frequency`)."""

    message_groups: list[MessageGroup] = Field(
        default_factory=list, validation_alias=spelled("messageGroups", "messageGroupsList", "messageGroupList")
    )
    delay_in_seconds: int | None = None
    frequency_in_seconds: int | None = None


class FulfilmentUpdates(Element):
    """The two messages are for streaming conversations, which this runtime does not hold; the time is for all."""

    active: bool = Field(True, validation_alias=spelled("active", "isActive"))
    timeout_in_seconds: int | None = Field(None, ge=0, le=10_000_000)
    start_response: FulfilmentUpdate | None = None
    update_response: FulfilmentUpdate | None = None


class Fulfilment(Element):
    enabled: bool = False
    is_active: bool = Field(True, validation_alias=spelled("isActive", "active"))
    fulfillment_updates_specification: FulfilmentUpdates | None = None
    post_fulfillment_status_specification: Outcomes = Outcomes()

    @property
    def seconds(self) -> int | None:
        """The time that the hook has, where the definition says so."""
        updates = self.fulfillment_updates_specification
        return updates.timeout_in_seconds if updates and updates.active else None


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
    time_to_live_in_seconds: int = Field(ge=0, le=10_000_000)
    turns_to_live: int = Field(ge=0, le=10_000)


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
    kendra_configuration: dict[str, JsonValue] | None = None
    qna_intent_configuration: dict[str, JsonValue] | None = Field(
        None, validation_alias=spelled("qnAIntentConfiguration", "qnaIntentConfiguration")
    )
    bedrock_agent_intent_configuration: dict[str, JsonValue] | None = None
    q_in_connect_intent_configuration: dict[str, JsonValue] | None = None
    slots: dict[str, SlotDefinition] = Field(default_factory=dict)

    @property
    def fallback(self) -> bool:
        return self.parent_intent_signature == FALLBACK_SIGNATURE

    @property
    def old_flow(self) -> bool:
        """Exported before August 2022: it has no settings that place the dialog hook, so every turn calls it."""
        captures = (slot.elicitation.slot_capture_setting for slot in self.slots.values())
        confirmation = self.intent_confirmation_setting
        placed = confirmation is not None and (confirmation.code_hook or confirmation.elicitation_code_hook)
        return self.initial_response_setting is None and not placed and not any(captures)


class LocaleDefinition(Element):
    """`intents`, `slot_types` and `custom_vocabulary` (for speech only) come from the folders beside it."""

    identifier: str = Field("", validation_alias=spelled("identifier", "localeId"))
    name: str = Field("", validation_alias=spelled("name", "localeName"))
    nlu_confidence_threshold: float = Field(
        0.4, ge=0, le=1, validation_alias=spelled("nluConfidenceThreshold", "nluIntentConfidenceThreshold")
    )
    custom_vocabulary: dict[str, JsonValue] | None = None
    intents: dict[str, IntentDefinition] = Field(default_factory=dict)
    slot_types: dict[str, SlotTypeDefinition] = Field(default_factory=dict)

    @property
    def fallback(self) -> IntentDefinition:
        return next(intent for intent in self.intents.values() if intent.fallback)


class DataPrivacy(Element):
    child_directed: bool = False


class BotDefinition(Element):
    """`identifier` is ten letters or digits; one that does not fit is replaced by a stable invented one."""

    name: str = Field(validation_alias=spelled("name", "botName"))
    identifier: str = Field("", validation_alias=spelled("identifier", "botId"))
    version: str = "DRAFT"
    data_privacy: DataPrivacy = DataPrivacy()
    idle_session_ttl_in_seconds: int = Field(
        300, ge=1, le=10_000_000, validation_alias=spelled("idleSessionTTLInSeconds", "idleSessionTtlInSeconds")
    )
    locales: dict[str, LocaleDefinition] = Field(default_factory=dict)
