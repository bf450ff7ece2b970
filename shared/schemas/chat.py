"""The web chat: what the widget, the command line and a mobile app exchange with the gateway."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.schemas.base import LexWire, Moment
from shared.schemas.lex import ContentType, ImageResponseCard


class ChatMessage(LexWire):
    content_type: ContentType
    content: str | None = None
    image_response_card: ImageResponseCard | None = None


class ChatSession(LexWire):
    """`token` is the bearer token of this conversation and of nothing else."""

    session_id: str
    token: str
    expires_at: Moment
    messages: list[ChatMessage]


class ChatText(LexWire):
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1024)]


class ChatDialog(LexWire):
    """Where the conversation stands: the acting intent, the slot being asked for, the intent's state."""

    intent: str | None = None
    slot_to_elicit: str | None = None
    state: str | None = None
    verified: bool = False


class ChatReply(LexWire):
    messages: list[ChatMessage]
    dialog: ChatDialog


class ChatHistoryEntry(LexWire):
    """One message of the conversation; what may be a PIN is masked."""

    sequence: int
    sender: Literal["customer", "bot"]
    at: Moment
    message: ChatMessage


class ChatHistory(LexWire):
    messages: list[ChatHistoryEntry]
    dialog: ChatDialog = Field(default_factory=ChatDialog)
