"""What the routes share."""

from typing import Annotated

from fastapi import Depends, Header, Request

from services.accounts.service import AccountsService
from shared.auth import AnyCaller, require_role, staff_with
from shared.callers import Caller


def _service(request: Request) -> AccountsService:
    service: AccountsService = request.app.state.service
    return service


def _service_or_supervisor(caller: AnyCaller) -> Caller:
    return caller if caller.kind == "service" else require_role(caller, frozenset({"supervisor", "admin"}))


Accounts = Annotated[AccountsService, Depends(_service)]
AdminCaller = Annotated[Caller, Depends(staff_with())]
SupervisorCaller = Annotated[Caller, Depends(staff_with("supervisor"))]
ServiceOrSupervisor = Annotated[Caller, Depends(_service_or_supervisor)]
IdempotencyKey = Annotated[str, Header(pattern=r"^[\x21-\x7e]{1,128}$")]
