"""The accounts service as its routes see it: one part for each noun."""

from dataclasses import dataclass

from services.accounts import ledger
from services.accounts.applications import Applications
from services.accounts.audit_proof import AuditReading
from services.accounts.context import Contexts
from services.accounts.holdings import Holdings
from services.accounts.identity import Identity
from services.accounts.imports import Imports
from services.accounts.limits import Limits
from services.accounts.links import Links
from services.accounts.mortgages import Mortgages
from services.accounts.payees import Payees
from services.accounts.payments import Payments
from services.accounts.pin_change import PinChanges
from services.accounts.plans import Plans
from services.accounts.routine import Routine
from services.accounts.statements import Statements
from services.accounts.unknown_numbers import UnknownNumbers
from shared.db import Database
from shared.schemas.accounts import LedgerProof


@dataclass(frozen=True, slots=True)
class AccountsService:
    database: Database
    audit: AuditReading
    identity: Identity
    pin_changes: PinChanges
    links: Links
    contexts: Contexts
    holdings: Holdings
    limits: Limits
    payees: Payees
    payments: Payments
    statements: Statements
    unknown_numbers: UnknownNumbers
    routine: Routine
    plans: Plans
    applications: Applications
    mortgages: Mortgages
    imports: Imports

    async def prove_ledger(self) -> LedgerProof:
        """Whether the books balance."""
        return await self.database.read(ledger.prove)

    async def ready(self) -> None:
        """Raises Unavailable when the database does not answer."""
        await self.database.ready()
