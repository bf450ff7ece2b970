"""Conversations in the hands of people: in line, taken, given back. Each method is a part of the caller's transaction.

Whoever changes a hand-off holds its conversation's row: that row decides who has it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection

from services.gateway import store
from services.gateway.handing_over import QUEUE, Packet, agent_owner
from services.gateway.handoff_words import HandoffWords, handoff_words
from services.gateway.opening_words import opening_words
from services.gateway.staff_hours import StaffHours
from services.gateway.store import StoredConversation, StoredHandoff, StoredMessage
from services.gateway.transcript import Sender, plain_text
from shared.cipher import Cipher
from shared.schemas.chat import ChatMessage


class Say(Protocol):
    """As `Sayings.say`."""

    def __call__(
        self,
        db: Connection,
        row: StoredConversation,
        sender: Sender,
        kept: Sequence[ChatMessage],
        *,
        to: StoredMessage | None = None,
    ) -> object: ...


@dataclass(frozen=True, slots=True)
class HandoffRules:
    """Nobody came within `wait`: back to the bot. An agent who leaves a customer without an answer and does nothing for
    `silent` has left. `back_words`, whole and in any case, bring a waiting customer back to the bot. Outside of `hours`
    who waits is told when somebody is there, and `wait` begins then. A web chat lasts for `chats_last` at most.
    """

    channels: frozenset[str]
    wait: timedelta
    silent: timedelta
    back_words: frozenset[str]
    shown_back_word: str
    phone: str
    hours: StaffHours
    chats_last: timedelta


class People:
    def __init__(self, cipher: Cipher, rules: HandoffRules, say: Say, now: Callable[[], datetime]) -> None:
        self.rules = rules
        self._cipher = cipher
        self._say = say
        self._now = now

    def on(self, channel: str) -> bool:
        """Whether a person can take over a conversation on this channel."""
        return channel in self.rules.channels

    def closed(self, row: StoredConversation) -> ChatMessage | None:
        """What a customer is told who asks for a person when nobody is there; None when somebody is."""
        now, hours = self._now(), self.rules.hours
        opens_at = hours.opens_at(now) if hours.open_since(now) is None else None
        if opens_at is None:
            return None
        return self._plain(self.words(row).closed, opening=opening_words(opens_at, now, row.locale_id))

    def hand_over(
        self, db: Connection, row: StoredConversation, packet: Packet, handoff_id: str, *, told: bool = False
    ) -> None:
        """Puts the conversation in line, with what waits in it for a turn. It must not be in line already.

        `told` is whether the customer was told what to do meanwhile.
        """
        now = self._now()
        sealed = self._cipher.seal(packet.model_dump_json().encode(), _place(handoff_id))
        new = StoredHandoff(handoff_id, row.session_id, row.channel, "waiting", sealed, now, waiting_since=now)
        store.add_handoff(db, new._replace(told_at=now if told else None))
        store.leave_to_agent(db, row.session_id)

    def packet(self, handoff: StoredHandoff) -> Packet:
        """What the bot gave along."""
        return Packet.model_validate_json(self._cipher.open(handoff.packet, _place(handoff.id)))

    def heard(self, db: Connection, row: StoredConversation, message: StoredMessage) -> Sequence[ChatMessage]:
        """After the customer's message to a person; what the customer is told at once, kept by now."""
        handoff = store.open_handoff_of(db, row.session_id)
        row = row._replace(last_sequence=message.sequence)
        words = handoff_words(row.locale_id)
        if handoff is None:  # nobody could ever give such a conversation back
            store.change_conversation(db, row.session_id, owner=None)
            return ()
        if handoff.status == "taken":
            if handoff.unanswered_since is None:
                store.change_handoff(db, handoff.id, unanswered_since=message.at)
            return ()
        if _folded(message.content or "") in self.rules.back_words:
            return self.end(db, row, handoff, "returned", by="customer", saying=words.back_at_their_wish, to=message)
        if handoff.told_at is not None:
            return ()
        store.change_handoff(db, handoff.id, told_at=message.at)
        return self.tell(db, row, words.waiting, to=message)

    def take(self, db: Connection, row: StoredConversation, handoff: StoredHandoff, username: str) -> None:
        """Makes the member of staff the owner; the customer hears of it."""
        now = self._now()
        self.own(db, row, handoff, username)
        store.change_handoff(db, handoff.id, taken_at=now, unanswered_since=now)
        self.tell(db, row, self.words(row).joined)

    def own(self, db: Connection, row: StoredConversation, handoff: StoredHandoff, username: str) -> None:
        now = self._now()
        store.change_conversation(db, row.session_id, owner=agent_owner(username))
        store.change_handoff(db, handoff.id, status="taken", taken_by=username, active_at=now)

    def release(self, db: Connection, row: StoredConversation, handoff: StoredHandoff) -> None:
        """Back in line, with the time of waiting begun anew; the customer hears of it."""
        store.change_conversation(db, row.session_id, owner=QUEUE, agent_typing_until=None)
        gone = {"taken_by": None, "taken_at": None, "active_at": None, "unanswered_since": None}
        store.change_handoff(db, handoff.id, status="waiting", waiting_since=self._now(), **gone)
        self.tell(db, row, self.words(row).left)

    def tell_closed(self, db: Connection, row: StoredConversation, handoff: StoredHandoff) -> None:
        """Everybody has gone home: who waits hears when somebody is there."""
        store.change_handoff(db, handoff.id, told_at=self._now())
        if (notice := self.closed(row)) is not None:
            self._say(db, row, "bot", [notice])

    def end(
        self,
        db: Connection,
        row: StoredConversation,
        handoff: StoredHandoff,
        status: str,
        *,
        by: str,
        saying: str | None,
        to: StoredMessage | None = None,
    ) -> Sequence[ChatMessage]:
        """The bot answers again; what the customer is told."""
        values = {"status": status, "ended_at": self._now(), "ended_by": by, "unanswered_since": None}
        store.change_handoff(db, handoff.id, **values)
        store.change_conversation(db, row.session_id, owner=None, agent_typing_until=None)
        return self.tell(db, row, saying, to=to) if saying is not None else ()

    def left_by_customer(self, db: Connection, session_id: str) -> None:
        """The customer ended the conversation itself."""
        row, handoff = store.conversation(db, session_id), store.open_handoff_of(db, session_id)
        if row is not None and handoff is not None:
            self.end(db, row, handoff, "closed", by="customer", saying=None)

    def tell(
        self, db: Connection, row: StoredConversation, text: str, *, to: StoredMessage | None = None
    ) -> Sequence[ChatMessage]:
        said = [self._plain(text)]
        self._say(db, row, "bot", said, to=to)
        return said

    def _plain(self, text: str, **more: str) -> ChatMessage:
        return plain_text(text.format(phone=self.rules.phone, word=self.rules.shown_back_word, **more))

    @staticmethod
    def words(row: StoredConversation) -> HandoffWords:
        return handoff_words(row.locale_id)


def _folded(text: str) -> str:
    return " ".join(text.casefold().strip(" .!?¡¿\"'«»").split())


def _place(handoff_id: str) -> str:
    return f"handoff:{handoff_id}"
