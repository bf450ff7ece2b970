"""The audit trail, for staff."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.accounts.routes.parts import Accounts, Cursor, Limit, SupervisorCaller
from shared.schemas.accounts import CustomerId
from shared.schemas.base import Page
from shared.schemas.identity import AuditProof, AuditRecord

router = APIRouter()


@router.get("/audit")
async def list_audit(
    caller: SupervisorCaller,
    accounts: Accounts,
    customer_id: CustomerId | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[AuditRecord]:
    return await accounts.audit.page(customer_id=customer_id, cursor=cursor, limit=limit)


@router.get("/audit/proof")
async def prove_audit(
    caller: SupervisorCaller, accounts: Accounts, anchor: Annotated[str | None, Query(max_length=2048)] = None
) -> AuditProof:
    return await accounts.audit.prove(anchor)
