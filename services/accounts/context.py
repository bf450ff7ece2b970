"""What a customer was doing, so that it can be taken up on another channel. Never a secret: the schema sees to that."""

import json
from datetime import timedelta

from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.audit import AuditEntry, AuditTrail, by_customer
from services.accounts.clock import Clock
from services.accounts.customers import known
from services.accounts.store import ContextRow
from shared.db import Database
from shared.errors import NotFound
from shared.schemas.identity import ContextUpdate, CustomerContext

_CLEARED_AT_ONCE = 20


class Contexts:
    """`lasts` is how long a context is kept."""

    def __init__(self, database: Database, *, lasts: timedelta, clock: Clock, audit: AuditTrail) -> None:
        self._database = database
        self._lasts = lasts
        self._clock = clock
        self._audit = audit

    async def save(self, customer_id: str, update: ContextUpdate) -> CustomerContext:
        """Keeps it in place of the one before. Raises NotFound for an unknown customer."""
        return await self._database.write(lambda session: self._save(session, customer_id, update))

    async def of(self, customer_id: str) -> CustomerContext:
        """Raises NotFound for an unknown customer, and when there is none or it has expired."""

        def work(session: Session) -> CustomerContext:
            known(session, customer_id)
            row = store.context(session, customer_id)
            if row is None or row.expires <= self._clock():
                raise NotFound("There is nothing to take up.")
            return _shown(row)

        return await self._database.read(work)

    async def forget(self, customer_id: str) -> None:
        """Does nothing when there is none. Raises NotFound for an unknown customer."""

        def work(session: Session) -> None:
            known(session, customer_id)
            row = store.context(session, customer_id)
            if row is None:
                return
            session.delete(row)
            self._record(session, "context.forgotten", row)

        await self._database.write(work)

    def _save(self, session: Session, customer_id: str, update: ContextUpdate) -> CustomerContext:
        known(session, customer_id)
        now = self._clock()
        row = ContextRow(
            customer_id=customer_id,
            intent=update.intent,
            slots=json.dumps(update.slots),
            channel=update.channel,
            session=update.session,
            saved_at=now,
            expires=now + self._lasts,
        )
        store.put_context(session, row)
        for over in store.expired_contexts(session, now, limit=_CLEARED_AT_ONCE):
            session.delete(over)
        self._record(session, "context.saved", row)
        return _shown(row)

    def _record(self, session: Session, action: str, row: ContextRow) -> None:
        session.flush()
        entry = AuditEntry(
            actor=by_customer(row.customer_id),
            action=action,
            subject=row.customer_id,
            customer_id=row.customer_id,
            channel=row.channel,
            details={"intent": row.intent},
        )
        self._audit.write(session.connection(), entry)


def _shown(row: ContextRow) -> CustomerContext:
    return CustomerContext(
        intent=row.intent,
        slots=json.loads(row.slots),
        channel=row.channel,
        session=row.session,
        saved_at=row.saved_at,
        expires=row.expires,
    )
