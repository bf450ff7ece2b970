"""Amazon Lex V2's own shapes: runtime API, code-hook event and answer.

Sources: the botocore model of `lexv2-runtime`, and the Lambda input and response formats of the Lex V2 guide.
Absent and null mean the same when reading; on writing, unset fields are left out by `wire_dict`.
"""

from typing import Literal

from pydantic import Field, JsonValue

from shared.schemas.base import LexWire

IntentState = Literal["InProgress", "ReadyForFulfillment", "Fulfilled", "Failed", "FulfillmentInProgress", "Waiting"]
ConfirmationState = Literal["None", "Confirmed", "Denied"]
DialogActionType = Literal["Delegate", "ElicitIntent", "ElicitSlot", "ConfirmIntent", "Close", "None"]
ContentType = Literal["PlainText", "SSML", "CustomPayload", "ImageResponseCard"]


class SlotValue(LexWire):
    original_value: str | None = None
    interpreted_value: str | None = None
    resolved_values: list[str] = Field(default_factory=list)


class Slot(LexWire):
    """A filled slot: Scalar has `value`; List has `value` (the whole text) and `values`."""

    shape: Literal["Scalar", "List", "Composite"] = "Scalar"
    value: SlotValue | None = None
    values: list["Slot"] | None = None
    sub_slots: dict[str, "Slot | None"] | None = None


class Intent(LexWire):
    """`slots` holds every slot of the intent, null when unfilled."""

    name: str
    state: IntentState | None = None
    slots: dict[str, Slot | None] = Field(default_factory=dict)
    confirmation_state: ConfirmationState | None = None
    kendra_response: JsonValue = None


class DialogAction(LexWire):
    type: DialogActionType
    slot_to_elicit: str | None = None
    slot_elicitation_style: str | None = None
    sub_slot_to_elicit: JsonValue = None


class Button(LexWire):
    text: str
    value: str


class ImageResponseCard(LexWire):
    title: str
    subtitle: str | None = None
    image_url: str | None = None
    buttons: list[Button] | None = None


class Message(LexWire):
    content_type: ContentType
    content: str | None = None
    image_response_card: ImageResponseCard | None = None


class ActiveContextTimeToLive(LexWire):
    time_to_live_in_seconds: int
    turns_to_live: int


class ActiveContext(LexWire):
    name: str
    time_to_live: ActiveContextTimeToLive
    context_attributes: dict[str, str] = Field(default_factory=dict)


class SessionState(LexWire):
    """Null means "not given": it keeps what the session has. An empty map or list is a value."""

    dialog_action: DialogAction | None = None
    intent: Intent | None = None
    session_attributes: dict[str, str] | None = None
    active_contexts: list[ActiveContext] | None = None
    originating_request_id: str | None = None
    runtime_hints: JsonValue = None


class Confidence(LexWire):
    score: float


class Interpretation(LexWire):
    """`nlu_confidence` is an object in the runtime API; in code-hook events it is a plain number."""

    intent: Intent
    nlu_confidence: Confidence | float | None = None
    interpretation_source: str | None = None


class RecognizeTextRequest(LexWire):
    text: str
    session_state: SessionState | None = None
    request_attributes: dict[str, str] | None = None


class RecognizeTextResponse(LexWire):
    messages: list[Message] = Field(default_factory=list)
    session_state: SessionState
    interpretations: list[Interpretation] = Field(default_factory=list)
    request_attributes: dict[str, str] | None = None
    session_id: str


class PutSessionRequest(LexWire):
    session_state: SessionState
    messages: list[Message] | None = None
    request_attributes: dict[str, str] | None = None


class CodeHookBot(LexWire):
    id: str
    name: str
    alias_id: str
    alias_name: str | None = None
    locale_id: str
    version: str


class PromptAttempt(LexWire):
    attempt: str


class ProposedNextState(LexWire):
    dialog_action: DialogAction | None = None
    intent: Intent | None = None
    prompt: PromptAttempt | None = None


class CodeHookEvent(LexWire):
    """What Lex V2 sends to its Lambda function."""

    message_version: str
    invocation_source: Literal["DialogCodeHook", "FulfillmentCodeHook"]
    input_mode: str = "Text"
    response_content_type: str = "text/plain; charset=utf-8"
    session_id: str
    input_transcript: str = ""
    invocation_label: str | None = None
    bot: CodeHookBot
    interpretations: list[Interpretation] = Field(default_factory=list)
    proposed_next_state: ProposedNextState | None = None
    request_attributes: dict[str, str] | None = None
    session_state: SessionState
    transcriptions: JsonValue = None


class CodeHookResponse(LexWire):
    """What the function answers."""

    session_state: SessionState
    messages: list[Message] | None = None
    request_attributes: dict[str, str] | None = None


def plain(text: str) -> Message:
    return Message(content_type="PlainText", content=text)


def wire_dict(document: LexWire) -> dict[str, JsonValue]:
    """The document as Lex writes it: camel case, unset and null fields left out, null slots kept."""
    return document.model_dump(mode="json", by_alias=True, exclude_none=True)


def wire_json(document: LexWire) -> bytes:
    """What `wire_dict` gives, as JSON in UTF-8."""
    return document.__pydantic_serializer__.to_json(document, by_alias=True, exclude_none=True)
