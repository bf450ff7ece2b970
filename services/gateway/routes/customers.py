"""What staff may see and do of a customer's identity, and the audit trail, by accounts."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from services.gateway.ports import RelayCall
from services.gateway.routes.callers import Analyst, Service, Supervisor
from services.gateway.routes.openapi import problems
from services.gateway.routes.relaying import passed_back, query_pairs
from shared.schemas.accounts import CustomerId, LedgerProof
from shared.schemas.base import Page
from shared.schemas.identity import AuditProof, AuditRecord, Link, VerificationRecord

router = APIRouter(prefix="/api/v1")
_REFUSALS = (401, 403, 404, 422, 502, 503, 504)
_PROOF_SECONDS = 120.0
LinkId = Annotated[str, Path(pattern=r"^[A-Z0-9-]{1,32}$")]


class PageQuery(BaseModel):
    cursor: str | None = Field(None, max_length=512, description="`next_cursor` of the page before")
    limit: int = Field(50, ge=1, le=200)


class AuditQuery(PageQuery):
    customer_id: CustomerId | None = Field(None, description="only what concerns this customer")


class ProofQuery(BaseModel):
    anchor: str | None = Field(None, max_length=2048, description="`anchor` of an earlier proof")


@router.post(
    "/customers/{customer_id}/unlock",
    status_code=204,
    tags=["customers"],
    summary="End a customer's lock-out",
    responses=problems(*_REFUSALS),
)
async def unlock_customer(customer_id: CustomerId, gateway: Service, caller: Supervisor) -> StreamingResponse:
    """For supervisors and admins. Wrong PINs are counted anew from now on."""
    return passed_back(await gateway.accounts.relay(RelayCall("POST", f"/customers/{customer_id}/unlock", caller)))


@router.get(
    "/customers/{customer_id}/verifications",
    response_model=Page[VerificationRecord],
    tags=["customers"],
    summary="The tries of a customer's PIN, newest first",
    responses=problems(*_REFUSALS),
)
async def list_verifications(
    customer_id: CustomerId, query: Annotated[PageQuery, Query()], gateway: Service, caller: Supervisor
) -> StreamingResponse:
    """For supervisors and admins."""
    call = RelayCall("GET", f"/customers/{customer_id}/verifications", caller, query_pairs(query))
    return passed_back(await gateway.accounts.relay(call))


@router.get(
    "/customers/{customer_id}/links",
    response_model=list[Link],
    tags=["customers"],
    summary="The channel addresses a customer proved to be at",
    responses=problems(*_REFUSALS),
)
async def list_links(customer_id: CustomerId, gateway: Service, caller: Supervisor) -> StreamingResponse:
    """For supervisors and admins."""
    return passed_back(await gateway.accounts.relay(RelayCall("GET", f"/customers/{customer_id}/links", caller)))


@router.delete(
    "/customers/{customer_id}/links/{link_id}",
    status_code=204,
    tags=["customers"],
    summary="Take a link back",
    responses=problems(*_REFUSALS),
)
async def remove_link(
    customer_id: CustomerId, link_id: LinkId, gateway: Service, caller: Supervisor
) -> StreamingResponse:
    """For supervisors and admins."""
    call = RelayCall("DELETE", f"/customers/{customer_id}/links/{link_id}", caller)
    return passed_back(await gateway.accounts.relay(call))


@router.get(
    "/audit",
    response_model=Page[AuditRecord],
    tags=["audit"],
    summary="Who did what, newest first",
    responses=problems(401, 403, 422, 502, 503, 504),
)
async def list_audit(query: Annotated[AuditQuery, Query()], gateway: Service, caller: Supervisor) -> StreamingResponse:
    """For supervisors and admins."""
    return passed_back(await gateway.accounts.relay(RelayCall("GET", "/audit", caller, query_pairs(query))))


@router.get(
    "/audit/proof",
    response_model=AuditProof,
    tags=["audit"],
    summary="Prove that the audit trail is as it was written",
    responses=problems(401, 403, 422, 502, 503, 504),
)
async def prove_audit(query: Annotated[ProofQuery, Query()], gateway: Service, caller: Supervisor) -> StreamingResponse:
    """For supervisors and admins. Reads the whole trail; names the first row of each chain that is not as it was."""
    call = RelayCall("GET", "/audit/proof", caller, query_pairs(query), seconds=_PROOF_SECONDS)
    return passed_back(await gateway.accounts.relay(call))


@router.get(
    "/books/proof",
    response_model=LedgerProof,
    tags=["audit"],
    summary="Prove that the bank's books balance",
    responses=problems(401, 403, 502, 503, 504),
)
async def prove_books(gateway: Service, caller: Analyst) -> StreamingResponse:
    """For analysts and admins. Every balance is held against the postings to its account, and all against zero."""
    call = RelayCall("GET", "/ledger/proof", caller, seconds=_PROOF_SECONDS)
    return passed_back(await gateway.accounts.relay(call))
