"""What is kept of a conversation, transaction by transaction: each method is the whole of one, on its connection."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from services.gateway import store
from services.gateway.conversation_rules import ConversationRules, letters_id, utc_now
from services.gateway.handing_over import QUEUE, handoff_wanted, verified_customer
from services.gateway.hearing import Hearing
from services.gateway.liveness import ID_LENGTH, Instance
from services.gateway.people import People
from services.gateway.ports import Inbound, PushChannel, Reach
from services.gateway.receiving import Receiving
from services.gateway.sayings import Sayings
from services.gateway.store import StoredConversation, StoredMessage
from services.gateway.transcript import (
    chat_message,
    dialog_of,
    entry,
    plain_text,
    rows,
    shown,
    unechoed,
)
from shared.cipher import Cipher, SealedDataError
from shared.errors import TooManyRequests, Unauthenticated, Unavailable
from shared.schemas.chat import ChatDialog, ChatHistory, ChatMessage, ChatReply
from shared.schemas.lex import RecognizeTextResponse

HISTORY_PAGE = 500
# What was said this long before a verification, in the same conversation, counts as said by the same person.
_SAME_PERSON = timedelta(hours=12)
_CHOICES_LAST = timedelta(minutes=10)
_RETRY_AFTER = (2.0, 8.0, 30.0)


@dataclass(frozen=True, slots=True)
class Turn:
    """A message whose turn it is: the conversation as it stood, what was said, and the claim on the conversation."""

    row: StoredConversation
    message: StoredMessage
    text: str
    by: str


class Records:
    def __init__(
        self,
        *,
        cipher: Cipher,
        instance: Instance,
        channels: Mapping[str, PushChannel],
        rules: ConversationRules,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._instance = instance
        self.rules = rules
        self.now = now
        self.sayings = Sayings(cipher, channels, obfuscated_slots=rules.obfuscated_slots, now=now)
        self.people = People(cipher, rules.handoff, self.sayings.say, now)
        self._hearing = Hearing(cipher, rules, now)
        self._receiving = Receiving(self._hearing, self.sayings, self.people, rules, now)

    def begin(self, db: Connection, new: StoredConversation, greeting: Sequence[ChatMessage]) -> None:
        store.add_conversation(db, new._replace(last_sequence=len(greeting)))
        store.add_messages(db, rows(new, "bot", greeting, new.created_at))

    def begin_once(
        self, db: Connection, new: StoredConversation, reach: Reach, greeting: Sequence[ChatMessage]
    ) -> None:
        """`begin` for a conversation that the channel names, unless it was begun before."""
        if store.conversation(db, new.session_id, lock=True) is None:
            self.begin(db, new._replace(reach=self.sayings.sealed(new.session_id, reach)), greeting)

    def answer_to(self, db: Connection, session_id: str, message_id: str) -> ChatReply | None:
        """None while the message has no answer. Raises Unavailable when its turn failed, and Unauthenticated."""
        row = going_on(store.conversation(db, session_id))
        message = store.message_by_id(db, session_id, message_id)
        if message is None or message.status in ("waiting", "turn"):
            return None
        if message.status == "failed":
            raise Unavailable("The turn failed.")
        return self._reply_to(db, row, message)

    def _reply_to(self, db: Connection, row: StoredConversation, message: StoredMessage) -> ChatReply:
        """The answer that a message has, as it was kept."""
        replies = store.replies_to(db, row.session_id, message.sequence)
        return ChatReply(
            messages=[shown(reply) for reply in replies],
            dialog=self.dialog(row),
            sequence=message.sequence,
            first_reply=replies[0].sequence if replies else None,
        )

    def hear(self, db: Connection, session_id: str, text: str, message_id: str | None) -> Turn | ChatReply | None:
        """The turn of a message that is answered as soon as it is said; None while another process has one.

        A reply where no turn is needed: it was given before, or a person will answer. Raises Unauthenticated, and
        TooManyRequests when the customer, over all channels, has said too much within the minute.
        """
        found, again = store.conversation_with_message(db, session_id, message_id)
        row = going_on(found)
        if again is not None and again.status in ("answered", "with_agent"):
            return self._reply_to(db, row, again)
        if self._taken_by_another(db, row):
            return None
        if again is None and self._hearing.says_too_much(db, row):
            raise TooManyRequests("Please wait a minute.", headers={"Retry-After": "60"})
        if row.owner is not None:
            message = self._hearing.add(db, row, text, message_id, "with_agent")
            told = list(self.people.heard(db, row, message))
            dialog = self.dialog(store.conversation(db, session_id) or row)
            first_reply = message.sequence + 1 if told else None
            return ChatReply(messages=told, dialog=dialog, sequence=message.sequence, first_reply=first_reply)
        message = again or self._hearing.add(db, row, text, message_id, "turn")
        return self._begun(db, row, message, text)

    def keep(self, db: Connection, inbound: Inbound) -> bool:
        """Keeps what a provider delivered, for `begin_next`; whether it is a new message, and not too late."""
        return self._receiving.keep(db, inbound)

    def begin_next(self, db: Connection, session_id: str) -> Turn | None:
        """The turn of the oldest message that has no answer, unless it has to wait or another process has it."""
        row = store.conversation(db, session_id, lock=True)
        if row is None or row.owner is not None or self._taken_by_another(db, row):
            return None
        message = store.next_unanswered(db, session_id)
        if message is None or (message.status == "waiting" and message.due_at and message.due_at > self.now()):
            return None
        try:
            text = self._hearing.text(message)
        except SealedDataError:  # the secret was changed while the message waited
            store.change_message(db, session_id, message.sequence, status="failed", sealed=None, due_at=None)
            return self.begin_next(db, session_id)
        content = self._hearing.masked(row, text)
        if content != message.content:  # where the dialog stands was not known when the message came in
            store.change_message(db, session_id, message.sequence, content=content)
        return self._begun(db, row, message._replace(content=content), text)

    def finish(self, db: Connection, turn: Turn, answer: RecognizeTextResponse) -> ChatReply | None:
        """Settles the message with its answer; None when the turn was taken over by another process."""
        row = store.conversation(db, turn.row.session_id, lock=True)
        if row is None or row.turn_by != turn.by:
            return None
        dialog, messages = dialog_of(answer), [chat_message(message) for message in answer.messages]
        packet = handoff_wanted(answer) if self.people.on(row.channel) else None
        closed = self.people.closed(row) if packet is not None else None
        messages += [closed] if closed is not None else []
        row = self._belonging(db, row, verified_customer(answer) if dialog.verified else None)
        hidden = turn.message.content != turn.text
        kept = [unechoed(message, turn.text) for message in messages] if hidden else messages
        secret = dialog.slot_to_elicit in self.rules.obfuscated_slots
        choices = self.sayings.add(db, row, "bot", kept, sent=messages, to=turn.message, secret_wanted=secret)
        settled = {"status": "answered", "sealed": None, "due_at": None, "customer_id": row.customer_id}
        store.change_message(db, row.session_id, turn.message.sequence, **settled)
        if packet is not None:
            self.people.hand_over(db, row, packet, letters_id(), told=closed is not None)
            dialog = dialog.model_copy(update={"answered_by": "queue"})
        store.change_conversation(
            db,
            row.session_id,
            last_sequence=row.last_sequence + len(kept),
            intent=dialog.intent,
            state=dialog.state,
            slot_to_elicit=dialog.slot_to_elicit,
            verified=dialog.verified,
            last_turn_at=self.now(),
            turn_by=None,
            owner=QUEUE if packet is not None else None,
            customer_id=row.customer_id,
            choices=list(choices) or None,
            choices_after=row.last_sequence + len(kept) if choices else None,
        )
        return ChatReply(
            messages=messages,
            dialog=dialog,
            sequence=turn.message.sequence,
            first_reply=row.last_sequence + 1 if messages else None,
        )

    def choices(self, turn: Turn) -> Sequence[str]:
        """What the numbers stand for in the message: it was written after they were shown, and not long after."""
        row = turn.row
        shown_before = turn.message.sequence > (row.choices_after or 0)
        return row.choices or () if shown_before and self.now() - row.last_turn_at < _CHOICES_LAST else ()

    def put_off(self, db: Connection, turn: Turn) -> None:
        """The runtime did not answer: with a provider, the turn comes again later, and after the last an apology."""
        row = store.conversation(db, turn.row.session_id, lock=True)
        if row is None or row.turn_by != turn.by:
            return
        store.change_conversation(db, row.session_id, turn_by=None)
        attempts, sequence = turn.message.attempts, turn.message.sequence
        if self.sayings.by_provider(row.channel) and attempts < len(_RETRY_AFTER):
            due_at = self.now() + timedelta(seconds=_RETRY_AFTER[attempts])
            values = {"status": "waiting", "attempts": attempts + 1, "due_at": due_at}
            store.change_message(db, row.session_id, sequence, **values)
            return
        store.change_message(db, row.session_id, sequence, status="failed", sealed=None, due_at=None)
        if self.sayings.by_provider(row.channel):
            self.sayings.say(db, row, "bot", [plain_text(self.rules.no_answer)], to=turn.message)

    def end(self, db: Connection, session_id: str) -> None:
        """The customer has ended the conversation."""
        store.conversation(db, session_id, lock=True)
        self.people.left_by_customer(db, session_id)
        store.change_conversation(db, session_id, ended_at=self.now())

    def history(self, db: Connection, session_id: str, after: int) -> ChatHistory:
        """Raises Unauthenticated when the conversation has ended."""
        row = going_on(store.conversation(db, session_id))
        found = store.messages_after(db, session_id, after, HISTORY_PAGE)
        return ChatHistory(messages=[entry(message) for message in found], dialog=self.dialog(row))

    def dialog(self, row: StoredConversation) -> ChatDialog:
        """Where the conversation stands now."""
        return self._hearing.dialog(row)

    def _taken_by_another(self, db: Connection, row: StoredConversation) -> bool:
        """Whether a process that is alive has a turn of the conversation. One of this process would hold its queue."""
        holder = row.turn_by[:ID_LENGTH] if row.turn_by is not None else self._instance.id
        return holder != self._instance.id and store.is_alive(db, holder, self._instance.seen_after(self.now()))

    def _begun(self, db: Connection, row: StoredConversation, message: StoredMessage, text: str) -> Turn:
        by = self._instance.claim()
        last_sequence = max(row.last_sequence, message.sequence)
        if message.status != "turn":
            store.change_message(db, row.session_id, message.sequence, status="turn")
        store.change_conversation(db, row.session_id, turn_by=by, last_sequence=last_sequence)
        return Turn(row._replace(turn_by=by, last_sequence=last_sequence), message, text, by)

    def _belonging(self, db: Connection, row: StoredConversation, customer_id: str | None) -> StoredConversation:
        """The conversation as that of the customer who is verified in it now, with what led to the verification."""
        if customer_id is not None and customer_id != row.customer_id:
            store.belong_to(db, row.session_id, customer_id, self.now() - _SAME_PERSON)
        return row._replace(customer_id=customer_id)


def going_on(row: StoredConversation | None) -> StoredConversation:
    """Raises Unauthenticated for a conversation that is not there or has ended."""
    if row is None or row.ended_at is not None:
        raise Unauthenticated("This conversation has ended.")
    return row
