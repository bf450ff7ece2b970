"""Changing a PIN: the old one is tried as in a verification, the new one must be hard to guess and new."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.audit import AuditEntry, AuditTrail, by_customer
from services.accounts.clock import Clock
from services.accounts.customers import known
from services.accounts.idempotency import Claim, once
from services.accounts.ids import new_id
from services.accounts.limits import ChannelTrustTable
from services.accounts.pin_tries import PinTries, PinTry, Tried
from services.accounts.pins import PinHasher, is_pin
from services.accounts.store import CustomerRow, FormerPinRow, PinHolder
from services.accounts.weak_pins import weakness
from shared.db import Database
from shared.errors import Conflict, InvalidRequest
from shared.schemas.base import Wire
from shared.schemas.identity import PinChange

log = logging.getLogger("omnilex.accounts.identity")

FORMER_PINS_KEPT = 3
NOT_HERE = "A PIN cannot be changed on this channel."


class _Body(Wire):
    """What makes two requests the same; the PINs as a keyed hash."""

    pins: str
    channel: str
    session: str


class _Changed(Wire):
    """The answer that is kept: there is nothing in it."""


class _NotYet(Exception):
    """There is no answer under the key."""


@dataclass(frozen=True, slots=True)
class _Request:
    claim: Claim
    body: _Body


class PinChanges:
    """`trust` says on which channels it may be done; for `cooling_off` payments to others are held small afterwards."""

    def __init__(
        self,
        database: Database,
        tries: PinTries,
        pins: PinHasher,
        trust: ChannelTrustTable,
        *,
        cooling_off: timedelta,
        clock: Clock,
        audit: AuditTrail,
    ) -> None:
        self._database = database
        self._tries = tries
        self._pins = pins
        self._trust = trust
        self._cooling_off = cooling_off
        self._clock = clock
        self._audit = audit

    async def change(self, customer_id: str, change: PinChange, *, key: str) -> None:
        """Puts the new PIN in place of the current one, once for one `key`, and begins the cooling-off.

        Raises NotFound; InvalidRequest (`code` is `weak_pin`) for a new PIN that is easy to guess, is the current one
        or one of the three before it; Conflict on a channel where PINs are not changed (`channel_not_trusted`; the
        current PIN is not tried then), for a wrong current PIN (`wrong_pin`, with `attempts_left`), while locked
        (`locked`, with `locked_until`) and before the next try is due (`wait`, with `retry_at`), or when the key was
        used for another change. Who sends the same at once may be told to wait. The details are sentences for the
        customer.
        """
        customer = await self._database.read(lambda session: known(session, customer_id))
        request = self._request(customer_id, change, key)
        if await self._made_before(request):
            return
        self._trust.demand(change.channel, "change_pin", NOT_HERE)
        new_pin = change.new_pin.get_secret_value()
        _check_strength(new_pin, customer)
        tried = await self._try_current(customer_id, change)
        if tried.customer is None:
            if await self._made_before(request):  # by a rival, just now: the current PIN is not that any more
                return
            raise _refusal(tried)
        await self._check_is_new(new_pin, tried.customer)
        await self._replace(request, tried.customer, await self._pins.hash(new_pin))
        log.info("pin.changed", extra={"customer_id": customer_id})

    def _request(self, customer_id: str, change: PinChange, key: str) -> _Request:
        pins = (change.current_pin.get_secret_value(), change.new_pin.get_secret_value())
        body = _Body(pins=self._pins.fingerprint(*pins), channel=change.channel, session=change.session)
        return _Request(Claim(customer_id, "pin_change", key), body)

    async def _made_before(self, request: _Request) -> bool:
        def not_yet() -> _Changed:
            raise _NotYet

        try:
            await self._database.write(lambda session: self._once(session, request, not_yet))
        except _NotYet:
            return False
        return True

    def _once(self, session: Session, request: _Request, make: Callable[[], _Changed]) -> _Changed:
        return once(session, request.claim, request.body, _Changed, make, now=self._clock())

    async def _try_current(self, customer_id: str, change: PinChange) -> Tried:
        tried = PinTry("id", customer_id, change.current_pin, change.channel, change.session, "pin_change")
        return await self._tries.check(tried, lambda session, customer: [])

    async def _check_is_new(self, new_pin: str, customer: PinHolder) -> None:
        former = await self._database.read(lambda session: store.former_pins(session, customer.id))
        hashes = [customer.pin_hash, *(row.pin_hash for row in former[:FORMER_PINS_KEPT])]
        if await self._pins.matches_any(new_pin, hashes):
            raise _weak("it is your present PIN or one you had before")

    async def _replace(self, request: _Request, checked: PinHolder, new_hash: str) -> None:
        def work(session: Session) -> _Changed:
            return self._once(session, request, lambda: self._replaced(session, request, checked, new_hash))

        await self._database.write(work)

    def _replaced(self, session: Session, request: _Request, checked: PinHolder, new_hash: str) -> _Changed:
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
            channel=request.body.channel,
        )
        self._audit.write(session.connection(), entry)
        return _Changed()


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
