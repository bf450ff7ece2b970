"""Trying a PIN, with a lock-out that parallel tries cannot outrun and delays that grow with each wrong one."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import SecretStr
from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.audit import AuditEntry, AuditTrail, Detail, by_customer
from services.accounts.clock import Clock
from services.accounts.ids import new_id
from services.accounts.pins import PinHasher
from services.accounts.store import CustomerKey, LockoutRow, PinHolder, VerificationRow
from shared.db import Database

log = logging.getLogger("omnilex.accounts.identity")

Outcome = Literal["verified", "refused", "locked", "wait"]
Then = Callable[[Session, PinHolder], list[AuditEntry]]
"""What a right PIN brings about, in the transaction that settles it, and how the audit trail tells it."""


@dataclass(frozen=True, slots=True)
class LockPolicy:
    """`tries` wrong PINs lock for `lasts`. After the n-th wrong one the next must wait for the n-th of `delays`, or the
    last of them. When none came for as long as `counts`, they are counted anew."""

    tries: int
    lasts: timedelta
    delays: tuple[timedelta, ...]
    counts: timedelta

    def delay_after(self, tries: int) -> timedelta:
        return self.delays[min(tries, len(self.delays)) - 1] if self.delays else timedelta()


@dataclass(frozen=True, slots=True)
class PinTry:
    """A PIN, whose it is said to be, and where that is said. `purpose` is for the audit trail."""

    key: CustomerKey
    value: str
    pin: SecretStr
    channel: str
    session: str
    purpose: Literal["verification", "pin_change"] = "verification"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a try. `customer` is set when the PIN was right, as it was when the PIN was checked."""

    outcome: Outcome
    record_id: str
    at: datetime
    customer: PinHolder | None = None
    attempts_left: int | None = None
    locked_until: datetime | None = None
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Admitted:
    """A try that was counted before its PIN is looked at."""

    record_id: str
    subject: str
    customer: PinHolder | None


class PinTries:
    def __init__(
        self, database: Database, pins: PinHasher, *, policy: LockPolicy, clock: Clock, audit: AuditTrail
    ) -> None:
        self._database = database
        self._pins = pins
        self._policy = policy
        self._clock = clock
        self._audit = audit

    async def check(self, tried: PinTry, then: Then) -> Tried:
        """Tries the PIN. A number nobody has is answered, counted, delayed and locked like a customer's.

        The try is counted in a transaction of its own before the PIN is checked: whatever runs in parallel, or breaks
        in between, no more than the allowed number of PINs is ever checked before a right one or the lock's end.
        """
        admitted = await self._database.write(lambda session: self._admit(session, tried))
        if isinstance(admitted, Tried):
            return _logged(admitted)
        pin_hash = admitted.customer.pin_hash if admitted.customer else None
        right = await self._pins.matches(tried.pin.get_secret_value(), pin_hash)
        settled = await self._database.write(lambda session: self._settle(session, tried, admitted, right, then))
        return _logged(settled, admitted.customer)

    def count_anew(self, session: Session, customer_id: str) -> None:
        """Ends a lock-out."""
        _count_anew(store.held_lockout(session, customer_id))

    def _admit(self, session: Session, tried: PinTry) -> _Admitted | Tried:
        pseudonym = self._pins.pseudonym(tried.key, tried.value)  # made for customers too, who must not take less time
        customer = store.pin_holder(session, tried.key, tried.value)
        subject = customer.id if customer else pseudonym
        lockout = store.held_lockout(session, subject)
        now = self._clock()
        kept_out = self._count(lockout, now)
        record = VerificationRow(
            id=new_id("V"),
            subject=subject,
            channel=tried.channel,
            session=tried.session,
            outcome=kept_out or "checking",
            tried_at=now,
        )
        session.add(record)
        if kept_out is None:
            return _Admitted(record.id, subject, customer)
        return self._answer(kept_out, record.id, lockout, now)

    def _count(self, lockout: LockoutRow, now: datetime) -> Literal["locked", "wait"] | None:
        """Counts one try, unless it is kept out; the last allowed one locks at once."""
        if lockout.locked_until and lockout.locked_until > now:
            return "locked"
        # What is nobody's is forgotten then, and must not be told apart by that.
        over = lockout.retry_at is not None and lockout.retry_at < now - self._policy.counts
        if lockout.locked_until or over:
            _count_anew(lockout)
        if lockout.retry_at and lockout.retry_at > now:
            return "wait"
        lockout.tries += 1
        lockout.retry_at = now + self._policy.delay_after(lockout.tries)
        if lockout.tries >= self._policy.tries:
            lockout.locked_until = now + self._policy.lasts
        return None

    def _settle(self, session: Session, tried: PinTry, admitted: _Admitted, right: bool, then: Then) -> Tried:
        lockout = store.held_lockout(session, admitted.subject)
        record = store.verification(session, admitted.record_id)
        now = self._clock()
        customer = store.pin_holder(session, tried.key, tried.value)
        checked = admitted.customer
        if right and checked and customer and customer.pin_hash == checked.pin_hash:  # else it was changed meanwhile
            _count_anew(lockout)
            record.outcome = "verified"
            entries = [_entry(tried, admitted, "identity.verified"), *then(session, customer)]
            self._write(session, entries)
            return Tried("verified", record.id, now, customer)
        record.outcome = "refused"
        refusal = {"tries": lockout.tries, "locks": lockout.locked_until is not None}
        self._write(session, [_entry(tried, admitted, "identity.refused", **refusal)])
        return self._answer("locked" if lockout.locked_until else "refused", record.id, lockout, now)

    def _write(self, session: Session, entries: list[AuditEntry]) -> None:
        session.flush()
        self._audit.write(session.connection(), *entries)

    def _answer(self, outcome: Outcome, record_id: str, lockout: LockoutRow, now: datetime) -> Tried:
        locked = outcome == "locked"
        later = lockout.retry_at if lockout.retry_at and lockout.retry_at > now else None
        return Tried(
            outcome,
            record_id,
            now,
            attempts_left=0 if locked else self._policy.tries - lockout.tries,
            locked_until=lockout.locked_until if locked else None,
            retry_at=None if locked else later,
        )


def _entry(tried: PinTry, admitted: _Admitted, action: str, **details: Detail) -> AuditEntry:
    customer_id = admitted.customer.id if admitted.customer else None
    return AuditEntry(
        actor=by_customer(customer_id) if action == "identity.verified" and customer_id else "unverified",
        action=action,
        subject=admitted.record_id,
        customer_id=customer_id,
        channel=tried.channel,
        details={"purpose": tried.purpose, **details},
    )


def _count_anew(lockout: LockoutRow) -> None:
    lockout.tries = 0
    lockout.retry_at = None
    lockout.locked_until = None


def _logged(tried: Tried, customer: PinHolder | None = None) -> Tried:
    who = {"customer_id": customer.id if customer else None, "verification_id": tried.record_id}
    log.info("identity.%s", tried.outcome, extra=who)
    return tried
