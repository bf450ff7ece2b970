"""What is kept of a conversation, transaction by transaction: each method is the whole of one, on its connection."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from string import ascii_lowercase

from sqlalchemy import Connection

from services.gateway import store
from services.gateway.flood import FloodLimits
from services.gateway.handing_over import QUEUE, handoff_wanted, verified_customer
from services.gateway.liveness import ID_LENGTH, Instance
from services.gateway.masking import MASK, mask
from services.gateway.people import HandoffRules, People
from services.gateway.ports import Inbound, PushChannel, Reach
from services.gateway.sayings import Sayings
from services.gateway.store import StoredConversation, StoredMessage
from services.gateway.transcript import (
    chat_message,
    dialog_kept,
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


def utc_now() -> datetime:
    """To the millisecond."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def letters_id(prefix: str = "") -> str:
    """Letters only (122 bits), so that a search of what is stored for a PIN finds PINs only."""
    return prefix + "".join(secrets.choice(ascii_lowercase) for _ in range(26))


@dataclass(frozen=True, slots=True)
class ConversationRules:
    """`identity` is how long after its last turn a conversation counts as verified at most.

    `no_answer` and `too_much` are said on a channel that is reached by a provider: after the runtime failed for good,
    and before a flooded conversation pauses.
    """

    obfuscated_slots: frozenset[str]
    identity: timedelta
    flood: FloodLimits
    no_answer: str
    too_much: str
    handoff: HandoffRules


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
        self._cipher = cipher
        self._instance = instance
        self.rules = rules
        self.now = now
        self.sayings = Sayings(cipher, channels, obfuscated_slots=rules.obfuscated_slots, now=now)
        self.people = People(cipher, rules.handoff, self.sayings.say, now)

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
        if again is None and self._says_too_much(db, row):
            raise TooManyRequests("Please wait a minute.", headers={"Retry-After": "60"})
        if row.owner is not None:
            message = self._add(db, row, text, message_id, "with_agent")
            told = list(self.people.heard(db, row, message))
            dialog = self.dialog(store.conversation(db, session_id) or row)
            first_reply = message.sequence + 1 if told else None
            return ChatReply(messages=told, dialog=dialog, sequence=message.sequence, first_reply=first_reply)
        message = again or self._add(db, row, text, message_id, "turn")
        return self._begun(db, row, message, text)

    def keep(self, db: Connection, inbound: Inbound) -> bool:
        """Keeps what a provider delivered, for `begin_next`; whether it is a new message, and not too late."""
        found = store.conversation(db, inbound.session_id, lock=True)
        if found is not None and store.message_by_id(db, inbound.session_id, inbound.message_id):
            return False
        if inbound.follows is not None and store.last_heard(db, inbound.session_id) != inbound.follows:
            return False
        now, row = self.now(), self._reached(db, found, inbound)
        if row.paused_until is not None and row.paused_until > now:
            self._add(db, row, inbound.text, inbound.message_id, "dropped")
        elif row.owner is not None and not inbound.for_us:
            self._leave_to_people(db, row, inbound)
        elif self._floods(db, row, inbound.text):
            message = self._add(db, row, inbound.text, inbound.message_id, "dropped")
            row = row._replace(last_sequence=message.sequence)
            self.sayings.say(db, row, "bot", [plain_text(self.rules.too_much)], to=message)
            store.change_conversation(db, row.session_id, paused_until=now + self.rules.flood.pause)
        elif inbound.answered_with is not None:
            message = self._add(db, row, inbound.text, inbound.message_id, "answered")
            row = row._replace(last_sequence=message.sequence)
            if inbound.answered_with:
                self.sayings.say(db, row, "bot", [plain_text(inbound.answered_with)], to=message)
        else:
            message = self._add(db, row, inbound.text, inbound.message_id, "waiting", held_back=inbound.held_back)
            if inbound.noted:
                row = row._replace(last_sequence=message.sequence)
                self.sayings.say(db, row, "bot", [plain_text(inbound.noted)], to=message)
        return True

    def begin_next(self, db: Connection, session_id: str) -> Turn | None:
        """The turn of the oldest message that has no answer, unless it has to wait or another process has it."""
        row = store.conversation(db, session_id, lock=True)
        if row is None or row.owner is not None or self._taken_by_another(db, row):
            return None
        message = store.next_unanswered(db, session_id)
        if message is None or (message.status == "waiting" and message.due_at and message.due_at > self.now()):
            return None
        try:
            text = self._cipher.open(message.sealed or b"", _place(session_id, message.sequence)).decode()
        except SealedDataError:  # the secret was changed while the message waited
            store.change_message(db, session_id, message.sequence, status="failed", sealed=None, due_at=None)
            return self.begin_next(db, session_id)
        content = self._masked(row, text)
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
        return dialog_kept(row, fresh=self.now() - row.last_turn_at < self.rules.identity)

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

    def _add(
        self,
        db: Connection,
        row: StoredConversation,
        text: str,
        message_id: str | None,
        status: str,
        *,
        held_back: timedelta = timedelta(0),
    ) -> StoredMessage:
        """Adds the customer's message as the next one; sealed whole only while it is to have a turn."""
        sequence = row.last_sequence + 1
        has_turn = status in ("waiting", "turn")
        unclear = status == "waiting" and store.next_unanswered(db, row.session_id) is not None
        message = StoredMessage(
            session_id=row.session_id,
            sequence=sequence,
            sender="customer",
            at=self.now(),
            content_type="PlainText",
            content=MASK if unclear else self._masked(row, text),
            message_id=message_id,
            status=status,
            sealed=self._cipher.seal(text.encode(), _place(row.session_id, sequence)) if has_turn else None,
            due_at=self.now() + held_back if has_turn else None,
            customer_id=row.customer_id,
        )
        store.add_messages(db, [message])
        if status != "turn":
            store.change_conversation(db, row.session_id, last_sequence=sequence)
        return message

    def _reached(self, db: Connection, row: StoredConversation | None, inbound: Inbound) -> StoredConversation:
        """The conversation, new if need be, with how to reach its other end as it was said last."""
        reach = self.sayings.sealed(inbound.session_id, inbound.reach)
        if row is not None:
            store.change_conversation(db, row.session_id, reach=reach, ended_at=None)
            return row._replace(reach=reach, ended_at=None)
        now = self.now()
        new = StoredConversation(
            inbound.session_id,
            inbound.channel,
            created_at=now,
            last_turn_at=now,
            locale_id=inbound.locale_id,
            address=inbound.address,
            reach=reach,
        )
        store.add_conversation(db, new)
        return new

    def _leave_to_people(self, db: Connection, row: StoredConversation, inbound: Inbound) -> None:
        """A person may be asked the same again and again, but not without end."""
        latest = store.latest_messages(db, row.session_id, self.rules.flood.messages_to_read)
        if self.rules.flood.too_quick(latest, self.now()):
            self._add(db, row, inbound.text, inbound.message_id, "dropped")
            return
        message = self._add(db, row, inbound.text, inbound.message_id, "with_agent")
        self.people.heard(db, row, message)

    def _floods(self, db: Connection, row: StoredConversation, text: str) -> bool:
        latest = store.latest_messages(db, row.session_id, self.rules.flood.messages_to_read)
        crossed = self.rules.flood.crossed(self._masked(row, text), latest, self.now())
        return crossed or self._says_too_much(db, row)

    def _says_too_much(self, db: Connection, row: StoredConversation) -> bool:
        if row.customer_id is None:
            return False
        since = self.now() - timedelta(minutes=1)
        return store.said_by(db, row.customer_id, since) >= self.rules.flood.per_customer

    def _belonging(self, db: Connection, row: StoredConversation, customer_id: str | None) -> StoredConversation:
        """The conversation as that of the customer who is verified in it now, with what led to the verification."""
        if customer_id is not None and customer_id != row.customer_id:
            store.belong_to(db, row.session_id, customer_id, self.now() - _SAME_PERSON)
        return row._replace(customer_id=customer_id)

    def _masked(self, row: StoredConversation, text: str) -> str:
        asked_for = row.slot_to_elicit in self.rules.obfuscated_slots
        masked = mask(text, secret_asked_for=asked_for, verified=self.dialog(row).verified)
        if row.slot_to_elicit is None:  # a bare number that answers no question may be a PIN even now
            hidden = mask(text, secret_asked_for=False, verified=False)
            return masked if any(char.isalnum() for char in hidden) else hidden
        return masked


def going_on(row: StoredConversation | None) -> StoredConversation:
    """Raises Unauthenticated for a conversation that is not there or has ended."""
    if row is None or row.ended_at is not None:
        raise Unauthenticated("This conversation has ended.")
    return row


def _place(session_id: str, sequence: int) -> str:
    return f"message:{session_id}:{sequence}"
