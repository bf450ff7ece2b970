"""The tables of the gateway."""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.db import UtcDateTime


def index_of_some(name: str, *columns: str, of: str, unique: bool = False) -> Index:
    """An index of the rows in which `of` is not null: each index that a row is in costs its every writing a page."""
    some = text(f"{of} IS NOT NULL")
    return Index(name, *columns, unique=unique, sqlite_where=some, postgresql_where=some)


class GatewayTable(SQLModel, registry=registry()):
    """Tables of this service have a registry of their own: several services may share a process."""


class ConversationRow(GatewayTable, table=True):
    """A conversation on one channel, with where its dialog stands. The id is the session's id at the Lex runtime.

    `address` is who is at the other end, as a keyed hash; `reach` is how to reach them and what the channel vouches
    for, sealed. `owner` is who answers: null the bot, `queue` nobody yet, else `agent:` and the user name. `turn_by`
    is the turn that is being taken: the process and a token of its own. `choices` are the values of the buttons that
    were shown last where buttons are numbers; they count in messages numbered after `choices_after`. Until
    `paused_until` nothing is answered; until `agent_typing_until` an agent is typing. `customer_id` is who is
    verified in it, as the bot said last.
    """

    __tablename__ = "chat_session"

    session_id: str = Field(primary_key=True, max_length=100)
    channel: str = Field(max_length=16)
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_turn_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_sequence: int = 0
    intent: str | None = None
    slot_to_elicit: str | None = None
    state: str | None = None
    verified: bool = False
    locale_id: str | None = Field(default=None, max_length=16)
    address: str | None = Field(default=None, max_length=64)
    reach: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    choices: list[str] | None = Field(default=None, sa_type=JSON)
    owner: str | None = Field(default=None, max_length=80)
    turn_by: str | None = Field(default=None, max_length=64)
    paused_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    agent_typing_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    customer_id: str | None = Field(default=None, max_length=40)
    choices_after: int | None = None


class MessageRow(GatewayTable, table=True):
    """One message; `content` of a customer is masked before it gets here, and `sealed` holds it whole until its turn.

    `message_id` is what its sender calls it: one that comes again is the same message. `reply_to` is the sequence of
    the customer's message that the bot answers. `status` is a customer's message's: `waiting` for its turn, in `turn`,
    `answered`, `failed`, `dropped`, or `with_agent`. `customer_id` is the verified customer whose conversation it is
    part of.
    """

    __tablename__ = "chat_message"
    __table_args__ = (
        index_of_some("ix_chat_message_message_id", "session_id", "message_id", of="message_id", unique=True),
        index_of_some("ix_chat_message_status", "status", "due_at", of="due_at"),
        index_of_some("ix_chat_message_customer_id", "customer_id", "at", of="customer_id"),
    )

    session_id: str = Field(primary_key=True, foreign_key="chat_session.session_id", max_length=100)
    sequence: int = Field(primary_key=True)
    sender: str = Field(max_length=8)
    at: datetime = Field(sa_type=UtcDateTime)
    content_type: str = Field(max_length=32)
    content: str | None = None
    card: dict[str, JsonValue] | None = Field(default=None, sa_type=JSON)
    message_id: str | None = Field(default=None, max_length=80)
    reply_to: int | None = None
    status: str | None = Field(default=None, max_length=16)
    sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    attempts: int = 0
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    customer_id: str | None = Field(default=None, max_length=40)


class OutgoingRow(GatewayTable, table=True):
    """A message for a provider, sealed: `waiting`, being sent (`sending`), `sent` or `failed`, in the order of `id`.

    `sequence` is the first of the messages that it says. `delivery` is what the provider says became of it, `error` the
    code of why not.
    """

    __tablename__ = "outgoing_message"
    __table_args__ = (Index("ix_outgoing_message_status", "status", "due_at"),)

    id: int | None = Field(default=None, primary_key=True)
    session_id: str = Field(max_length=100, index=True)
    channel: str = Field(max_length=16)
    reply_to: int | None = None
    sequence: int | None = None
    payload: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    status: str = Field(max_length=16)
    attempts: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    sending_by: str | None = Field(default=None, max_length=64)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    provider_id: str | None = Field(default=None, max_length=80, index=True)
    delivery: str | None = Field(default=None, max_length=32)
    error: str | None = Field(default=None, max_length=64)


class InstanceRow(GatewayTable, table=True):
    """A process of the gateway. What it had taken up is free again when it was not seen for a while."""

    __tablename__ = "gateway_instance"

    id: str = Field(primary_key=True, max_length=32)
    seen_at: datetime = Field(sa_type=UtcDateTime)


class SharedLimitRow(GatewayTable, table=True):
    """What somebody (a keyed hash) may do so and so often a minute: when their bucket is empty again, in milliseconds
    since 1970."""

    __tablename__ = "shared_limit"

    key: str = Field(primary_key=True, max_length=64)
    full_at: int = Field(sa_type=BigInteger, index=True)


class OptOutRow(GatewayTable, table=True):
    """An address (a keyed hash) that does not want to be written to on a channel, and the word it said so with."""

    __tablename__ = "opt_out"

    channel: str = Field(primary_key=True, max_length=16)
    address: str = Field(primary_key=True, max_length=64)
    word: str = Field(max_length=16)
    since: datetime = Field(sa_type=UtcDateTime)


class HandoffRow(GatewayTable, table=True):
    """A conversation on its way to a person: `waiting`, `taken`, then `returned` to the bot, `closed` or `abandoned`.

    `packet` is what the agent is told, sealed. `waiting_since` begins anew when an agent leaves; `told_at` is when a
    waiting customer was told what to do meanwhile. `unanswered_since` is since when the customer has been without an
    answer of the agent's, `active_at` when the agent did something last. `ended_by` is `customer`, `gateway` (nobody
    came), or the user name.
    """

    __tablename__ = "handoff"
    __table_args__ = (Index("ix_handoff_status", "status", "created_at"),)

    id: str = Field(primary_key=True, max_length=32)
    session_id: str = Field(foreign_key="chat_session.session_id", max_length=100, index=True)
    channel: str = Field(max_length=16)
    status: str = Field(max_length=16)
    packet: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)
    taken_by: str | None = Field(default=None, max_length=64)
    taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    waiting_since: datetime = Field(sa_type=UtcDateTime)
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    active_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    unanswered_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str | None = Field(default=None, max_length=64)


class RecordingRow(GatewayTable, table=True):
    """A recording of a call: `waiting` to be given to the media service, `taken` and to be deleted where it was made,
    `done` or `failed`. `error` is why it waits longer.
    """

    __tablename__ = "call_recording"
    __table_args__ = (Index("ix_call_recording_status", "status", "due_at"),)

    recording_id: str = Field(primary_key=True, max_length=34)
    session_id: str = Field(max_length=100)
    status: str = Field(max_length=16)
    language: str = Field(max_length=16)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    error: str | None = Field(default=None, max_length=64)


class SlackInstallRow(GatewayTable, table=True):
    """A Slack workspace that installed the app; its bot token is sealed, and null once it was revoked."""

    __tablename__ = "slack_install"

    team_id: str = Field(primary_key=True, max_length=32)
    team_name: str = Field(max_length=200)
    bot_user_id: str = Field(max_length=32)
    token: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    scopes: str = Field(max_length=1000)
    installed_by: str = Field(max_length=32)
    installed_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class StaffRow(GatewayTable, table=True):
    """`token_version` changes with the password: a token that names another one is refused."""

    __tablename__ = "staff_member"

    username: str = Field(primary_key=True, max_length=64)
    password_hash: str
    roles: list[str] = Field(sa_type=JSON)
    token_version: str = Field(max_length=32)
    created_at: datetime = Field(sa_type=UtcDateTime)


METADATA = GatewayTable.metadata
