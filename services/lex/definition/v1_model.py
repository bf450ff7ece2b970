"""What an export of Amazon Lex V1 says: a bot, one intent or one slot type. Source: the Lex V1 guide ("Exporting")."""

from typing import Literal

from pydantic import Field, JsonValue

from services.lex.definition.parts import Element


class V1Message(Element):
    content_type: Literal["PlainText", "SSML", "CustomPayload"] = "PlainText"
    content: str
    group_number: int | None = None


class V1Statement(Element):
    """`response_card` is JSON in a string; a file edited by hand may hold the object itself."""

    messages: list[V1Message] = Field(default_factory=list)
    response_card: str | dict[str, JsonValue] | None = None


class V1Prompt(V1Statement):
    max_attempts: int = Field(2, ge=0, le=100)


class V1FollowUp(Element):
    prompt: V1Prompt
    rejection_statement: V1Statement | None = None


class V1Hook(Element):
    uri: str | None = None


class V1Fulfilment(Element):
    type: Literal["ReturnIntent", "CodeHook"] = "ReturnIntent"
    code_hook: V1Hook | None = None


class V1DefaultValues(Element):
    default_value_list: list[dict[str, str]] = Field(default_factory=list)


class V1Slot(Element):
    name: str
    description: str | None = None
    slot_type: str = ""
    slot_constraint: Literal["Required", "Optional"] = "Required"
    priority: int | None = None
    sample_utterances: list[str] = Field(default_factory=list)
    obfuscation_setting: Literal["NONE", "DEFAULT_OBFUSCATION"] = "NONE"
    default_value_spec: V1DefaultValues = V1DefaultValues()
    value_elicitation_prompt: V1Prompt | None = None


class V1Kendra(Element):
    kendra_index: str = ""
    query_filter_string: str | None = None


class V1Intent(Element):
    name: str
    description: str | None = None
    version: str | None = None
    parent_intent_signature: str | None = None
    sample_utterances: list[str] = Field(default_factory=list)
    slots: list[V1Slot] = Field(default_factory=list)
    dialog_code_hook: V1Hook | None = None
    fulfillment_activity: V1Fulfilment = V1Fulfilment()
    confirmation_prompt: V1Prompt | None = None
    rejection_statement: V1Statement | None = None
    conclusion_statement: V1Statement | None = None
    follow_up_prompt: V1FollowUp | None = None
    input_contexts: list[JsonValue] = Field(default_factory=list)
    output_contexts: list[JsonValue] = Field(default_factory=list)
    kendra_configuration: V1Kendra | None = None


class V1Value(Element):
    value: str
    synonyms: list[str] = Field(default_factory=list)


class V1Regex(Element):
    pattern: str


class V1TypeConfiguration(Element):
    regex_configuration: V1Regex | None = None


class V1SlotType(Element):
    name: str
    description: str | None = None
    enumeration_values: list[V1Value] = Field(default_factory=list)
    value_selection_strategy: Literal["ORIGINAL_VALUE", "TOP_RESOLUTION"] = "ORIGINAL_VALUE"
    parent_slot_type_signature: str | None = None
    slot_type_configurations: list[V1TypeConfiguration] = Field(default_factory=list)


class V1Bot(Element):
    name: str
    description: str | None = None
    version: str | None = None
    locale: str = "en-US"
    voice_id: str | None = None
    child_directed: bool = False
    idle_session_ttl_in_seconds: int = Field(300, validation_alias="idleSessionTTLInSeconds")
    nlu_intent_confidence_threshold: float = 0.4
    intents: list[V1Intent] = Field(default_factory=list)
    slot_types: list[V1SlotType] = Field(default_factory=list)
    clarification_prompt: V1Prompt | None = None
    abort_statement: V1Statement | None = None
