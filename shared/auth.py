"""FastAPI dependencies that turn the Authorization header into a `Caller`, for the services behind the gateway.

They are coroutines, though they await nothing, because FastAPI runs plain functions in a thread, which costs more than
what they do. The guard test walks every router and demands one of these in each signature, or a mark as public.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.callers import Caller, InternalTokens, Role, Service
from shared.errors import Forbidden, Unauthenticated

_bearer = HTTPBearer(auto_error=False, description="Token of the calling service or of the person it acts for.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def internal_caller(request: Request, credentials: Bearer) -> Caller:
    """The caller an internal token names. Raises Unauthenticated without a valid token for this service."""
    if credentials is None:
        raise Unauthenticated("A token of the calling service is needed.", headers={"WWW-Authenticate": "Bearer"})
    tokens: InternalTokens = request.app.state.internal_tokens
    service: Service = request.app.state.service_name
    return tokens.verify(credentials.credentials, service)


AnyCaller = Annotated[Caller, Depends(internal_caller)]


async def _service_only(caller: AnyCaller) -> Caller:
    if caller.kind != "service":
        raise Forbidden("Only a service may call this.")
    return caller


ServiceCaller = Annotated[Caller, Depends(_service_only)]


def require_role(caller: Caller, allowed: frozenset[str]) -> Caller:
    """The caller, when it is a member of staff with one of the roles. Raises Forbidden otherwise."""
    if caller.kind != "staff" or not caller.roles & allowed:
        raise Forbidden("Your role does not allow this.")
    return caller


def staff_with(*roles: Role) -> Callable[[Caller], Awaitable[Caller]]:
    """A dependency for routes that only staff with one of `roles` (admin always) may use."""
    allowed = frozenset(roles) | {"admin"}

    async def check(caller: AnyCaller) -> Caller:
        return require_role(caller, allowed)

    return check


StaffCaller = Annotated[Caller, Depends(staff_with("supervisor", "analyst", "agent"))]
