"""One turn at a time per session, in this process and across all of them."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError

from services.lex import store
from services.lex.cipher import Cipher, SealedDataError
from services.lex.errors import InternalFailure, SessionConflict
from services.lex.ports import Clock
from services.lex.sessions import Address, Session
from shared.db import Database

# A turn may wait for the code hook twice, 30 s each; past this a crashed turn's session is free again.
_CLAIM_TIME = timedelta(seconds=75)
_POLL_SECONDS = 0.05


@dataclass(slots=True)
class Claim:
    """A session held for one turn; `session` is None when there is none, or its time was over."""

    address: Address
    token: str
    session: Session | None


@dataclass(slots=True)
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class SessionClaims:
    """Claims are rows in the database; a queue in the process saves those that wait here from polling."""

    def __init__(self, database: Database, cipher: Cipher, clock: Clock, *, wait_seconds: float) -> None:
        self._database = database
        self._cipher = cipher
        self._clock = clock
        self._wait = wait_seconds
        self._queues: dict[Address, _Queue] = {}

    @asynccontextmanager
    async def claimed(self, address: Address) -> AsyncIterator[Claim]:
        """Holds the session for the block; left by an error, it stays as it was.

        Raises SessionConflict when the turn before does not end in time.
        """
        async with self._queue(address):
            claim = await self._claim(address)
            try:
                yield claim
            except BaseException:
                await asyncio.shield(self._free(claim))
                raise

    @asynccontextmanager
    async def _queue(self, address: Address) -> AsyncIterator[None]:
        """The line of this process's turns for one session."""
        queue = self._queues.setdefault(address, _Queue())
        queue.users += 1
        try:
            try:
                await asyncio.wait_for(queue.lock.acquire(), self._wait)
            except TimeoutError as error:
                raise _in_use() from error
            try:
                yield
            finally:
                queue.lock.release()
        finally:
            queue.users -= 1
            if not queue.users:
                del self._queues[address]

    async def _claim(self, address: Address) -> Claim:
        token = secrets.token_urlsafe(16)
        deadline = time.monotonic() + self._wait
        while True:
            now = self._clock()
            try:
                async with self._database.transaction() as db:
                    row = await store.claim_session(
                        db, address, claim=token, now=now, until=now + _CLAIM_TIME, expires_at=now
                    )
                    held = row is not None and row.claim == token
                    state = row.state if row is not None and row.expires_at > now else None
            except IntegrityError:  # another process made the row in the same moment
                held, state = False, None
            if held:
                return Claim(address, token, self.opened(address, state))
            if time.monotonic() >= deadline:
                raise _in_use()
            await asyncio.sleep(_POLL_SECONDS)

    async def _free(self, claim: Claim) -> None:
        async with self._database.transaction() as db:
            await store.free_session(db, claim.address, claim.token)

    def sealed(self, claim: Claim, session: Session) -> bytes:
        """The session as it is stored."""
        return self._cipher.seal(session.model_dump_json().encode(), _place(claim.address))

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
        async with self._database.reading() as db:
            row = await store.read_session(db, address)
        alive = row is not None and row.expires_at > self._clock()
        return self.opened(address, row.state) if row is not None and alive else None


def _in_use() -> SessionConflict:
    return SessionConflict("Another request is using this session.")


def _place(address: Address) -> str:
    return "session:" + "/".join(address)
