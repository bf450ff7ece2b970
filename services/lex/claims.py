"""One turn at a time per session, in this process and across all of them.

A turn works on the session as it was last known here, and its one write says which version that was. When another
replica has written in between, nothing is stored and the turn runs anew on what is there now. A code hook must not be
asked twice for one turn: before the first question the turn takes the session for itself, by a write of its own.
"""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import ValidationError
from sqlalchemy import Connection

from services.lex import store
from services.lex.errors import InternalFailure, SessionConflict
from services.lex.ports import Clock
from services.lex.sessions import Address, Session
from services.lex.store import StoredSession
from shared.cipher import Cipher, SealedDataError
from shared.db import Database

# A turn may wait for the code hook twice, 30 s each; past this a crashed turn's session is free again.
_CLAIM_TIME = timedelta(seconds=75)
_POLL_SECONDS = 0.05
_MOST_KNOWN = 1000
T = TypeVar("T")


class SupersededError(Exception):
    """Another replica has written the session since it was read."""


@dataclass(slots=True)
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class Claim:
    """A session in the hands of one turn; `session` is None when there is none, or its time was over."""

    def __init__(self, claims: "SessionClaims", address: Address, stored: StoredSession | None) -> None:
        now = claims.clock()
        self.address = address
        self.session = claims.opened(address, stored.state) if stored and stored.expires_at > now else None
        self._claims = claims
        self._stored = stored
        self._taken = False

    async def take(self, *, longest: timedelta = timedelta(0)) -> None:
        """Makes this turn the only one that may write. Raises SupersededError when another was quicker.

        `longest` is the most time that the bot's definition gives the code hook.
        """
        if self._taken:
            return
        now, stored = self._claims.clock(), self._stored
        claimed = StoredSession(
            version=_new_version(),
            state=stored.state if stored else None,
            expires_at=stored.expires_at if stored else now,
            claimed_until=now + _CLAIM_TIME + longest,
        )
        was, self._stored, self._taken = stored.version if stored else None, claimed, True
        if not await self._claims.run(lambda db: store.write_session(db, self.address, was=was, new=claimed)):
            self._taken = False
            raise SupersededError

    async def keep(self, session: Session, expires_at: datetime, also: Callable[[Connection], None]) -> None:
        """Stores the session and what `also` stores, both or neither. Raises SupersededError or SessionConflict."""
        was = self._stored.version if self._stored else None
        new = StoredSession(_new_version(), self._claims.sealed(self.address, session), expires_at)

        def write(db: Connection) -> bool:
            kept = store.write_session(db, self.address, was=was, new=new)
            if kept:
                also(db)
            return kept

        await self._finish(write)
        self._claims.know(self.address, new)

    async def drop(self, also: Callable[[Connection], None]) -> None:
        """Forgets the session, and stores what `also` stores. Raises SupersededError or SessionConflict."""
        was = self._stored.version if self._stored else 0

        def write(db: Connection) -> bool:
            dropped = store.drop_session(db, self.address, was=was)
            if dropped:
                also(db)
            return dropped

        await self._finish(write)

    async def _finish(self, write: Callable[[Connection], bool]) -> None:
        if not await self._claims.run(write):
            if self._taken:
                raise SessionConflict("Another request has taken this session over.")
            raise SupersededError
        self._taken = False

    async def free(self) -> None:
        """Gives a session that was taken back as it was; a row made for a turn that failed goes away."""
        if not self._taken or self._stored is None:
            return
        was, free = self._stored.version, self._stored._replace(version=_new_version(), claimed_until=None)

        def write(db: Connection) -> bool:
            if free.state is None:
                return store.drop_session(db, self.address, was=was)
            return store.write_session(db, self.address, was=was, new=free)

        await self._claims.run(write)


class SessionClaims:
    """The turns of this process queue up in memory; those of others are told from by the versions of the rows.

    What was last stored of the latest sessions is remembered, still sealed: a turn then need not read before it writes.
    """

    def __init__(self, database: Database, cipher: Cipher, clock: Clock, *, wait_seconds: float) -> None:
        self.clock = clock
        self._database = database
        self._cipher = cipher
        self._wait = wait_seconds
        self._queues: dict[Address, _Queue] = {}
        self._known: OrderedDict[Address, StoredSession] = OrderedDict()

    async def turn(self, address: Address, work: Callable[[Claim], Awaitable[T]]) -> T:
        """Runs `work` on the session, alone; again from the start when another replica wrote before it could.

        Left by an error, the session stays as it was. Raises SessionConflict when the turn before does not end in time.
        """
        deadline = time.monotonic() + self._wait
        async with self._queue(address):
            while True:
                try:
                    return await self._once(address, work, deadline)
                except SupersededError:
                    if time.monotonic() >= deadline:
                        raise _in_use() from None

    async def _once(self, address: Address, work: Callable[[Claim], Awaitable[T]], deadline: float) -> T:
        stored = self._known.pop(address, None) or await self._free_row(address, deadline)
        claim = Claim(self, address, stored)
        try:
            return await work(claim)
        except BaseException:
            await asyncio.shield(claim.free())
            raise

    @asynccontextmanager
    async def _queue(self, address: Address) -> AsyncIterator[None]:
        """The line of this process's turns for one session."""
        queue = self._queues.setdefault(address, _Queue())
        queue.users += 1
        try:
            await self._front(queue)
            try:
                yield
            finally:
                queue.lock.release()
        finally:
            queue.users -= 1
            if not queue.users:
                del self._queues[address]

    async def _front(self, queue: _Queue) -> None:
        if queue.users == 1:  # nobody to wait for
            await queue.lock.acquire()
            return
        try:
            await asyncio.wait_for(queue.lock.acquire(), self._wait)
        except TimeoutError as error:
            raise _in_use() from error

    async def _free_row(self, address: Address, deadline: float) -> StoredSession | None:
        """The session's row, once no other process's turn owns it."""
        while True:
            stored = await self.run(lambda db: store.read_session(db, address))
            if stored is None or stored.claimed_until is None or stored.claimed_until <= self.clock():
                return stored
            if time.monotonic() >= deadline:
                raise _in_use()
            await asyncio.sleep(_POLL_SECONDS)

    async def run(self, work: Callable[[Connection], T]) -> T:
        """One transaction."""
        return await self._database.at_once(work)

    def know(self, address: Address, stored: StoredSession) -> None:
        """Remembers what was just stored."""
        self._known[address] = stored
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)

    def sealed(self, address: Address, session: Session) -> bytes:
        """The session as it is stored."""
        document = session.__pydantic_serializer__.to_json(session, by_alias=True, exclude_defaults=True)
        return self._cipher.seal(document, _place(address))

    def opened(self, address: Address, state: bytes | None) -> Session | None:
        """The stored session. Raises InternalFailure when the secret has changed since."""
        if state is None:
            return None
        try:
            return Session.model_validate_json(self._cipher.open(state, _place(address)))
        except (SealedDataError, ValidationError) as error:
            raise InternalFailure("The stored session cannot be read.") from error

    async def find(self, address: Address) -> Session | None:
        """The session as it stands, without claiming it."""
        stored = await self.run(lambda db: store.read_session(db, address))
        return self.opened(address, stored.state) if stored and stored.expires_at > self.clock() else None


def _new_version() -> int:
    return secrets.randbits(63)


def _in_use() -> SessionConflict:
    return SessionConflict("Another request is using this session.")


def _place(address: Address) -> str:
    return "session:" + "/".join(address)
