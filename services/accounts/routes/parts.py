"""What the routes share."""

from typing import Annotated

from fastapi import Depends, Header, Request

from services.accounts.service import AccountsService
from shared.auth import staff_with
from shared.callers import Caller


def _service(request: Request) -> AccountsService:
    service: AccountsService = request.app.state.service
    return service


Accounts = Annotated[AccountsService, Depends(_service)]
SupervisorCaller = Annotated[Caller, Depends(staff_with("supervisor"))]
IdempotencyKey = Annotated[str, Header(pattern=r"^[\x21-\x7e]{1,128}$")]
