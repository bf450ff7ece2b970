"""Conversations with the bot, whatever the channel: turns one at a time, and a history without PINs."""

import asyncio
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from string import ascii_lowercase
from typing import Literal, cast
from weakref import WeakValueDictionary

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway import store
from services.gateway.masking import mask, without_echo
from services.gateway.ports import LexRuntime
from services.gateway.store import ChatMessageRow, ChatSessionRow
from shared.db import Database
from shared.errors import Unauthenticated, Unavailable, UpstreamFailed, UpstreamTimeout
from shared.schemas.chat import ChatDialog, ChatHistory, ChatHistoryEntry, ChatMessage, ChatReply
from shared.schemas.lex import ContentType, ImageResponseCard, Message, RecognizeTextResponse

HISTORY_PAGE = 500
_IDENTITY = "identityToken"
_NO_ANSWER = "We can't answer right now. Please send your message again in a moment."
Sender = Literal["customer", "bot"]


def utc_now() -> datetime:
    """To the millisecond."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _new_id(channel: str) -> str:
    """Letters only (122 bits), so that a search of what is stored for a PIN finds PINs only."""
    return f"{channel}:" + "".join(secrets.choice(ascii_lowercase) for _ in range(26))


class Conversations:
    """`identity_seconds` is how long after its last turn a conversation counts as verified at most."""

    def __init__(
        self,
        database: Database,
        runtime: LexRuntime,
        *,
        obfuscated_slots: Collection[str],
        identity_seconds: float,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._runtime = runtime
        self._obfuscated = frozenset(obfuscated_slots)
        self._identity = timedelta(seconds=identity_seconds)
        self._now = now
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def open(self, channel: str, greeting: Sequence[ChatMessage]) -> str:
        """A new conversation, which begins with the greeting. Its id says the channel and nothing of the customer."""
        now = self._now()
        row = ChatSessionRow(session_id=_new_id(channel), channel=channel, created_at=now, last_turn_at=now)
        async with self._database.transaction() as session:
            session.add(row)
            await session.flush()
            self._append(session, row, "bot", greeting)
        return row.session_id

    async def turn(self, session_id: str, text: str, request_attributes: Mapping[str, str]) -> ChatReply:
        """What the bot answers; a message that comes in meanwhile waits for its turn.

        The customer's message is kept even when the runtime fails with UpstreamFailed, Unavailable or UpstreamTimeout.
        Raises Unauthenticated when the conversation has ended.
        """
        async with self._turn_of(session_id):
            await self._hear(session_id, text)
            try:
                answer = await self._runtime.recognize(session_id, text, request_attributes)
            except (UpstreamFailed, Unavailable, UpstreamTimeout) as problem:
                raise type(problem)(_NO_ANSWER) from problem
            return await self._reply(session_id, text, answer)

    async def history(self, session_id: str, after: int) -> ChatHistory:
        """The messages after number `after`, at most 500 of them. Raises Unauthenticated when it has ended."""
        async with self._database.reading() as session:
            row = _going_on(await store.chat_session(session, session_id))
            rows = await store.messages_after(session, session_id, after, HISTORY_PAGE)
            return ChatHistory(messages=[_entry(message) for message in rows], dialog=self._dialog(row))

    async def close(self, session_id: str) -> None:
        """Ends the conversation at the runtime, then here. Raises as `turn` does, and then it has not ended."""
        async with self._turn_of(session_id):
            async with self._database.reading() as session:
                _going_on(await store.chat_session(session, session_id))
            await self._runtime.end(session_id)
            async with self._database.transaction() as session:
                row = _going_on(await store.chat_session(session, session_id, lock=True))
                row.ended_at = self._now()

    def _turn_of(self, session_id: str) -> asyncio.Lock:
        return self._turns.setdefault(session_id, asyncio.Lock())

    async def _hear(self, session_id: str, text: str) -> None:
        async with self._database.transaction() as session:
            row = _going_on(await store.chat_session(session, session_id, lock=True))
            kept = ChatMessage(content_type="PlainText", content=self._masked(row, text))
            self._append(session, row, "customer", [kept])

    async def _reply(self, session_id: str, heard: str, answer: RecognizeTextResponse) -> ChatReply:
        messages = [_chat_message(message) for message in answer.messages]
        dialog = _dialog_of(answer)
        async with self._database.transaction() as session:
            row = _going_on(await store.chat_session(session, session_id, lock=True))
            hides = self._masked(row, heard) != heard
            self._append(session, row, "bot", [_unechoed(one, heard) for one in messages] if hides else messages)
            row.intent, row.state, row.slot_to_elicit = dialog.intent, dialog.state, dialog.slot_to_elicit
            row.verified, row.last_turn_at = dialog.verified, self._now()
        return ChatReply(messages=messages, dialog=dialog)

    def _masked(self, row: ChatSessionRow, text: str) -> str:
        asked_for = row.slot_to_elicit in self._obfuscated
        masked = mask(text, secret_asked_for=asked_for, verified=self._dialog(row).verified)
        if row.slot_to_elicit is None:  # a bare number that answers no question may be a PIN even now
            hidden = mask(text, secret_asked_for=False, verified=False)
            return masked if any(char.isalnum() for char in hidden) else hidden
        return masked

    def _append(
        self, session: AsyncSession, row: ChatSessionRow, sender: Sender, messages: Sequence[ChatMessage]
    ) -> None:
        for message in messages:
            row.last_sequence += 1
            session.add(_row(row.session_id, row.last_sequence, sender, message, self._now()))

    def _dialog(self, row: ChatSessionRow) -> ChatDialog:
        fresh = self._now() - row.last_turn_at < self._identity
        return ChatDialog(
            intent=row.intent,
            slot_to_elicit=row.slot_to_elicit,
            state=row.state,
            verified=row.verified and fresh,
        )


def _going_on(row: ChatSessionRow | None) -> ChatSessionRow:
    if row is None or row.ended_at is not None:
        raise Unauthenticated("This conversation has ended.")
    return row


def _dialog_of(answer: RecognizeTextResponse) -> ChatDialog:
    state = answer.session_state
    action = state.dialog_action
    return ChatDialog(
        intent=state.intent.name if state.intent else None,
        slot_to_elicit=action.slot_to_elicit if action and action.type == "ElicitSlot" else None,
        state=state.intent.state if state.intent else None,
        verified=bool((state.session_attributes or {}).get(_IDENTITY)),
    )


def _chat_message(message: Message) -> ChatMessage:
    return ChatMessage(
        content_type=message.content_type, content=message.content, image_response_card=message.image_response_card
    )


def _unechoed(message: ChatMessage, heard: str) -> ChatMessage:
    content = without_echo(message.content, heard) if message.content else message.content
    return message.model_copy(update={"content": content})


def _row(session_id: str, sequence: int, sender: Sender, message: ChatMessage, at: datetime) -> ChatMessageRow:
    card = message.image_response_card
    return ChatMessageRow(
        session_id=session_id,
        sequence=sequence,
        sender=sender,
        at=at,
        content_type=message.content_type,
        content=message.content,
        card=card.model_dump(mode="json", by_alias=True) if card else None,
    )


def _entry(row: ChatMessageRow) -> ChatHistoryEntry:
    message = ChatMessage(
        content_type=cast("ContentType", row.content_type),
        content=row.content,
        image_response_card=ImageResponseCard.model_validate(row.card) if row.card else None,
    )
    return ChatHistoryEntry(sequence=row.sequence, sender=cast("Sender", row.sender), at=row.at, message=message)
