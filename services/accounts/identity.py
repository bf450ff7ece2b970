"""Who is calling: a phone number and a PIN, with a lock-out that parallel tries cannot outrun."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from services.accounts import store
from services.accounts.clock import Clock
from services.accounts.holdings import known_customer
from services.accounts.ids import new_id
from services.accounts.pins import PinHasher
from services.accounts.store import CustomerRow, LockoutRow, VerificationRow
from shared.db import Database
from shared.schemas.accounts import Verification, VerificationRequest

log = logging.getLogger("omnilex.accounts.identity")

Outcome = Literal["checking", "verified", "refused", "locked", "unlocked"]


@dataclass(frozen=True, slots=True)
class LockPolicy:
    tries: int
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class _Try:
    """A try that was counted before its PIN is looked at."""

    record_id: str
    subject: str
    customer: CustomerRow | None


class Identity:
    def __init__(self, database: Database, pins: PinHasher, *, policy: LockPolicy, clock: Clock) -> None:
        self._database = database
        self._pins = pins
        self._policy = policy
        self._clock = clock

    async def verify(self, request: VerificationRequest) -> Verification:
        """Tries a PIN. A number nobody has is answered, counted and locked like a customer's.

        The try is counted in a transaction of its own before the PIN is checked: whatever runs in parallel, or breaks
        in between, no more than the allowed number of PINs is ever checked before a right one or the lock's end.
        """
        admitted = await self._reserve(request)
        if isinstance(admitted, Verification):
            return admitted
        pin_hash = admitted.customer.pin_hash if admitted.customer else None
        right = await self._pins.matches(request.pin.get_secret_value(), pin_hash)
        if right and admitted.customer:
            return await self._welcome(admitted, admitted.customer)
        return await self._refuse(admitted)

    async def unlock(self, customer_id: str, *, by: str) -> None:
        """Ends a lock-out and starts counting anew; `by` is the member of staff. Raises NotFound."""
        async with self._database.transaction() as session:
            await known_customer(session, customer_id)
            _count_anew(await store.locked_lockout(session, customer_id))
            await self._record(session, customer_id, channel="staff", source=by, outcome="unlocked")
        log.info("identity.unlocked", extra={"customer_id": customer_id, "by": by})

    async def _reserve(self, request: VerificationRequest) -> _Try | Verification:
        async with self._database.transaction() as session:
            customer = await store.customer_by_phone(session, request.phone)
            subject = customer.id if customer else self._pins.pseudonym(request.phone)
            lockout = await store.locked_lockout(session, subject)
            locked_until = self._count(lockout)
            outcome: Outcome = "locked" if locked_until else "checking"
            record_id = await self._record(
                session, subject, channel=request.channel, source=request.session, outcome=outcome
            )
        if locked_until:
            log.info("identity.locked", extra=_who(customer))
            return _locked(locked_until)
        return _Try(record_id, subject, customer)

    def _count(self, lockout: LockoutRow) -> datetime | None:
        """Counts one try; the last allowed one locks at once. The end of the lock when there was no try left."""
        now = self._clock()
        if lockout.locked_until and lockout.locked_until > now:
            return lockout.locked_until
        if lockout.locked_until:
            _count_anew(lockout)
        lockout.tries += 1
        if lockout.tries >= self._policy.tries:
            lockout.locked_until = now + self._policy.lasts
        return None

    async def _welcome(self, admitted: _Try, customer: CustomerRow) -> Verification:
        async with self._database.transaction() as session:
            _count_anew(await store.locked_lockout(session, admitted.subject))
            (await store.verification(session, admitted.record_id)).outcome = "verified"
        log.info("identity.verified", extra=_who(customer))
        return Verification(outcome="verified", customer_id=customer.id, first_name=customer.first_name)

    async def _refuse(self, admitted: _Try) -> Verification:
        async with self._database.transaction() as session:
            lockout = await store.locked_lockout(session, admitted.subject)
            (await store.verification(session, admitted.record_id)).outcome = "refused"
        log.info("identity.refused", extra=_who(admitted.customer))
        if lockout.locked_until:
            return _locked(lockout.locked_until)
        return Verification(outcome="refused", attempts_left=self._policy.tries - lockout.tries)

    async def _record(self, session: AsyncSession, subject: str, *, channel: str, source: str, outcome: Outcome) -> str:
        row = VerificationRow(
            id=new_id("V"), subject=subject, channel=channel, session=source, outcome=outcome, tried_at=self._clock()
        )
        await store.insert(session, row)
        return row.id


def _count_anew(lockout: LockoutRow) -> None:
    lockout.tries = 0
    lockout.locked_until = None


def _locked(until: datetime) -> Verification:
    return Verification(outcome="locked", attempts_left=0, locked_until=until)


def _who(customer: CustomerRow | None) -> dict[str, str | None]:
    return {"customer_id": customer.id if customer else None}
