"""What a provider delivered: kept once, then left to the bot, to a person, or answered by ourselves."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from services.gateway import store
from services.gateway.conversation_rules import ConversationRules
from services.gateway.hearing import Hearing
from services.gateway.people import People
from services.gateway.ports import Inbound
from services.gateway.sayings import Sayings
from services.gateway.store import StoredConversation
from services.gateway.transcript import plain_text


class Receiving:
    """Each method is a part of the caller's transaction."""

    def __init__(
        self, hearing: Hearing, sayings: Sayings, people: People, rules: ConversationRules, now: Callable[[], datetime]
    ) -> None:
        self._hearing = hearing
        self._sayings = sayings
        self._people = people
        self._rules = rules
        self._now = now

    def keep(self, db: Connection, inbound: Inbound) -> bool:
        """Keeps what a provider delivered, for its turn; whether it is a new message, and not too late."""
        found = store.conversation(db, inbound.session_id, lock=True)
        if found is not None and store.message_by_id(db, inbound.session_id, inbound.message_id):
            return False
        if inbound.follows is not None and store.last_heard(db, inbound.session_id) != inbound.follows:
            return False
        now, row = self._now(), self._reached(db, found, inbound)
        if row.paused_until is not None and row.paused_until > now:
            self._hearing.add(db, row, inbound.text, inbound.message_id, "dropped")
        elif row.owner is not None and not inbound.for_us:
            self._leave_to_people(db, row, inbound)
        elif self._hearing.floods(db, row, inbound.text):
            message = self._hearing.add(db, row, inbound.text, inbound.message_id, "dropped")
            row = row._replace(last_sequence=message.sequence)
            self._sayings.say(db, row, "bot", [plain_text(self._rules.too_much)], to=message)
            store.change_conversation(db, row.session_id, paused_until=now + self._rules.flood.pause)
        elif inbound.answered_with is not None:
            message = self._hearing.add(db, row, inbound.text, inbound.message_id, "answered")
            row = row._replace(last_sequence=message.sequence)
            if inbound.answered_with:
                self._sayings.say(db, row, "bot", [plain_text(inbound.answered_with)], to=message)
        else:
            message = self._hearing.add(
                db, row, inbound.text, inbound.message_id, "waiting", held_back=inbound.held_back
            )
            if inbound.noted:
                row = row._replace(last_sequence=message.sequence)
                self._sayings.say(db, row, "bot", [plain_text(inbound.noted)], to=message)
        return True

    def _reached(self, db: Connection, row: StoredConversation | None, inbound: Inbound) -> StoredConversation:
        """The conversation, new if need be, with how to reach its other end as it was said last."""
        reach = self._sayings.sealed(inbound.session_id, inbound.reach)
        if row is not None:
            store.change_conversation(db, row.session_id, reach=reach, ended_at=None)
            return row._replace(reach=reach, ended_at=None)
        now = self._now()
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
        latest = store.latest_messages(db, row.session_id, self._rules.flood.messages_to_read)
        if self._rules.flood.too_quick(latest, self._now()):
            self._hearing.add(db, row, inbound.text, inbound.message_id, "dropped")
            return
        message = self._hearing.add(db, row, inbound.text, inbound.message_id, "with_agent")
        self._people.heard(db, row, message)
