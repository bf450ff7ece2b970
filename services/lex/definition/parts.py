"""What intents and slots of a definition are made of: messages, prompts, next steps, branches, hook calls.

Source: the export archive of Lex V2, and the spellings of the API where they differ from it. Null and absent mean the
same (the reader drops nulls first), so every default here is what Lex does when a setting is not there.
"""

from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from shared.schemas.lex import Button, ImageResponseCard, Message


def spelled(*names: str) -> AliasChoices:
    """The spellings of one key; the first is the export's."""
    return AliasChoices(*names)


class Element(BaseModel):
    """What every part of a definition shares: frozen, camel case in the file, unknown keys kept for the export."""

    model_config = ConfigDict(frozen=True, extra="allow", alias_generator=to_camel, populate_by_name=True)


class TextValue(Element):
    value: str


class CardDefinition(Element):
    title: str
    subtitle: str | None = None
    image_url: str | None = None
    buttons: list[Button] = Field(default_factory=list, validation_alias=spelled("buttonsList", "buttons"))


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
        default_factory=list, validation_alias=spelled("messageGroupsList", "messageGroupList", "messageGroups")
    )


class Prompt(Response):
    max_retries: int = Field(2, ge=0, le=100)
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
    expression_string: str


class DefaultBranch(Element):
    response: Response | None = None
    next_step: NextStep | None = None


class Branch(DefaultBranch):
    name: str = ""
    condition: Condition


class Conditional(Element):
    is_active: bool = Field(True, validation_alias=spelled("isActive", "active"))
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
        return path_of(self.success_response, self.success_next_step, self.success_conditional)

    @property
    def failure(self) -> Path:
        return path_of(self.failure_response, self.failure_next_step, self.failure_conditional)

    @property
    def timeout(self) -> Path:
        path = path_of(self.timeout_response, self.timeout_next_step, self.timeout_conditional)
        return path if path.configured else self.failure


def path_of(response: Response | None, step: NextStep | None, conditional: Conditional | None) -> Path:
    """The path made of three keys of one prefix."""
    return Path(response=response, next_step=step, conditional=conditional)


class HookCall(Element):
    is_active: bool = Field(True, validation_alias=spelled("isActive", "active"))
    enable_code_hook_invocation: bool = True
    invocation_label: str | None = None
    post_code_hook_specification: Outcomes = Outcomes()

    @property
    def enabled(self) -> bool:
        return self.is_active and self.enable_code_hook_invocation


class ElicitationHook(Element):
    enable_code_hook_invocation: bool = False
    invocation_label: str | None = None
