"""Taking over customers from another system."""

from fastapi import APIRouter

from services.accounts.audit import by
from services.accounts.routes.parts import Accounts, AdminCaller
from shared.schemas.imports import ImportBatch, ImportReport

router = APIRouter()


@router.post("/imports/customers")
async def import_customers(caller: AdminCaller, accounts: Accounts, batch: ImportBatch) -> ImportReport:
    return await accounts.imports.customers(batch, by=by(caller))
