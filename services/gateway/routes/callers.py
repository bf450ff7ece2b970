"""Who calls: every route takes one of these, or stands in the list of public routes of the guard test.

They are coroutines, though most await nothing: FastAPI runs plain functions in a thread, which costs more than they do.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.gateway.limits import network_of
from services.gateway.service import Gateway
from shared.auth import require_role
from shared.callers import Caller, Role
from shared.errors import Unauthenticated


async def _gateway(request: Request) -> Gateway:
    service: Gateway = request.app.state.service
    return service


Service = Annotated[Gateway, Depends(_gateway)]


class _ChatToken(HTTPBearer):
    """The customer by the chat's token, in one dependency: each more is resolved anew for every turn of every chat."""

    def __init__(self) -> None:
        super().__init__(
            auto_error=False, scheme_name="chatToken", description="`token` of `POST /api/v1/chat/sessions`."
        )

    async def __call__(self, request: Request) -> Caller:  # type: ignore[override]  # whose token it is, not the token
        return (await _gateway(request)).chat.caller(_token(await super().__call__(request)))


chat_caller = _ChatToken()
_staff_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="staffToken",
    bearerFormat="JWT",
    description="`access_token` of `POST /api/v1/auth/login`.",
)


async def chat_expiry(request: Request) -> datetime:
    """Of the token that `ChatCaller` asks for."""
    return (await _gateway(request)).chat.expiry(_token(await HTTPBearer.__call__(chat_caller, request)))


async def staff_caller(
    gateway: Service, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_staff_bearer)]
) -> Caller:
    return await gateway.staff.caller(_token(credentials))


def _token(credentials: HTTPAuthorizationCredentials | None) -> str:
    if credentials is None:
        raise Unauthenticated("A bearer token is needed.", headers={"WWW-Authenticate": "Bearer"})
    return credentials.credentials


def _staff_with(*roles: Role) -> Callable[[Caller], Awaitable[Caller]]:
    allowed = frozenset(roles) | {"admin"}

    async def check(caller: Annotated[Caller, Depends(staff_caller)]) -> Caller:
        return require_role(caller, allowed)

    return check


async def client_address(request: Request) -> str:
    """Whom it comes from, as limits count; behind a load balancer the server must be told to trust its headers."""
    return network_of(request.client.host) if request.client else "unknown"


Address = Annotated[str, Depends(client_address)]
ChatCaller = Annotated[Caller, Depends(chat_caller)]
ChatExpiry = Annotated[datetime, Depends(chat_expiry)]
StaffCaller = Annotated[Caller, Depends(staff_caller)]
Uploader = Annotated[Caller, Depends(_staff_with("supervisor", "analyst"))]
Analyst = Annotated[Caller, Depends(_staff_with("analyst"))]
AgentCaller = Annotated[Caller, Depends(_staff_with("agent", "supervisor"))]
Supervisor = Annotated[Caller, Depends(_staff_with("supervisor"))]
Admin = Annotated[Caller, Depends(_staff_with())]
