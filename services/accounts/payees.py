"""Whom a customer pays: outside payees, which come and go, and the own cards and loans, which are always there."""

import hmac
import logging
import re
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.audit import AuditEntry, AuditTrail, by_customer
from services.accounts.clock import Clock
from services.accounts.customers import held, known
from services.accounts.holdings import shown_payee
from services.accounts.idempotency import Claim, once
from services.accounts.ids import in_letters, new_id
from services.accounts.limits import Limits
from services.accounts.store import PayeeRow
from shared.db import Database
from shared.errors import Conflict, InvalidRequest, NotFound
from shared.schemas.accounts import Payee, PayeeOrder

log = logging.getLogger("omnilex.accounts.payees")

MOST_PAYEES = 200
_SHOWN_DIGITS = 4
_NUMBER = re.compile(r"[0-9A-Z]{4,34}")


class _Fingerprint(BaseModel):
    """What of an order makes it the same order, without the number itself."""

    name: str
    number_hash: str
    channel: str


class Payees:
    """Of an outside payee's number only the ending and a hash keyed with `secret` are kept."""

    def __init__(self, database: Database, limits: Limits, *, secret: str, clock: Clock, audit: AuditTrail) -> None:
        self._database = database
        self._limits = limits
        self._secret = secret.encode()
        self._clock = clock
        self._audit = audit

    async def listed(self, customer_id: str) -> list[Payee]:
        """Outside payees and the customer's own cards and loans, by name. Raises NotFound for an unknown customer."""

        def work(session: Session) -> list[Payee]:
            rows = store.payees_of(session, customer_id)
            if not rows:
                known(session, customer_id)
            return [self._shown(row, self._clock()) for row in rows]

        return await self._database.read(work)

    async def add(self, customer_id: str, order: PayeeOrder, *, key: str) -> Payee:
        """Adds an outside payee once for one `key`.

        Raises NotFound (customer), InvalidRequest (the number), Conflict with a `code`: `payee_exists`,
        `too_many_payees`, `channel_not_trusted`, or the key was used for something else.
        """
        number = re.sub(r"[ -]", "", order.account_number.get_secret_value()).upper()
        if not _NUMBER.fullmatch(number):
            raise InvalidRequest("An account number is 4 to 34 letters and digits.")
        said = _Fingerprint(name=order.name, number_hash=self._keyed(number), channel=order.channel)
        claim = Claim(customer_id, "payee", key)

        def work(session: Session) -> Payee:
            held(session, customer_id)
            now = self._clock()
            return once(
                session, claim, said, Payee, lambda: self._add(session, customer_id, said, number, now), now=now
            )

        payee = await self._database.write(work)
        log.info("payee.added", extra={"payee_id": payee.payee_id})
        return payee

    async def remove(self, customer_id: str, payee_id: str, *, channel: str) -> None:
        """Takes an outside payee off the list; one that was taken off before stays off.

        Raises NotFound, also for somebody else's; Conflict with a `code`: `own_account`, `payments_scheduled`,
        `channel_not_trusted`.
        """
        await self._database.write(lambda session: self._remove(session, customer_id, payee_id, channel))
        log.info("payee.removed", extra={"payee_id": payee_id})

    def _add(self, session: Session, customer_id: str, said: _Fingerprint, number: str, now: datetime) -> Payee:
        self._limits.trust.demand(said.channel, "add_payee", "A payee cannot be added on this channel.")
        if store.payee_with_number(session, customer_id, said.number_hash):
            raise Conflict("You have a payee with this account number already.", members={"code": "payee_exists"})
        if len(store.payees_of(session, customer_id)) >= MOST_PAYEES:
            raise Conflict(f"You can have at most {MOST_PAYEES} payees.", members={"code": "too_many_payees"})
        row = PayeeRow(
            id=new_id("P"),
            customer_id=customer_id,
            name=said.name,
            number_ending=number[-_SHOWN_DIGITS:],
            number_hash=said.number_hash,
            added_at=now,
        )
        store.add(session, row)
        self._record(session, row, "payee.added", said.channel)
        return self._shown(row, now)

    def _remove(self, session: Session, customer_id: str, payee_id: str, channel: str) -> None:
        held(session, customer_id)
        row = store.payee_of(session, customer_id, payee_id)
        if row is None:
            raise NotFound("You have no such payee.")
        self._limits.trust.demand(channel, "remove_payee", "A payee cannot be removed on this channel.")
        if row.account_id is not None:
            raise Conflict("Your own cards and loans stay on the list.", members={"code": "own_account"})
        if row.removed_at is not None:
            return
        if store.has_scheduled_payment(session, row.id):
            said = "A payment to this payee is scheduled. Cancel it first, then remove the payee."
            raise Conflict(said, members={"code": "payments_scheduled"})
        row.removed_at = self._clock()
        session.flush()
        self._record(session, row, "payee.removed", channel)

    def _record(self, session: Session, row: PayeeRow, action: str, channel: str) -> None:
        entry = AuditEntry(
            actor=by_customer(row.customer_id),
            action=action,
            subject=row.id,
            customer_id=row.customer_id,
            channel=channel,
            details={"number_ending": row.number_ending},
        )
        self._audit.write(session.connection(), entry)

    def _shown(self, row: PayeeRow, now: datetime) -> Payee:
        return shown_payee(row, self._limits.new_until(row, now))

    def _keyed(self, number: str) -> str:
        return in_letters(hmac.digest(self._secret, f"payee:{number}".encode(), "sha256"))
