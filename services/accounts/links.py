"""Which channel addresses belong to whom. A link is made by a right PIN only, and can be taken back."""

from datetime import datetime

from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.audit import AuditEntry, AuditTrail, by, by_customer
from services.accounts.customers import known
from services.accounts.ids import new_id
from services.accounts.store import LinkRow, PinHolder
from shared.callers import Caller
from shared.db import Database
from shared.errors import NotFound
from shared.schemas.identity import Link, LinkedCustomer


def link(session: Session, customer: PinHolder, channel: str, address: str, now: datetime) -> list[AuditEntry]:
    """Links the address to the customer, taking it from whoever had it; what the audit trail should say of it."""
    fresh = LinkRow(
        id=new_id("L"), channel=channel, address=address, customer_id=customer.id, linked_at=now, verified_at=now
    )
    row = store.held_link(session, fresh)
    row.verified_at = now
    if row.id == fresh.id:
        return [_entry("link.made", row.id, customer.id, customer.id, channel)]
    if row.customer_id == customer.id:
        return []
    taken = _entry("link.taken_over", row.id, row.customer_id, customer.id, channel)
    row.id, row.customer_id, row.linked_at = fresh.id, customer.id, now
    return [_entry("link.made", fresh.id, customer.id, customer.id, channel), taken]


def _entry(action: str, link_id: str, customer_id: str, acting: str, channel: str) -> AuditEntry:
    return AuditEntry(
        actor=by_customer(acting), action=action, subject=link_id, customer_id=customer_id, channel=channel
    )


class Links:
    def __init__(self, database: Database, audit: AuditTrail) -> None:
        self._database = database
        self._audit = audit

    async def customer_at(self, channel: str, address: str) -> LinkedCustomer:
        """Whose address it is. Raises NotFound for one that is nobody's."""

        def work(session: Session) -> LinkedCustomer:
            row = store.link_at(session, channel, address)
            customer = store.customer_by(session, "id", row.customer_id) if row else None
            if row is None or customer is None:
                raise NotFound("Nobody is linked to this address.")
            return LinkedCustomer(
                customer_id=customer.id,
                first_name=customer.first_name,
                locale=customer.locale,
                linked_at=row.linked_at,
            )

        return await self._database.read(work)

    async def of(self, customer_id: str) -> list[Link]:
        """A customer's links, newest first. Raises NotFound for an unknown customer."""

        def work(session: Session) -> list[Link]:
            known(session, customer_id)
            return [_shown(row) for row in store.links_of(session, customer_id)]

        return await self._database.read(work)

    async def remove(self, customer_id: str, link_id: str, *, asked_by: Caller) -> None:
        """A service removes it on the customer's word. Raises NotFound, also for somebody else's link."""
        actor = by(asked_by) if asked_by.kind == "staff" else by_customer(customer_id)

        def work(session: Session) -> None:
            row = store.link_of(session, customer_id, link_id)
            if row is None:
                raise NotFound("You have no such link.")
            session.delete(row)
            session.flush()
            entry = AuditEntry(
                actor=actor, action="link.removed", subject=link_id, customer_id=customer_id, channel=row.channel
            )
            self._audit.write(session.connection(), entry)

        await self._database.write(work)


def _shown(row: LinkRow) -> Link:
    return Link(link_id=row.id, channel=row.channel, linked_at=row.linked_at, verified_at=row.verified_at)
