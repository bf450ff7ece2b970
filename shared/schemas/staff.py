"""Sign-in of staff."""

from pydantic import Field, SecretStr

from shared.callers import Role
from shared.schemas.base import Moment, Wire


class LoginRequest(Wire):
    username: str = Field(min_length=1, max_length=64)
    password: SecretStr = Field(min_length=1, max_length=256)


class Login(Wire):
    access_token: str
    token_type: str = "bearer"  # noqa: S105  the token's kind (RFC 6750)
    expires_at: Moment
    username: str
    roles: list[Role]


class StaffMember(Wire):
    username: str
    roles: list[Role]
