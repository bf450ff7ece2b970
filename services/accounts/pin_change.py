"""Changing a PIN: the old one is tried as in a verification, the new one must be hard to guess and new."""

import logging
from datetime import timedelta

from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.audit import AuditEntry, AuditTrail, by_customer
from services.accounts.clock import Clock
from services.accounts.customers import known
from services.accounts.ids import new_id
from services.accounts.pin_tries import PinTries, PinTry, Tried
from services.accounts.pins import PinHasher, is_pin
from services.accounts.store import CustomerRow, FormerPinRow, PinHolder
from services.accounts.weak_pins import weakness
from shared.db import Database
from shared.errors import Conflict, InvalidRequest
from shared.schemas.identity import PinChange

log = logging.getLogger("omnilex.accounts.identity")

FORMER_PINS_KEPT = 3


class PinChanges:
    """`cooling_off` is how long payments to others are held small after a change."""

    def __init__(
        self,
        database: Database,
        tries: PinTries,
        pins: PinHasher,
        *,
        cooling_off: timedelta,
        clock: Clock,
        audit: AuditTrail,
    ) -> None:
        self._database = database
        self._tries = tries
        self._pins = pins
        self._cooling_off = cooling_off
        self._clock = clock
        self._audit = audit

    async def change(self, customer_id: str, change: PinChange) -> None:
        """Puts the new PIN in place of the current one and begins the cooling-off.

        Raises NotFound; InvalidRequest (`code` is `weak_pin`) for a new PIN that is easy to guess, is the current one
        or one of the three before it; Conflict for a wrong current PIN (`wrong_pin`, with `attempts_left`), while
        locked (`locked`, with `locked_until`) and before the next try is due (`wait`, with `retry_at`). The details
        are sentences for the customer.
        """
        customer = await self._database.read(lambda session: known(session, customer_id))
        new_pin = change.new_pin.get_secret_value()
        _check_strength(new_pin, customer)
        checked = await self._current(customer_id, change)
        await self._check_is_new(new_pin, checked)
        new_hash = await self._pins.hash(new_pin)
        await self._database.write(lambda session: self._replace(session, checked, new_hash, change))
        log.info("pin.changed", extra={"customer_id": customer_id})

    async def _current(self, customer_id: str, change: PinChange) -> PinHolder:
        tried = await self._tries.check(
            PinTry("id", customer_id, change.current_pin, change.channel, change.session, "pin_change"),
            lambda session, customer: [],
        )
        if tried.customer is None:
            raise _refusal(tried)
        return tried.customer

    async def _check_is_new(self, new_pin: str, customer: PinHolder) -> None:
        former = await self._database.read(lambda session: store.former_pins(session, customer.id))
        hashes = [customer.pin_hash, *(row.pin_hash for row in former[:FORMER_PINS_KEPT])]
        if await self._pins.matches_any(new_pin, hashes):
            raise _weak("it is your present PIN or one you had before")

    def _replace(self, session: Session, checked: PinHolder, new_hash: str, change: PinChange) -> None:
        store.held_lockout(session, checked.id)  # two changes at once come one after the other
        customer = known(session, checked.id)
        if customer.pin_hash != checked.pin_hash:
            raise Conflict("Your PIN was changed just now.", members={"code": "wrong_pin"})
        now = self._clock()
        session.add(FormerPinRow(id=new_id("F"), customer_id=customer.id, pin_hash=customer.pin_hash, replaced_at=now))
        session.flush()
        for row in store.former_pins(session, customer.id)[FORMER_PINS_KEPT:]:
            session.delete(row)
        customer.pin_hash = new_hash
        customer.cooling_off_until = now + self._cooling_off
        session.flush()
        entry = AuditEntry(
            actor=by_customer(customer.id),
            action="pin.changed",
            subject=customer.id,
            customer_id=customer.id,
            channel=change.channel,
        )
        self._audit.write(session.connection(), entry)


def _check_strength(pin: str, customer: CustomerRow) -> None:
    if not is_pin(pin):
        raise _weak("a PIN has four digits")
    if why := weakness(pin, customer.phone, customer.customer_number):
        raise _weak(why)


def _weak(why: str) -> InvalidRequest:
    return InvalidRequest(f"Please choose another PIN: {why}.", members={"code": "weak_pin"})


def _refusal(tried: Tried) -> Conflict:
    if tried.outcome == "locked" and tried.locked_until:
        return Conflict(
            "Your access is locked after too many wrong PINs.",
            members={"code": "locked", "locked_until": tried.locked_until.isoformat()},
        )
    if tried.outcome == "wait" and tried.retry_at:
        return Conflict(
            "Please wait a moment before you try again.",
            members={"code": "wait", "retry_at": tried.retry_at.isoformat()},
        )
    return Conflict(
        "That is not your present PIN.", members={"code": "wrong_pin", "attempts_left": tried.attempts_left}
    )
