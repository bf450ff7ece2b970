"""Customers taken over from another system: each once, whatever is sent again, each in a transaction of their own."""

import asyncio
import hashlib
import logging
from collections.abc import Sequence

from sqlalchemy.orm import Session

from services.accounts import ledger, store
from services.accounts.audit import AuditEntry, AuditTrail
from services.accounts.clock import Clock
from services.accounts.ids import in_letters, new_customer_number, new_id
from services.accounts.imported_rows import fault_of, import_account, import_application
from services.accounts.pins import PinHasher, is_pin
from services.accounts.store import CustomerRow, ImportRow
from shared.db import Database
from shared.schemas.imports import (
    ImportBatch,
    ImportedAccount,
    ImportedApplication,
    ImportedCustomer,
    ImportOutcome,
    ImportReport,
)

log = logging.getLogger("omnilex.accounts.imports")

_CHANGED = "It was imported before with other data, and is left as it is."
_NOBODYS = "Its customer is not imported."
_TAKEN = "The phone number is that of another customer."
Row = ImportedCustomer | ImportedAccount | ImportedApplication


class Imports:
    def __init__(self, database: Database, pins: PinHasher, audit: AuditTrail, clock: Clock) -> None:
        self._database = database
        self._pins = pins
        self._audit = audit
        self._clock = clock

    async def customers(self, batch: ImportBatch, *, by: str) -> ImportReport:
        """Imports what was not imported before and says what became of every row; `by` is who does it.

        A row is known again by its `source`. With `dry_run` all is checked and nothing is kept.
        """
        hashes = [""] * len(batch.customers) if batch.dry_run else await self._hashed(batch.customers)
        outcomes: list[ImportOutcome] = []
        for customer, pin_hash in zip(batch.customers, hashes, strict=True):
            outcomes += await self._customer(customer, pin_hash, by=by, dry_run=batch.dry_run)
        counts = {name: sum(1 for each in outcomes if each.outcome == name) for name in ("imported", "skipped")}
        log.info("import.done", extra={**counts, "rows": len(outcomes), "dry_run": batch.dry_run})
        return ImportReport(outcomes=outcomes)

    async def _hashed(self, customers: Sequence[ImportedCustomer]) -> list[str]:
        """The hash of each one's PIN; empty for those that are there already, or whose PIN is none."""
        pins = [customer.pin.get_secret_value() for customer in customers]
        known = await self._database.read(
            lambda session: [store.imported(session, _digest(customer)) is not None for customer in customers]
        )
        fresh = [is_pin(pin) and not there for pin, there in zip(pins, known, strict=True)]
        hashes = iter(
            await asyncio.gather(*(self._pins.hash(pin) for pin, new in zip(pins, fresh, strict=True) if new))
        )
        return [next(hashes) if new else "" for new in fresh]

    async def _customer(
        self, customer: ImportedCustomer, pin_hash: str, *, by: str, dry_run: bool
    ) -> list[ImportOutcome]:
        if not is_pin(customer.pin.get_secret_value()):
            return _refused(customer, "The PIN is not four digits.")
        if dry_run:
            return await self._database.read(lambda session: _examined(session, customer))
        return await self._database.write(lambda session: self._kept(session, customer, pin_hash, by))

    def _kept(self, session: Session, customer: ImportedCustomer, pin_hash: str, by: str) -> list[ImportOutcome]:
        # Imports that run at the same time queue up at this row, and the later ones find what the first one kept.
        store.locked_accounts(session, [ledger.own_account(session, "opening", "USD")])
        earlier = store.imported(session, _digest(customer))
        if earlier is None and store.customer_by(session, "phone", customer.phone) is not None:
            return _refused(customer, _TAKEN)
        if earlier is None:
            customer_id = self._add_customer(session, customer, pin_hash)
            outcomes = [self._remember(session, customer, customer_id, customer_id)]
        else:
            customer_id = earlier.customer_id
            outcomes = [_as_before(customer, earlier)]
        outcomes += [self._taken(session, account, customer_id) for account in customer.accounts]
        outcomes += [self._taken(session, application, customer_id) for application in customer.applications]
        kinds = {row.source: type(row).__name__.removeprefix("Imported").lower() for row in _rows(customer)}
        entries = [
            AuditEntry(
                actor=by,
                action=f"{kinds[outcome.source]}.imported",
                subject=outcome.result_id or "",
                customer_id=customer_id,
            )
            for outcome in outcomes
            if outcome.outcome == "imported"
        ]
        if entries:
            self._audit.write(session.connection(), *entries)
        return outcomes

    def _taken(self, session: Session, row: ImportedAccount | ImportedApplication, customer_id: str) -> ImportOutcome:
        if earlier := store.imported(session, _digest(row)):
            return _as_before(row, earlier)
        if fault := fault_of(session, row):
            return ImportOutcome(source=row.source, outcome="skipped", reason=fault)
        if isinstance(row, ImportedAccount):
            account, remark = import_account(session, customer_id, row, self._clock())
            return self._remember(session, row, customer_id, account.id, remark)
        application = import_application(session, customer_id, row, self._clock())
        return self._remember(session, row, customer_id, application.id)

    def _add_customer(self, session: Session, customer: ImportedCustomer, pin_hash: str) -> str:
        number = new_customer_number()
        while store.customer_by(session, "customer_number", number) is not None:
            number = new_customer_number()
        row = CustomerRow(
            id=new_id("C"),
            customer_number=number,
            first_name=customer.first_name,
            last_name=customer.last_name,
            phone=customer.phone,
            locale=customer.locale,
            pin_hash=pin_hash,
            created_at=self._clock(),
        )
        store.add(session, row)
        return row.id

    def _remember(
        self, session: Session, row: Row, customer_id: str, result_id: str, remark: str | None = None
    ) -> ImportOutcome:
        kept = ImportRow(
            source=_digest(row),
            customer_id=customer_id,
            result_id=result_id,
            fingerprint=_fingerprint(row),
            imported_at=self._clock(),
        )
        store.add(session, kept)
        return ImportOutcome(
            source=row.source, outcome="imported", customer_id=customer_id, result_id=result_id, reason=remark
        )


def _examined(session: Session, customer: ImportedCustomer) -> list[ImportOutcome]:
    """What would become of the rows."""
    earlier = store.imported(session, _digest(customer))
    if earlier is None and store.customer_by(session, "phone", customer.phone) is not None:
        return _refused(customer, _TAKEN)
    outcomes: list[ImportOutcome] = []
    for row in _rows(customer):
        if earlier := store.imported(session, _digest(row)):
            outcomes.append(_as_before(row, earlier))
        elif not isinstance(row, ImportedCustomer) and (fault := fault_of(session, row)):
            outcomes.append(ImportOutcome(source=row.source, outcome="skipped", reason=fault))
        else:
            outcomes.append(ImportOutcome(source=row.source, outcome="would_import"))
    return outcomes


def _as_before(row: Row, earlier: ImportRow) -> ImportOutcome:
    if earlier.fingerprint != _fingerprint(row):
        return ImportOutcome(source=row.source, outcome="skipped", customer_id=earlier.customer_id, reason=_CHANGED)
    return ImportOutcome(
        source=row.source, outcome="unchanged", customer_id=earlier.customer_id, result_id=earlier.result_id
    )


def _refused(customer: ImportedCustomer, reason: str) -> list[ImportOutcome]:
    """The customer with the reason, and everything of theirs."""
    first, *others = _rows(customer)
    return [
        ImportOutcome(source=first.source, outcome="skipped", reason=reason),
        *(ImportOutcome(source=row.source, outcome="skipped", reason=_NOBODYS) for row in others),
    ]


def _rows(customer: ImportedCustomer) -> list[Row]:
    return [customer, *customer.accounts, *customer.applications]


def _digest(row: Row) -> str:
    """The row's name in the other system holds personal data, so only its hash is kept."""
    return in_letters(hashlib.sha256(row.source.encode()).digest())


def _fingerprint(row: Row) -> str:
    """Of the row's own content: never of the PIN, which could be found out from it."""
    content = row.model_dump_json(exclude={"source", "pin", "accounts", "applications"})
    return in_letters(hashlib.sha256(content.encode()).digest())
