"""What staff do with conversations that were handed over: take, write, give back.

Who has a conversation is decided in the transaction that holds its row: of two agents who take it one gets it, and
nobody writes into a conversation that was given back, taken over by a supervisor, or ended meanwhile.
"""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from services.gateway import store
from services.gateway.conversations import Conversations
from services.gateway.people import HandoffRules
from services.gateway.periodic import periodically
from services.gateway.records import Records
from services.gateway.rounds import Rounds
from services.gateway.store import StoredConversation, StoredHandoff
from services.gateway.transcript import plain_text
from services.gateway.wakeups import Wakeups
from shared.callers import Caller
from shared.db import Database
from shared.errors import Conflict, Forbidden, InvalidRequest, NotFound

log = logging.getLogger("omnilex.gateway")

T = TypeVar("T")
_MAY_TAKE = frozenset({"agent", "supervisor", "admin"})
_MAY_DIRECT = frozenset({"supervisor", "admin"})
_LOOK_EVERY = 1.0
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class _Held:
    """A hand-off and its conversation, kept from others until the transaction ends."""

    handoff: StoredHandoff
    row: StoredConversation


class Handoffs:
    def __init__(
        self, database: Database, records: Records, conversations: Conversations, rounds: Rounds, wakeups: Wakeups
    ) -> None:
        self._database = database
        self._records = records
        self._conversations = conversations
        self._rounds = rounds
        self._wakeups = wakeups

    async def take(self, caller: Caller, handoff_id: str) -> None:
        """Makes the caller its one owner; again, nothing. Raises NotFound, or Conflict that names who has it."""

        def work(db: Connection, held: _Held) -> bool:
            if held.handoff.taken_by == caller.subject:
                return False
            _must(held.handoff, "waiting")
            self._records.people.take(db, held.row, held.handoff, caller.subject)
            return True

        if await self._do(handoff_id, work):
            _record("taken", handoff_id, caller)

    async def say(self, caller: Caller, handoff_id: str, text: str, key: str) -> int:
        """Says it to the customer; its number in the conversation. With the same key it is said once.

        Raises NotFound, and Conflict when the caller does not have the conversation, or used the key for another text.
        """

        def work(db: Connection, held: _Held) -> int:
            row, message_id = held.row, f"agent:{key}"
            _owned(held.handoff, caller)
            again = store.message_by_id(db, row.session_id, message_id)
            if again is not None:
                if again.content != text:
                    raise Conflict("This Idempotency-Key was used for another message.")
                return again.sequence
            sequence = row.last_sequence + 1
            self._records.sayings.say(db, row, "agent", [plain_text(text)])
            store.change_message(db, row.session_id, sequence, message_id=message_id)
            store.change_conversation(db, row.session_id, agent_typing_until=None)
            values = {"active_at": self._records.now(), "unanswered_since": None}
            store.change_handoff(db, held.handoff.id, **values)
            return sequence

        return await self._do(handoff_id, work)

    async def types(self, caller: Caller, handoff_id: str) -> None:
        """The customer sees, for some seconds, that somebody writes. Raises as `say` does."""

        def work(db: Connection, held: _Held) -> str:
            _owned(held.handoff, caller)
            store.change_handoff(db, held.handoff.id, active_at=self._records.now())
            return held.row.session_id

        await self._conversations.agent_types(await self._do(handoff_id, work))

    async def give_back(self, caller: Caller, handoff_id: str) -> None:
        """The bot goes on where it was. For who has it, and for supervisors. Raises NotFound, Forbidden or Conflict."""

        def work(db: Connection, held: _Held) -> None:
            _ended_by(held.handoff, caller)
            people = self._records.people
            words = people.words(held.row)
            people.end(db, held.row, held.handoff, "returned", by=caller.subject, saying=words.back)

        await self._do(handoff_id, work)
        _record("returned", handoff_id, caller)

    async def close(self, caller: Caller, handoff_id: str) -> None:
        """The matter is finished: the bot's session ends, so that nobody stays verified, and the next one is new.

        Raises as `give_back`, and as `Conversations.forget` when the runtime does not end the session.
        """

        def check(db: Connection, held: _Held) -> str:
            _ended_by(held.handoff, caller)
            return held.row.session_id

        def work(db: Connection, held: _Held) -> None:
            _ended_by(held.handoff, caller)
            people = self._records.people
            people.end(db, held.row, held.handoff, "closed", by=caller.subject, saying=people.words(held.row).over)
            forgotten = {"intent": None, "slot_to_elicit": None, "state": None, "choices": None, "customer_id": None}
            store.change_conversation(db, held.row.session_id, verified=False, **forgotten)

        await self._conversations.forget(await self._do(handoff_id, check))
        await self._do(handoff_id, work)
        _record("closed", handoff_id, caller)

    async def release(self, caller: Caller, handoff_id: str) -> None:
        """Back in line for somebody else. Raises as `give_back`."""

        def work(db: Connection, held: _Held) -> None:
            _must(held.handoff, "taken")
            _ended_by(held.handoff, caller)
            self._records.people.release(db, held.row, held.handoff)

        await self._do(handoff_id, work)
        _record("released", handoff_id, caller)

    async def assign(self, caller: Caller, handoff_id: str, username: str) -> None:
        """Gives it to another member of staff, whoever has it now. Raises NotFound, Conflict or InvalidRequest.

        The name is as the bank's identity provider writes it, or, kept here, in any case.
        """
        names = (username, username.casefold())

        def work(db: Connection, held: _Held) -> str:
            agent = next((name for name in names if store.roles_of(db, name) & _MAY_TAKE), None)
            if agent is None:
                raise InvalidRequest("There is no such agent.")
            _must(held.handoff, "waiting", "taken")
            if held.handoff.taken_by is None:
                self._records.people.take(db, held.row, held.handoff, agent)
            elif held.handoff.taken_by != agent:
                self._records.people.own(db, held.row, held.handoff, agent)
            return agent

        _record("assigned", handoff_id, caller, to=await self._do(handoff_id, work))

    async def tend(self) -> None:
        """Sends back to the bot who waited too long, and back in line whose agent has left; tells who waits outside of
        the hours of staff when somebody is there."""
        rules, now = self._records.rules.handoff, self._records.now()
        await self._tend_waiting(rules, now)
        silent_since = now - rules.silent
        found = await self._database.read(lambda db: store.left_by_agent(db.connection(), silent_since, _AT_ONCE))
        for handoff in found:
            await self._tended(handoff, "taken", self._left)

    async def _tend_waiting(self, rules: HandoffRules, now: datetime) -> None:
        chats_before = now - rules.chats_last
        found = await self._database.read(lambda db: store.gone_with_chat(db.connection(), chats_before, _AT_ONCE))
        for handoff in found:
            await self._tended(handoff, "waiting", self._abandon)
        open_since = rules.hours.open_since(now)
        if open_since is None:
            closed_since = rules.hours.closed_since(now)
            found = await self._database.read(lambda db: store.untold_since(db.connection(), closed_since, _AT_ONCE))
            for handoff in found:
                await self._tended(handoff, "waiting", self._tell_closed)
        elif open_since <= (waiting_before := now - rules.wait):
            found = await self._database.read(lambda db: store.nobody_came(db.connection(), waiting_before, _AT_ONCE))
            for handoff in found:
                await self._tended(handoff, "waiting", self._abandon)

    @asynccontextmanager
    async def tending(self) -> AsyncIterator[None]:
        """Tends for the life of the block."""
        async with periodically(self.tend, seconds=_LOOK_EVERY, failed="handoffs.untended"):
            yield

    def _abandon(self, db: Connection, held: _Held) -> None:
        people = self._records.people
        people.end(db, held.row, held.handoff, "abandoned", by="gateway", saying=people.words(held.row).nobody)

    def _tell_closed(self, db: Connection, held: _Held) -> None:
        self._records.people.tell_closed(db, held.row, held.handoff)

    def _left(self, db: Connection, held: _Held) -> None:
        self._records.people.release(db, held.row, held.handoff)

    async def _tended(self, seen: StoredHandoff, status: str, act: Callable[[Connection, _Held], None]) -> None:
        """Acts unless the hand-off has changed since it was seen."""

        def work(db: Connection, held: _Held) -> bool:
            now_as_seen = held.handoff == seen
            if now_as_seen:
                act(db, held)
            return now_as_seen

        if await self._do(seen.id, work):
            log.info("handoff.tended", extra={"handoff_id": seen.id, "was": status, "agent": seen.taken_by})

    async def _do(self, handoff_id: str, work: Callable[[Connection, _Held], T]) -> T:
        """`work` with the hand-off and its conversation held; then whoever follows it looks, and what is said goes."""

        def held(db: Connection) -> tuple[str, T]:
            found = known(store.handoff(db, handoff_id))
            row = store.conversation(db, found.session_id, lock=True)
            handoff = store.handoff(db, handoff_id, lock=True)
            if row is None or handoff is None:
                raise NotFound("There is no such hand-off.")
            return row.session_id, work(db, _Held(handoff, row))

        session_id, result = await self._database.at_once(held)
        self._wakeups.wake(session_id)
        self._rounds.attend(session_id)
        return result


def known(handoff: StoredHandoff | None) -> StoredHandoff:
    """Raises NotFound."""
    if handoff is None:
        raise NotFound("There is no such hand-off.")
    return handoff


def _must(handoff: StoredHandoff, *statuses: str) -> None:
    """Raises Conflict, with the present state, unless the hand-off stands so."""
    if handoff.status not in statuses:
        told = f"{handoff.taken_by} has it." if handoff.status == "taken" else f"It is {handoff.status}."
        raise Conflict(told, members={"state": handoff.status, "taken_by": handoff.taken_by})


def _owned(handoff: StoredHandoff, caller: Caller) -> None:
    _must(handoff, "taken")
    if handoff.taken_by != caller.subject:
        raise Conflict(f"{handoff.taken_by} has it.", members={"state": "taken", "taken_by": handoff.taken_by})


def _ended_by(handoff: StoredHandoff, caller: Caller) -> None:
    """Raises Forbidden or Conflict unless the caller may end it."""
    _must(handoff, "waiting", "taken")
    if handoff.taken_by != caller.subject and not caller.roles & _MAY_DIRECT:
        if handoff.taken_by is None:
            raise Forbidden("Take the conversation first.")
        raise Conflict(f"{handoff.taken_by} has it.", members={"state": "taken", "taken_by": handoff.taken_by})


def _record(what: str, handoff_id: str, caller: Caller, **more: str) -> None:
    log.info(f"handoff.{what}", extra={"handoff_id": handoff_id, "staff": caller.subject, **more})
