"""Who is calling: a number and a PIN; the end of a lock-out; the records of the tries."""

import logging
from datetime import datetime

from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.audit import AuditEntry, AuditTrail, by
from services.accounts.clock import Clock
from services.accounts.cursors import cursor_of, moment_in, parts_of
from services.accounts.customers import known
from services.accounts.ids import new_id
from services.accounts.links import link
from services.accounts.pin_tries import PinTries, PinTry, Tried
from services.accounts.store import CustomerKey, PinHolder, VerificationRow
from shared.callers import Caller
from shared.db import Database
from shared.schemas.base import Page
from shared.schemas.identity import Verification, VerificationRecord, VerificationRequest

log = logging.getLogger("omnilex.accounts.identity")


class Identity:
    def __init__(self, database: Database, tries: PinTries, *, clock: Clock, audit: AuditTrail) -> None:
        self._database = database
        self._tries = tries
        self._clock = clock
        self._audit = audit

    async def verify(self, request: VerificationRequest) -> Verification:
        """Tries a PIN, as `PinTries.check`. A right one links the channel's address, when one is given."""

        def then(session: Session, customer: PinHolder) -> list[AuditEntry]:
            if request.channel_address is None:
                return []
            return link(session, customer, request.channel, request.channel_address, self._clock())

        return _verification(await self._tries.check(_try(request), then))

    async def unlock(self, customer_id: str, *, by_staff: Caller) -> None:
        """Ends a lock-out and starts counting anew. Raises NotFound."""

        def work(session: Session) -> None:
            known(session, customer_id)
            self._tries.count_anew(session, customer_id)
            record = VerificationRow(
                id=new_id("V"),
                subject=customer_id,
                channel="staff",
                session=by_staff.subject,
                outcome="unlocked",
                tried_at=self._clock(),
            )
            session.add(record)
            session.flush()
            entry = AuditEntry(
                actor=by(by_staff),
                action="identity.unlocked",
                subject=record.id,
                customer_id=customer_id,
                channel="staff",
            )
            self._audit.write(session.connection(), entry)

        await self._database.write(work)
        log.info("identity.unlocked", extra={"customer_id": customer_id, "by": by_staff.subject})

    async def verifications(self, customer_id: str, *, cursor: str | None, limit: int) -> Page[VerificationRecord]:
        """The tries of a customer's PIN, newest first. Raises NotFound; InvalidRequest for a cursor of another kind."""
        before = _position(cursor)

        def work(session: Session) -> list[VerificationRow]:
            known(session, customer_id)
            return list(store.verifications_of(session, customer_id, before=before, limit=limit + 1))

        rows = await self._database.read(work)
        shown = rows[:limit]
        more = cursor_of(shown[-1].tried_at.isoformat(), shown[-1].id) if len(rows) > limit else None
        return Page(items=[_record(row) for row in shown], next_cursor=more)


def _try(request: VerificationRequest) -> PinTry:
    key, value = _claim(request)
    return PinTry(
        key=key,
        value=value,
        pin=request.pin,
        channel=request.channel,
        session=request.session,
    )


def _claim(request: VerificationRequest) -> tuple[CustomerKey, str]:
    """Whose PIN it is said to be."""
    if request.phone is not None:
        return "phone", request.phone
    if request.customer_number is not None:
        return "customer_number", request.customer_number
    return "id", request.customer_id or ""


def _verification(tried: Tried) -> Verification:
    if tried.customer is None:
        return Verification(
            outcome=tried.outcome,
            attempts_left=tried.attempts_left,
            locked_until=tried.locked_until,
            retry_at=tried.retry_at,
        )
    return Verification(
        outcome=tried.outcome,
        customer_id=tried.customer.id,
        first_name=tried.customer.first_name,
        locale=tried.customer.locale,
        verification_id=tried.record_id,
        verified_at=tried.at,
    )


def _position(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    at, record_id = parts_of(cursor, 2)
    return moment_in(at), record_id


def _record(row: VerificationRow) -> VerificationRecord:
    return VerificationRecord.model_validate(
        {
            "verification_id": row.id,
            "outcome": row.outcome,
            "channel": row.channel,
            "session": row.session,
            "tried_at": row.tried_at,
        }
    )
