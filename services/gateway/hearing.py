"""What customers say: kept once and without PINs; what a turn needs to know of it waits sealed."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from services.gateway import store
from services.gateway.conversation_rules import ConversationRules
from services.gateway.masking import MASK, mask
from services.gateway.store import StoredConversation, StoredMessage
from services.gateway.transcript import dialog_kept
from shared.cipher import Cipher
from shared.schemas.chat import ChatDialog


class Hearing:
    """Each method is a part of the caller's transaction."""

    def __init__(self, cipher: Cipher, rules: ConversationRules, now: Callable[[], datetime]) -> None:
        self._cipher = cipher
        self._rules = rules
        self._now = now

    def dialog(self, row: StoredConversation) -> ChatDialog:
        """Where the conversation stands now."""
        return dialog_kept(row, fresh=self._now() - row.last_turn_at < self._rules.identity)

    def add(
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
            at=self._now(),
            content_type="PlainText",
            content=MASK if unclear else self.masked(row, text),
            message_id=message_id,
            status=status,
            sealed=self._cipher.seal(text.encode(), _place(row.session_id, sequence)) if has_turn else None,
            due_at=self._now() + held_back if has_turn else None,
            customer_id=row.customer_id,
        )
        store.add_messages(db, [message])
        if status != "turn":
            store.change_conversation(db, row.session_id, last_sequence=sequence)
        return message

    def text(self, message: StoredMessage) -> str:
        """What was said, of a message that is to have a turn. Raises SealedDataError when the secret was changed."""
        return self._cipher.open(message.sealed or b"", _place(message.session_id, message.sequence)).decode()

    def masked(self, row: StoredConversation, text: str) -> str:
        asked_for = row.slot_to_elicit in self._rules.obfuscated_slots
        masked = mask(text, secret_asked_for=asked_for, verified=self.dialog(row).verified)
        if row.slot_to_elicit is None:  # a bare number that answers no question may be a PIN even now
            hidden = mask(text, secret_asked_for=False, verified=False)
            return masked if any(char.isalnum() for char in hidden) else hidden
        return masked

    def floods(self, db: Connection, row: StoredConversation, text: str) -> bool:
        latest = store.latest_messages(db, row.session_id, self._rules.flood.messages_to_read)
        crossed = self._rules.flood.crossed(self.masked(row, text), latest, self._now())
        return crossed or self.says_too_much(db, row)

    def says_too_much(self, db: Connection, row: StoredConversation) -> bool:
        if row.customer_id is None:
            return False
        since = self._now() - timedelta(minutes=1)
        return store.said_by(db, row.customer_id, since) >= self._rules.flood.per_customer


def _place(session_id: str, sequence: int) -> str:
    return f"message:{session_id}:{sequence}"
