"""What the routes share."""

from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request

from services.accounts.service import AccountsService
from shared.auth import AnyCaller, require_role, staff_with
from shared.callers import Caller
from shared.schemas.accounts import Reference


async def _service(request: Request) -> AccountsService:
    service: AccountsService = request.app.state.service
    return service


async def _service_or_supervisor(caller: AnyCaller) -> Caller:
    return caller if caller.kind == "service" else require_role(caller, frozenset({"supervisor", "admin"}))


Accounts = Annotated[AccountsService, Depends(_service)]
AdminCaller = Annotated[Caller, Depends(staff_with())]
SupervisorCaller = Annotated[Caller, Depends(staff_with("supervisor"))]
ServiceOrSupervisor = Annotated[Caller, Depends(_service_or_supervisor)]
AnalystCaller = Annotated[Caller, Depends(staff_with("analyst"))]
ReceiptId = Annotated[Reference, Path()]
AccountId = Annotated[Reference, Path()]
PayeeId = Annotated[Reference, Path()]
Cursor = Annotated[str | None, Query(max_length=512)]
Limit = Annotated[int, Query(ge=1, le=200)]
IdempotencyKey = Annotated[str, Header(pattern=r"^[\x21-\x7e]{1,128}$")]
