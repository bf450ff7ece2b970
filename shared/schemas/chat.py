"""The web chat: what the widget, the command line and a mobile app exchange with the gateway."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.schemas.base import LexWire, Moment
from shared.schemas.lex import ContentType, ImageResponseCard


class ChatStart(LexWire):
    """`locale_id` is one of those in which the bank holds chats; without it the bank's own."""

    locale_id: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}_[A-Z]{2}$")] | None = None


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


MessageId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]


class ChatText(LexWire):
    """`message_id` is the client's own: a message that is sent again with it is answered as the first time."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1024, pattern=r"^[^\x00]*$")]
    message_id: MessageId | None = None


class ChatDialog(LexWire):
    """Where the conversation stands: the acting intent, the slot being asked for, the intent's state.

    `answered_by` is who answers: the bot, a member of staff, or nobody yet (`queue`).
    """

    intent: str | None = None
    slot_to_elicit: str | None = None
    state: str | None = None
    verified: bool = False
    answered_by: Literal["bot", "queue", "agent"] = "bot"


class ChatReply(LexWire):
    """`sequence` is the number that the customer's message has in the history, `first_reply` that of `messages[0]`.

    The other messages follow it without a gap; null when there are none.
    """

    messages: list[ChatMessage]
    dialog: ChatDialog
    sequence: int | None = None
    first_reply: int | None = None


class ChatHistoryEntry(LexWire):
    """One message of the conversation; what may be a PIN is masked.

    `message_id` is what the customer's client called it; `reply_to` the sequence of the message that is answered.
    """

    sequence: int
    sender: Literal["customer", "bot", "agent"]
    at: Moment
    message: ChatMessage
    message_id: str | None = None
    reply_to: int | None = None


class ChatTyping(LexWire):
    """Who is about to say something; null when nobody is any more."""

    by: Literal["bot", "agent"] | None


class ChatEnded(LexWire):
    """Why no more will come: the conversation was ended, its token expired, or another stream took this one's place."""

    reason: Literal["ended", "expired", "replaced"]


class ChatHistory(LexWire):
    messages: list[ChatHistoryEntry]
    dialog: ChatDialog = Field(default_factory=ChatDialog)
