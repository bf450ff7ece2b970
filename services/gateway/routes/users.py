"""Sign-in of staff, and who may sign in."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query

from services.gateway.routes.callers import Address, Admin, Service, StaffCaller
from services.gateway.routes.openapi import problems
from shared.schemas.base import Page
from shared.schemas.staff import Login, LoginRequest, NewStaffMember, SignInCode, SignInWay, StaffMember

router = APIRouter(prefix="/api/v1")
_LOGINS = {"pat": {"summary": "A member of staff", "value": {"username": "pat", "password": "the password"}}}
_CODES = {
    "page": {
        "summary": "A page that the provider led back to",
        "value": {
            "code": "5a7f2c1e-8d8b-4a43-9d38-51a0e7f0a3c4",
            "verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            "redirect_uri": "https://bank.example/dashboard",
        },
    }
}
_USERS = {
    "analyst": {
        "summary": "An analyst",
        "value": {"username": "kim", "password": "correct horse battery staple", "roles": ["analyst"]},
    }
}


@router.post("/auth/login", tags=["sign-in"], summary="Sign in", responses=problems(401, 403, 422, 429))
async def login(
    request: Annotated[LoginRequest, Body(openapi_examples=_LOGINS)], gateway: Service, address: Address
) -> Login:
    """The token is good for eight hours, or until the user is removed or gets another password."""
    return await gateway.staff.login(request, address)


@router.get("/auth/way", tags=["sign-in"], summary="How staff sign in")
async def sign_in_way(gateway: Service) -> SignInWay:
    """What a page needs to know before anybody has signed in."""
    return gateway.staff.way


@router.post(
    "/auth/code", tags=["sign-in"], summary="Sign in with a code", responses=problems(401, 403, 422, 429, 502, 503, 504)
)
async def sign_in(
    code: Annotated[SignInCode, Body(openapi_examples=_CODES)], gateway: Service, address: Address
) -> Login:
    """The second half of a sign-in at the bank's identity provider: its code for a token, which is the provider's."""
    return await gateway.staff.sign_in(code, address)


@router.get("/auth/me", tags=["sign-in"], summary="Who is signed in", responses=problems(401))
async def me(gateway: Service, caller: StaffCaller) -> StaffMember:
    return await gateway.staff.member(caller.subject)


@router.post("/users", status_code=201, tags=["users"], summary="Add a user", responses=problems(401, 403, 409, 422))
async def add_user(
    new: Annotated[NewStaffMember, Body(openapi_examples=_USERS)], gateway: Service, caller: Admin
) -> StaffMember:
    return await gateway.staff.add(new)


@router.get("/users", tags=["users"], summary="List the users", responses=problems(401, 403, 422))
async def list_users(
    gateway: Service,
    caller: Admin,
    cursor: Annotated[str, Query(max_length=64, pattern=r"^[^\x00]*$")] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Page[StaffMember]:
    return await gateway.staff.page(cursor, limit)


@router.delete(
    "/users/{username}",
    status_code=204,
    tags=["users"],
    summary="Remove a user",
    responses=problems(401, 403, 404, 409, 422),
)
async def remove_user(username: Annotated[str, Path(max_length=64)], gateway: Service, caller: Admin) -> None:
    """The user's tokens stop working at once. The last admin cannot be removed."""
    await gateway.staff.remove(username)
