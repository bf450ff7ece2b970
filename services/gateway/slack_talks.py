"""What is kept of the bot's conversations in Slack: one for each person of a workspace."""

from typing import Literal

from pydantic import JsonValue
from sqlalchemy import Connection

from services.gateway import store
from services.gateway.channels.slack import CHANNEL, reach_of
from services.gateway.channels.slack_places import Place
from services.gateway.messaging import Messaging
from services.gateway.ports import Inbound

Kept = Literal["new", "again", "late"]


class SlackTalks:
    def __init__(self, messaging: Messaging) -> None:
        self._messaging = messaging

    def session(self, team: str, user: str) -> str:
        return self._messaging.addresses.session(CHANNEL, team, user)

    async def keep(
        self,
        place: Place,
        message_id: str,
        text: str,
        *,
        follows: str | None = None,
        answered_with: str | None = None,
        change: dict[str, JsonValue] | None = None,
    ) -> Kept:
        """Keeps what was said or pressed, for the background; whether it came before, or when its question had passed.

        `change` is sent with what is new, ahead of its answer.
        """
        session_id = self.session(place.team, place.user)
        inbound = Inbound(
            CHANNEL,
            session_id,
            message_id,
            text,
            reach_of(place),
            address=self._messaging.addresses.address(CHANNEL, place.team, place.user),
            follows=follows,
            answered_with=answered_with,
        )
        new = await self._messaging.conversations.receive(
            inbound, None if change is None else lambda db: self._line_up(db, session_id, change)
        )
        self._messaging.rounds.attend(session_id)
        if new:
            return "new"
        found = await self._messaging.database.at_once(lambda db: store.message_by_id(db, session_id, message_id))
        return "again" if found is not None else "late"

    async def change(self, place: Place, change: dict[str, JsonValue]) -> None:
        """Has a message in the conversation changed."""
        session_id = self.session(place.team, place.user)
        await self._messaging.database.at_once(lambda db: self._line_up(db, session_id, change))
        self._messaging.rounds.attend(session_id)

    async def say_once(self, team: str, line: str, message: dict[str, JsonValue]) -> None:
        """Has a message sent that belongs to no conversation, unless one was sent under this name before."""

        def work(db: Connection) -> bool:
            store.slack_install(db, team, lock=True)  # two deliveries at once come one after the other
            if store.outgoing_of(db, line, 1):
                return False
            self._line_up(db, line, message)
            return True

        if await self._messaging.database.at_once(work):
            self._messaging.rounds.attend(line)

    async def last_heard(self, team: str, user: str) -> str | None:
        """The name of what the person said or pressed last."""
        session_id = self.session(team, user)
        return await self._messaging.database.at_once(lambda db: store.last_heard(db, session_id))

    async def is_verified(self, team: str, user: str) -> bool:
        session_id = self.session(team, user)
        row = await self._messaging.database.at_once(lambda db: store.conversation(db, session_id))
        return row is not None and self._messaging.records.dialog(row).verified

    def _line_up(self, db: Connection, line: str, payload: dict[str, JsonValue]) -> None:
        self._messaging.records.sayings.line_up(db, line, CHANNEL, [payload])
