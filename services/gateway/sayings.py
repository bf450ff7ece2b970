"""What our side says: kept as the next messages of the conversation, and put in line for the provider if it has one."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue, TypeAdapter
from pydantic_core import to_json
from sqlalchemy import Connection

from services.gateway import store
from services.gateway.ports import Addressee, PushChannel, Reach
from services.gateway.store import StoredConversation, StoredMessage, StoredOutgoing
from services.gateway.transcript import Sender, rows
from shared.cipher import Cipher
from shared.schemas.chat import ChatMessage

_PAYLOAD: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


class Sayings:
    """Each method is a part of the caller's transaction."""

    def __init__(
        self,
        cipher: Cipher,
        channels: Mapping[str, PushChannel],
        *,
        obfuscated_slots: Collection[str],
        now: Callable[[], datetime],
    ) -> None:
        self._cipher = cipher
        self._channels = channels
        self._obfuscated_slots = obfuscated_slots
        self._now = now

    def by_provider(self, channel: str) -> bool:
        """Whether answers on the channel go to a provider."""
        return channel in self._channels

    def say(
        self,
        db: Connection,
        row: StoredConversation,
        sender: Sender,
        kept: Sequence[ChatMessage],
        *,
        sent: Sequence[ChatMessage] | None = None,
        to: StoredMessage | None = None,
        secret_wanted: bool = False,
    ) -> Sequence[str]:
        """Adds our side's messages after the last one of `row`, and puts them in line for the provider if there is one.

        `sent` is what the customer gets where it is not what is kept; `to` is the message that is answered;
        `secret_wanted` is whether that asks for a secret. The values of choices that are shown as numbers.
        """
        if not kept:
            return ()
        still = {"agent_typing_until": None} if sender == "agent" else {}
        store.change_conversation(db, row.session_id, last_sequence=row.last_sequence + len(kept), **still)
        return self.add(db, row, sender, kept, sent=sent, to=to, secret_wanted=secret_wanted)

    def add(
        self,
        db: Connection,
        row: StoredConversation,
        sender: Sender,
        kept: Sequence[ChatMessage],
        *,
        sent: Sequence[ChatMessage] | None,
        to: StoredMessage | None,
        secret_wanted: bool,
    ) -> Sequence[str]:
        """As `say`, but the conversation's row is the caller's to change."""
        if not kept:
            return ()
        now, reply_to = self._now(), to.sequence if to else None
        store.add_messages(db, rows(row, sender, kept, now, reply_to))
        channel = self._channels.get(row.channel)
        if channel is None:
            return ()
        rendered = channel.render(sent or kept, self._addressee(row, to, secret_wanted=secret_wanted))
        common = {"session_id": row.session_id, "channel": row.channel, "reply_to": reply_to}
        common["sequence"] = row.last_sequence + 1
        times = {"created_at": now, "due_at": max(now, to.at + channel.response_takes) if to else now}
        sealed = self._payloads(row.session_id, rendered.payloads)
        store.add_outgoing(db, [{**common, **times, "payload": payload} for payload in sealed])
        return rendered.choices

    def line_up(
        self, db: Connection, session_id: str, channel: str, payloads: Sequence[Mapping[str, JsonValue]]
    ) -> None:
        """Puts in line for the provider what is no message of the conversation: a card that changes, a notice."""
        now = self._now()
        common = {"session_id": session_id, "channel": channel, "reply_to": None, "created_at": now, "due_at": now}
        store.add_outgoing(db, [{**common, "payload": payload} for payload in self._payloads(session_id, payloads)])

    def reach(self, row: StoredConversation) -> Reach:
        """How to reach the other end of a conversation that has a provider."""
        return Reach.model_validate_json(self._cipher.open(row.reach or b"", _reach(row.session_id)))

    def sealed(self, session_id: str, reach: Reach) -> bytes:
        """How to reach the other end, as it is kept."""
        return self._cipher.seal(reach.model_dump_json().encode(), _reach(session_id))

    def _addressee(self, row: StoredConversation, to: StoredMessage | None, *, secret_wanted: bool) -> Addressee:
        return Addressee(
            **dict(self.reach(row)),
            answers=to.message_id if to else None,
            secret_wanted=secret_wanted,
            secret_given=to is not None and row.slot_to_elicit in self._obfuscated_slots,
        )

    def _payloads(self, session_id: str, payloads: Sequence[Mapping[str, JsonValue]]) -> list[bytes]:
        return [self._cipher.seal(to_json(payload), _outgoing(session_id)) for payload in payloads]

    def payload(self, outgoing: StoredOutgoing) -> dict[str, JsonValue]:
        """What the provider is to be sent. Raises SealedDataError when the secret was changed since."""
        return _PAYLOAD.validate_json(self._cipher.open(outgoing.payload or b"", _outgoing(outgoing.session_id)))


def _outgoing(session_id: str) -> str:
    return f"outgoing:{session_id}"


def _reach(session_id: str) -> str:
    return f"reach:{session_id}"
