"""Between what the Lex runtime says, what is kept of it, and what is shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, cast

from services.gateway.masking import without_echo
from services.gateway.store import StoredConversation, StoredMessage
from shared.schemas.chat import ChatDialog, ChatHistoryEntry, ChatMessage
from shared.schemas.lex import ContentType, ImageResponseCard, Message, RecognizeTextResponse

Sender = Literal["customer", "bot", "agent"]
_IDENTITY = "identityToken"


def dialog_of(answer: RecognizeTextResponse) -> ChatDialog:
    """Where the conversation stands after the answer."""
    state = answer.session_state
    action = state.dialog_action
    return ChatDialog(
        intent=state.intent.name if state.intent else None,
        slot_to_elicit=action.slot_to_elicit if action and action.type == "ElicitSlot" else None,
        state=state.intent.state if state.intent else None,
        verified=bool((state.session_attributes or {}).get(_IDENTITY)),
    )


def dialog_kept(row: StoredConversation, *, fresh: bool) -> ChatDialog:
    """The same as it was kept; a verification counts only while it is `fresh`."""
    return ChatDialog(
        intent=row.intent,
        slot_to_elicit=row.slot_to_elicit,
        state=row.state,
        verified=row.verified and fresh,
        answered_by=_answered_by(row.owner),
    )


def _answered_by(owner: str | None) -> Literal["bot", "queue", "agent"]:
    if owner is None:
        return "bot"
    return "queue" if owner == "queue" else "agent"


def chat_message(message: Message) -> ChatMessage:
    return ChatMessage(
        content_type=message.content_type, content=message.content, image_response_card=message.image_response_card
    )


def plain_text(text: str) -> ChatMessage:
    return ChatMessage(content_type="PlainText", content=text)


def unechoed(message: ChatMessage, heard: str) -> ChatMessage:
    """The message without the PIN that it repeats."""
    content = without_echo(message.content, heard) if message.content else message.content
    return message.model_copy(update={"content": content})


def rows(
    row: StoredConversation, sender: Sender, messages: Sequence[ChatMessage], at: datetime, reply_to: int | None = None
) -> list[StoredMessage]:
    """The messages as the next ones of the conversation."""
    return [
        StoredMessage(
            session_id=row.session_id,
            sequence=row.last_sequence + number,
            sender=sender,
            at=at,
            content_type=message.content_type,
            content=message.content,
            card=card.model_dump(mode="json", by_alias=True) if (card := message.image_response_card) else None,
            reply_to=reply_to,
            customer_id=row.customer_id,
        )
        for number, message in enumerate(messages, 1)
    ]


def shown(row: StoredMessage) -> ChatMessage:
    return ChatMessage(
        content_type=cast("ContentType", row.content_type),
        content=row.content,
        image_response_card=ImageResponseCard.model_validate(row.card) if row.card else None,
    )


def entry(row: StoredMessage) -> ChatHistoryEntry:
    return ChatHistoryEntry(
        sequence=row.sequence,
        sender=cast("Sender", row.sender),
        at=row.at,
        message=shown(row),
        message_id=row.message_id,
        reply_to=row.reply_to,
    )
