"""Queries of a turn, prepared once: each takes the connection of the caller's transaction (`Database.at_once`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy import Connection, String, and_, bindparam, func, insert, or_, select, update

from services.gateway.store.tables import METADATA

_CONVERSATIONS = METADATA.tables["chat_session"]
_MESSAGES = METADATA.tables["chat_message"]
_INSTANCES = METADATA.tables["gateway_instance"]


class StoredConversation(NamedTuple):
    """A row of `ConversationRow`."""

    session_id: str
    channel: str
    created_at: datetime
    last_turn_at: datetime
    ended_at: datetime | None = None
    last_sequence: int = 0
    intent: str | None = None
    slot_to_elicit: str | None = None
    state: str | None = None
    verified: bool = False
    locale_id: str | None = None
    address: str | None = None
    reach: bytes | None = None
    choices: list[str] | None = None
    owner: str | None = None
    turn_by: str | None = None
    paused_until: datetime | None = None
    agent_typing_until: datetime | None = None
    customer_id: str | None = None
    choices_after: int | None = None


class Standing(NamedTuple):
    """As much of a conversation's row as tells whether anything happened in it."""

    session_id: str
    last_sequence: int
    last_turn_at: datetime
    ended_at: datetime | None
    owner: str | None
    turn_by: str | None
    agent_typing_until: datetime | None


class StoredMessage(NamedTuple):
    """A row of `MessageRow`."""

    session_id: str
    sequence: int
    sender: str
    at: datetime
    content_type: str
    content: str | None = None
    card: dict[str, JsonValue] | None = None
    message_id: str | None = None
    reply_to: int | None = None
    status: str | None = None
    sealed: bytes | None = None
    attempts: int = 0
    due_at: datetime | None = None
    customer_id: str | None = None


_AT = _CONVERSATIONS.c.session_id == bindparam("at")
_READ = select(*(_CONVERSATIONS.c[name] for name in StoredConversation._fields)).where(_AT)
_LOCK = _READ.with_for_update()
_INSERT = insert(_CONVERSATIONS)
_CHANGE = update(_CONVERSATIONS).where(_AT)
_NAMED = select(*(_CONVERSATIONS.c[name] for name in StoredConversation._fields)).where(
    _CONVERSATIONS.c.session_id.in_(bindparam("those", expanding=True))
)
_STANDING = select(*(_CONVERSATIONS.c[name] for name in Standing._fields)).where(
    _CONVERSATIONS.c.session_id.in_(bindparam("those", expanding=True))
)
_MESSAGE = select(*(_MESSAGES.c[name] for name in StoredMessage._fields))
_OF = _MESSAGES.c.session_id == bindparam("of")
_FIELDS = len(StoredConversation._fields)
_LOCK_WITH_MESSAGE = (
    select(
        *(_CONVERSATIONS.c[name] for name in StoredConversation._fields),
        *(_MESSAGES.c[name].label(f"message_{name}") for name in StoredMessage._fields),
    )
    .outerjoin(
        _MESSAGES,
        and_(
            _MESSAGES.c.session_id == _CONVERSATIONS.c.session_id,
            _MESSAGES.c.message_id == bindparam("message_id", type_=String),
        ),
    )
    .where(_AT)
    .with_for_update(of=_CONVERSATIONS)
)
_BY_ID = _MESSAGE.where(_OF, _MESSAGES.c.message_id == bindparam("message_id"))
_AFTER = _MESSAGE.where(_OF, _MESSAGES.c.sequence > bindparam("after")).order_by(_MESSAGES.c.sequence)
_REPLIES = _MESSAGE.where(_OF, _MESSAGES.c.reply_to == bindparam("reply_to")).order_by(_MESSAGES.c.sequence)
_LATEST = _MESSAGE.where(_OF).order_by(_MESSAGES.c.sequence.desc())
_HEARD = (_MESSAGES.c.sender == "customer") & func.coalesce(_MESSAGES.c.status, "").not_in(("dropped",))
_LAST_HEARD = select(_MESSAGES.c.message_id).where(_OF, _HEARD).order_by(_MESSAGES.c.sequence.desc()).limit(1)
_UNANSWERED = _MESSAGES.c.status.in_(("waiting", "turn"))
_NEXT = _MESSAGE.where(_OF, _UNANSWERED).order_by(_MESSAGES.c.sequence).limit(1)
_INSERT_MESSAGE = insert(_MESSAGES)
_SETTLE = update(_MESSAGES).where(_OF, _MESSAGES.c.sequence == bindparam("numbered"))
_WITH_WORK = (
    select(_MESSAGES.c.session_id)
    .outerjoin(_CONVERSATIONS, _CONVERSATIONS.c.session_id == _MESSAGES.c.session_id)
    .where(
        or_(
            and_(_MESSAGES.c.status == "waiting", _MESSAGES.c.due_at <= bindparam("now")),
            and_(
                _MESSAGES.c.status == "turn",
                _MESSAGES.c.due_at.is_not(None),  # always so: it lets the index be used
                func.coalesce(func.substr(_CONVERSATIONS.c.turn_by, 1, 16), "").not_in(
                    select(_INSTANCES.c.id).where(_INSTANCES.c.seen_at > bindparam("seen_after"))
                ),
            ),
        )
    )
    .distinct()
)


def conversation(db: Connection, session_id: str, *, lock: bool = False) -> StoredConversation | None:
    """With `lock` nobody else can read it so until the transaction ends."""
    row = db.execute(_LOCK if lock else _READ, {"at": session_id}).one_or_none()
    return StoredConversation(*row) if row is not None else None


def conversations_named(db: Connection, session_ids: Sequence[str]) -> dict[str, StoredConversation]:
    """Those of them that there are, by id."""
    found = db.execute(_NAMED, {"those": list(session_ids)})
    return {row.session_id: StoredConversation(*row) for row in found}


def conversation_with_message(
    db: Connection, session_id: str, message_id: str | None
) -> tuple[StoredConversation | None, StoredMessage | None]:
    """The conversation, locked as by `conversation`, and the message in it that its sender calls so."""
    row = db.execute(_LOCK_WITH_MESSAGE, {"at": session_id, "message_id": message_id}).one_or_none()
    if row is None:
        return None, None
    values = tuple(row)
    message = StoredMessage(*values[_FIELDS:]) if values[_FIELDS] is not None else None
    return StoredConversation(*values[:_FIELDS]), message


def standings(db: Connection, session_ids: Sequence[str]) -> list[Standing]:
    """Those of them that there are, in any order."""
    return [Standing(*row) for row in db.execute(_STANDING, {"those": list(session_ids)})]


def add_conversation(db: Connection, new: StoredConversation) -> None:
    db.execute(_INSERT, new._asdict())


def change_conversation(db: Connection, session_id: str, **values: object) -> None:
    db.execute(_CHANGE, {"at": session_id, **values})


def add_messages(db: Connection, messages: Sequence[StoredMessage]) -> None:
    if messages:
        db.execute(_INSERT_MESSAGE, [message._asdict() for message in messages])


def change_message(db: Connection, session_id: str, sequence: int, **values: object) -> None:
    db.execute(_SETTLE, {"of": session_id, "numbered": sequence, **values})


def message_by_id(db: Connection, session_id: str, message_id: str) -> StoredMessage | None:
    """The message that its sender calls so."""
    row = db.execute(_BY_ID, {"of": session_id, "message_id": message_id}).one_or_none()
    return StoredMessage(*row) if row is not None else None


def messages_after(db: Connection, session_id: str, after: int, limit: int) -> list[StoredMessage]:
    """In the order they were said."""
    return [StoredMessage(*row) for row in db.execute(_AFTER.limit(limit), {"of": session_id, "after": after})]


def latest_messages(db: Connection, session_id: str, limit: int) -> list[StoredMessage]:
    """The newest first."""
    return [StoredMessage(*row) for row in db.execute(_LATEST.limit(limit), {"of": session_id})]


def last_heard(db: Connection, session_id: str) -> str | None:
    """What its sender calls the last message of the customer's that was not dropped."""
    return db.scalars(_LAST_HEARD, {"of": session_id}).first()


def replies_to(db: Connection, session_id: str, sequence: int) -> list[StoredMessage]:
    return [StoredMessage(*row) for row in db.execute(_REPLIES, {"of": session_id, "reply_to": sequence})]


def next_unanswered(db: Connection, session_id: str) -> StoredMessage | None:
    """The customer's oldest message that has no answer yet, whether or not its time has come."""
    row = db.execute(_NEXT, {"of": session_id}).one_or_none()
    return StoredMessage(*row) if row is not None else None


def belong_to(db: Connection, session_id: str, customer_id: str, since: datetime) -> None:
    """What was said since then, and is nobody's yet, is this customer's."""
    nobodys = and_(_MESSAGES.c.session_id == session_id, _MESSAGES.c.customer_id.is_(None), _MESSAGES.c.at >= since)
    db.execute(update(_MESSAGES).where(nobodys).values(customer_id=customer_id))


def leave_to_agent(db: Connection, session_id: str) -> None:
    """What waits for the bot is for a person to answer; nothing of it is kept sealed."""
    waits = and_(_MESSAGES.c.session_id == session_id, _MESSAGES.c.status == "waiting")
    db.execute(update(_MESSAGES).where(waits).values(status="with_agent", sealed=None, due_at=None))


def conversations_with_work(db: Connection, now: datetime, seen_after: datetime, limit: int) -> list[str]:
    """Those with a message that is due, or whose turn was taken by a process not seen since."""
    return list(db.scalars(_WITH_WORK.limit(limit), {"now": now, "seen_after": seen_after}))
